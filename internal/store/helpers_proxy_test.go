package store

import (
	"encoding/binary"
	"io"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// What becomes of a COMMIT on its way.
const (
	passes     = iota
	cutBefore  // it never reaches the server
	cutAfter   // the server has done it, and its answer is lost
	goneBefore // as cutBefore, and the server cannot be reached from then on
	goneAfter  // as cutAfter, and the same
)

// wire is the way to a PostgreSQL, on which something goes wrong. It is safe for concurrent use.
type wire struct {
	server string // the socket of the server
	commit atomic.Int32
	gone   atomic.Bool // nobody gets through
	silent atomic.Bool // whoever gets through hears nothing

	mu    sync.Mutex
	conns []net.Conn
}

// wired returns the way to the server of an address, and the address of its other end.
func wired(t *testing.T, address string) (*wire, string) {
	t.Helper()
	folder := t.TempDir()
	before, host, _ := strings.Cut(address, "host=")
	host, after, _ := strings.Cut(host, "&")
	w := &wire{server: filepath.Join(host, ".s.PGSQL.5432")}
	listener, err := net.Listen("unix", filepath.Join(folder, ".s.PGSQL.5432"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close(); w.cut() })
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go w.carry(client)
		}
	}()
	return w, before + "host=" + folder + "&" + after
}

// cut breaks every connection.
func (w *wire) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, conn := range w.conns {
		conn.Close()
	}
	w.conns = nil
}

// carry carries one connection.
func (w *wire) carry(client net.Conn) {
	if w.gone.Load() {
		client.Close()
		return
	}
	server, err := net.Dial("unix", w.server)
	if err != nil {
		client.Close()
		return
	}
	w.mu.Lock()
	w.conns = append(w.conns, client, server)
	w.mu.Unlock()
	var lost atomic.Bool
	go func() {
		defer client.Close()
		buffer := make([]byte, 1<<16)
		for {
			n, err := server.Read(buffer)
			switch {
			case err != nil:
				return
			case lost.Load():
				if strings.Contains(string(buffer[:n]), "COMMIT") {
					if w.gone.Load() {
						w.cut()
					}
					return
				}
			case !w.silent.Load():
				client.Write(buffer[:n])
			}
		}
	}()
	defer server.Close()
	w.fromClient(client, server, &lost)
}

// fromClient carries what the client says, message by message (PostgreSQL, message formats).
func (w *wire) fromClient(client, server net.Conn, lost *atomic.Bool) {
	head := make([]byte, 5)
	commit := "" // the name of the prepared statement
	for first := true; ; first = false {
		kind := 1
		if first { // the first message has no kind
			kind = 0
		}
		if _, err := io.ReadFull(client, head[1-kind:]); err != nil {
			return
		}
		body := make([]byte, binary.BigEndian.Uint32(head[1:])-4)
		if _, err := io.ReadFull(client, body); err != nil {
			return
		}
		fields := strings.SplitN(string(body), "\x00", 3)
		switch {
		case first, w.silent.Load():
		case head[0] == 'P' && fields[1] == "COMMIT":
			commit = fields[0]
		case head[0] == 'B' && commit != "" && fields[1] == commit:
			switch how := w.commit.Swap(passes); how {
			case cutBefore, goneBefore:
				client.Close()
				if how == goneBefore {
					w.gone.Store(true)
					w.cut()
				}
				return
			case cutAfter, goneAfter:
				w.gone.Store(how == goneAfter)
				lost.Store(true)
			}
		}
		if w.silent.Load() {
			continue
		}
		server.Write(append(append([]byte{}, head[1-kind:]...), body...))
	}
}
