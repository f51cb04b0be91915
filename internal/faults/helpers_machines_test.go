package faults

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"latchkey/internal/store/postgrestest"
)

// machines are nodes on one database, and where people reach them: nginx, which is a server like any
// other to those who use it, or one of them.
type machines struct {
	*server
	address string // of the database
	nodes   []*node
	people
}

// node is one of the servers. Its folder has the key alone.
type node struct {
	*server
	data     string
	database []string // the flags that say where it is
	flags    []string // those of serve
}

// installed is the path of a program that may be where Debian has servers.
func installed(t testing.TB, name string) string {
	t.Helper()
	for _, path := range []string{name, "/usr/sbin/" + name} {
		if found, err := exec.LookPath(path); err == nil {
			return found
		}
	}
	t.Skipf("skipped: %s is not installed", name)
	return ""
}

// freePorts are ports of servers that can be stopped and started again: none that the system gives
// to whoever asks for any.
func freePorts(t testing.TB, n int) (ports []string) {
	t.Helper()
	for len(ports) < n {
		l, err := net.Listen("tcp", fmt.Sprint("127.0.0.1:", 10000+rand.IntN(20000)))
		if err != nil {
			continue
		}
		defer l.Close() // all at the end, so that they differ
		_, port, _ := net.SplitHostPort(l.Addr().String())
		ports = append(ports, port)
	}
	return ports
}

// documented reads a file of docs/deploy and replaces, given by turns, what must stand in it.
func documented(t testing.TB, name string, replace ...string) string {
	t.Helper()
	file, err := os.ReadFile(filepath.Join("..", "..", "docs", "deploy", name))
	if err != nil {
		t.Fatal(err)
	}
	text := string(file)
	for i := 0; i+1 < len(replace); i += 2 {
		if !strings.Contains(text, replace[i]) {
			t.Fatalf("docs/deploy/%s has no %q", name, replace[i])
		}
		text = strings.ReplaceAll(text, replace[i], replace[i+1])
	}
	return text
}

// startMachines starts three nodes behind nginx, with so many users, on a PostgreSQL with its standby.
func startMachines(t *testing.T, users int) (*machines, *postgrestest.Pair) {
	t.Helper()
	nginx := installed(t, "nginx")
	pair, err := postgrestest.StartPair()
	if errors.Is(err, postgrestest.ErrMissing) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pair.Close)
	name, err := pair.Database()
	if err != nil {
		t.Fatal(err)
	}
	ports := freePorts(t, 4)
	m := &machines{address: pair.Address(name), server: &server{url: "http://127.0.0.1:" + ports[3]}}
	for i := range 3 {
		m.nodes = append(m.nodes, &node{database: []string{"--database", m.address}, flags: []string{"--addr", "127.0.0.1:" + ports[i], "--trusted-proxies", "127.0.0.1", "--url", m.url}})
	}
	m.start(t, users)
	m.front(t, nginx, ports)
	return m, pair
}

// start makes users and starts the nodes, which have one key.
func (m *machines) start(t *testing.T, users int) {
	t.Helper()
	folder := t.TempDir()
	for i, n := range m.nodes {
		n.data = filepath.Join(folder, fmt.Sprint("node", i))
	}
	m.people = makePeople(t, m.nodes[0].data, users, m.nodes[0].database...)
	key, err := os.ReadFile(filepath.Join(m.nodes[0].data, "latchkey.key"))
	for _, n := range m.nodes[1:] {
		err = errors.Join(err, os.Mkdir(n.data, 0o700), os.WriteFile(filepath.Join(n.data, "latchkey.key"), key, 0o600))
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range m.nodes {
		n.start(t)
	}
}

// start starts the node, on the port that it always has.
func (n *node) start(t testing.TB) {
	t.Helper()
	n.server = start(t, n.data, how{flags: append(n.database, n.flags...)})
}

// front runs nginx with the documented nodes and the documented way to them.
func (m *machines) front(t *testing.T, nginx string, ports []string) {
	t.Helper()
	folder := t.TempDir()
	text := "pid " + folder + "/pid;\nerror_log stderr;\nevents {}\nhttp {\naccess_log off;\n"
	if os.Getuid() == 0 {
		text = "user root;\n" + text
	}
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		text += kind + "_temp_path " + filepath.Join(folder, kind) + ";\n"
	}
	var addresses []string
	for i := range m.nodes {
		addresses = append(addresses, fmt.Sprint("10.0.0.1", i+1, ":8080"), "127.0.0.1:"+ports[i])
	}
	text += documented(t, "postgres-ha/nodes.conf", addresses...)
	way := between(documented(t, "nginx/nginx.conf", "proxy_pass http://127.0.0.1:8080;", "proxy_pass http://latchkey;", "proxy_read_timeout 300s;", "proxy_read_timeout 30s;",
		"Host $host;", "Host $http_host;"), "        location / {", "\n        }")
	text += "server {\nlisten 127.0.0.1:" + ports[3] + ";\nlocation / {" + way + "\n}\n}\n}\n"
	path := filepath.Join(folder, "nginx.conf")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	runs(t, exec.Command(nginx, "-p", folder, "-e", "stderr", "-g", "daemon off;", "-c", path), syscall.SIGQUIT)
	m.ready(t, 200)
}

// runs runs a program until the test ends, and shows what it said if that failed.
func runs(t testing.TB, command *exec.Cmd, end syscall.Signal) {
	t.Helper()
	log, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	command.Stdout, command.Stderr = log, log
	if command.SysProcAttr == nil {
		command.SysProcAttr = &syscall.SysProcAttr{}
	}
	command.SysProcAttr.Pdeathsig = syscall.SIGTERM
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Signal(end)
		_ = command.Wait()
		if text, _ := os.ReadFile(log.Name()); t.Failed() {
			t.Logf("%s wrote:\n%s", filepath.Base(command.Path), text[max(0, len(text)-3000):])
		}
		log.Close()
	})
}
