package server

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"strings"
	"syscall"
	"time"

	"latchkey/internal/config"
)

// socketMode lets the owner and the group of a unix socket connect: the proxy's user
// belongs to that group.
const socketMode = 0o660

// Listen opens the address to serve on: HOST:PORT, or unix:PATH.
func Listen(addr string) (net.Listener, error) {
	path, ok := config.SocketPath(addr)
	if !ok {
		listener, err := net.Listen("tcp", addr)
		if err != nil {
			return nil, cannotListen(addr, err)
		}
		return listener, nil
	}
	if err := clearSocket(path); err != nil {
		return nil, err
	}
	// The mode is there from the first moment: chmod would come after it.
	before := syscall.Umask(0o777 &^ socketMode)
	listener, err := net.Listen("unix", path)
	syscall.Umask(before)
	if err != nil {
		return nil, cannotListen(addr, err)
	}
	return listener, nil
}

// clearSocket removes the socket that a server left behind which did not end in good
// order. One that still answers, and anything that is no socket, stays.
func clearSocket(path string) error {
	if strings.HasPrefix(path, "@") {
		return nil // in the abstract namespace nothing is left behind
	}
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("looking at %s: %w", path, err)
	}
	if info.Mode().Type() != fs.ModeSocket {
		return fmt.Errorf("%s exists and is not a socket; choose another path with --addr", path)
	}
	conn, err := net.DialTimeout("unix", path, time.Second)
	if err == nil {
		conn.Close()
	}
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("this user is not allowed to open %s, which already exists; remove it if no server is using it, or choose another path with --addr", path)
	}
	if !errors.Is(err, syscall.ECONNREFUSED) {
		return fmt.Errorf("another program is already listening on %s; stop it, or choose another path with --addr", path)
	}
	if err := os.Remove(path); err != nil {
		return fmt.Errorf("removing a leftover socket: %w", err)
	}
	return nil
}

// cannotListen says what the operator can do about it.
func cannotListen(addr string, err error) error {
	_, socket := config.SocketPath(addr)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("another program is already listening on %s; stop it, or choose another port with --addr", addr)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return fmt.Errorf("%s is not an address on this machine; choose another with --addr", addr)
	case socket && errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("this user is not allowed to create %s; change who owns the folder, or choose another path with --addr", addr)
	case socket && errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("the folder of %s does not exist; create it, or choose another path with --addr", addr)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("this user is not allowed to listen on %s; choose a port above 1023 with --addr", addr)
	}
	return fmt.Errorf("listening on %s: %w; choose another address with --addr", addr, err)
}

// LocalURL is the base URL where none is given. A socket has no port, so the proxy in
// front of it is taken to serve on the usual one.
func LocalURL(l net.Listener) *url.URL {
	if a, ok := l.Addr().(*net.TCPAddr); ok {
		return config.LocalURL(a.Port)
	}
	return config.LocalURL(80)
}

// listenURL is the address that the listener really has. A wildcard is shown as the
// loopback address, which can be opened; a socket as it was named.
func listenURL(l net.Listener) string {
	a, ok := l.Addr().(*net.TCPAddr)
	if !ok {
		return "unix:" + l.Addr().String()
	}
	host := a.IP.String()
	if a.IP.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, fmt.Sprint(a.Port))
}
