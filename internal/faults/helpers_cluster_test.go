package faults

import (
	"bufio"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"latchkey/internal/store/postgrestest"
)

// cluster is the documented set-up, docs/deploy/postgres-ha, on one machine: what stands there for
// 10.0.0.1 to 10.0.0.3 listens on three loopback addresses, on the documented ports.
type cluster struct {
	net     string // the first three numbers of the addresses, and a dot
	folder  string
	as      *syscall.SysProcAttr
	members [3]*member
}

// member is one of db1 to db3.
type member struct {
	name, address, folder string
	own                   *cluster
	running               []*exec.Cmd // etcd and Patroni
}

// startCluster starts it, and makes the database as the documentation says.
func startCluster(t *testing.T) *cluster {
	t.Helper()
	for _, program := range []string{"etcd", "patroni", "psql", "haproxy"} {
		installed(t, program)
	}
	c := &cluster{net: fmt.Sprintf("127.%d.%d.", 201+rand.IntN(50), rand.IntN(256)), as: &syscall.SysProcAttr{}}
	var err error
	if c.folder, err = os.MkdirTemp("", "latchkey-ha"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(c.folder) })
	if os.Getuid() == 0 {
		if c.as.Credential, err = postgrestest.Nobody(); err != nil {
			t.Fatal(err)
		}
	}
	c.certificate(t)
	for i := range c.members {
		name := fmt.Sprint("db", i+1)
		c.members[i] = &member{name: name, address: fmt.Sprint(c.net, i+1), folder: filepath.Join(c.folder, name), own: c}
		if err := os.Mkdir(c.members[i].folder, 0o700); err != nil {
			t.Fatal(err)
		}
		c.file(t, name+"/patroni.yml", c.members[i].lines(documented(t, "postgres-ha/patroni.yml",
			"local   all          postgres                 peer", "local all postgres trust", "10.0.0.0/29", "127.0.0.0/8", "10.0.0.8/29", "127.0.0.0/8",
			"/var/lib/postgresql/15/latchkey", c.members[i].folder+"/data", "/var/lib/postgresql/latchkey.pgpass", c.members[i].folder+"/pgpass",
			"/var/run/postgresql", c.members[i].folder, "/etc/ssl/certs/ssl-cert-snakeoil.pem", c.folder+"/cert.pem", "/etc/ssl/private/ssl-cert-snakeoil.key", c.folder+"/key.pem"), "  listen:", "  connect_address:"))
	}
	c.belongs(t)
	for _, m := range c.members {
		m.start(t)
		t.Cleanup(func() { m.kill(t) })
	}
	c.whole(t)
	path := c.file(t, "latchkey.sql", documented(t, "postgres-ha/latchkey.sql"))
	if out, err := exec.Command("psql", "-v", "ON_ERROR_STOP=1", "-h", c.leader().folder, "-U", "postgres", "-f", path).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	c.haproxy(t)
	return c
}

// lines puts what is a machine's own into a file that is written for db1: its name, and its address
// in the lines that begin so.
func (m *member) lines(text string, begin ...string) string {
	all := strings.Split(text, "\n")
	for i, line := range all {
		for _, b := range begin {
			if strings.HasPrefix(line, b) {
				all[i] = strings.ReplaceAll(line, "10.0.0.1", m.address)
			}
		}
	}
	text = strings.Replace(strings.Join(all, "\n"), "\nname: db1\n", "\nname: "+m.name+"\n", 1)
	return strings.ReplaceAll(text, "10.0.0.", m.own.net)
}

func (c *cluster) file(t *testing.T, name, text string) (path string) {
	t.Helper()
	path = filepath.Join(c.folder, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// certificate makes one, as Debian makes one for each machine.
func (c *cluster) certificate(t *testing.T) {
	t.Helper()
	if out, err := exec.Command(installed(t, "openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=db", "-keyout", filepath.Join(c.folder, "key.pem"), "-out", filepath.Join(c.folder, "cert.pem")).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// belongs gives everything to the account that runs it.
func (c *cluster) belongs(t *testing.T) {
	t.Helper()
	if c.as.Credential == nil {
		return
	}
	if err := filepath.WalkDir(c.folder, func(path string, _ os.DirEntry, err error) error {
		return errors.Join(err, os.Chown(path, int(c.as.Credential.Uid), int(c.as.Credential.Gid)))
	}); err != nil {
		t.Fatal(err)
	}
}

// start starts etcd and Patroni.
func (m *member) start(t *testing.T) {
	t.Helper()
	etcd := exec.Command("etcd")
	text := m.lines(documented(t, "postgres-ha/etcd", `ETCD_NAME="db1"`, `ETCD_NAME="`+m.name+`"`, "/var/lib/etcd/latchkey", m.folder+"/etcd"), "ETCD_LISTEN", "ETCD_INITIAL_ADVERTISE", "ETCD_ADVERTISE")
	for lines := bufio.NewScanner(strings.NewReader(text)); lines.Scan(); {
		if name, value, ok := strings.Cut(lines.Text(), "="); ok && !strings.HasPrefix(name, "#") {
			etcd.Env = append(etcd.Env, name+"="+strings.Trim(value, `"`))
		}
	}
	patroni := exec.Command("patroni", filepath.Join(m.folder, "patroni.yml"))
	patroni.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + m.folder, "PYTHONDONTWRITEBYTECODE=1"}
	m.running = []*exec.Cmd{etcd, patroni}
	for _, command := range m.running {
		log, err := os.OpenFile(filepath.Join(m.own.folder, m.name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		as := *m.own.as
		as.Pdeathsig = syscall.SIGTERM
		command.Dir, command.Stdout, command.Stderr, command.SysProcAttr = m.folder, log, log, &as
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		log.Close()
	}
}

// kill ends all that runs on the machine, as if it had lost its power; no harm if nothing does.
func (m *member) kill(t *testing.T) {
	t.Helper()
	for _, command := range m.running {
		_ = command.Process.Kill()
		_ = command.Wait()
	}
	if m.running != nil {
		if err := postgrestest.Kill(filepath.Join(m.folder, "data")); err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Error(err)
		}
	}
	m.running = nil
	if text, _ := os.ReadFile(filepath.Join(m.own.folder, m.name+".log")); t.Failed() {
		t.Logf("%s wrote:\n%s", m.name, text[max(0, len(text)-4000):])
	}
}

// is reports whether Patroni says so of this machine (Patroni, REST API, health checks).
func (m *member) is(what string) bool {
	client := &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Get("http://" + m.address + ":8008/" + what)
	if err != nil {
		return false
	}
	answer.Body.Close()
	return answer.StatusCode == http.StatusOK
}

// leader is the machine that leads, nil if none does.
func (c *cluster) leader() *member {
	for _, m := range c.members {
		if m.is("primary") {
			return m
		}
	}
	return nil
}

// whole waits until there are a leader, a synchronous standby and another one.
func (c *cluster) whole(t *testing.T) {
	t.Helper()
	if !within(4*patience, func() bool {
		synchronous, others := 0, 0
		for _, m := range c.members {
			if m.is("synchronous") {
				synchronous++
			} else if m.is("asynchronous") {
				others++
			}
		}
		return c.leader() != nil && synchronous == 1 && others == 1
	}) {
		t.Fatal("there is no leader with two standbys")
	}
}

// haproxy runs it beside a node. Until it has asked all machines it takes each of them for the leader.
func (c *cluster) haproxy(t *testing.T) {
	t.Helper()
	config := strings.ReplaceAll(documented(t, "postgres-ha/haproxy.cfg", "    user haproxy\n", "", "    group haproxy\n", "", "127.0.0.1:5432", c.net+"9:5432"), "10.0.0.", c.net)
	path := filepath.Join(t.TempDir(), "haproxy.cfg")
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	runs(t, exec.Command(installed(t, "haproxy"), "-db", "-f", path), syscall.SIGTERM)
	text, err := os.ReadFile(c.address(t, "database-haproxy"))
	if err != nil {
		t.Fatal(err)
	}
	m := &machines{address: strings.TrimSpace(string(text))}
	db := m.open(t)
	db.SetMaxIdleConns(-1) // each statement asks it anew
	leads := func() bool {
		for range 9 {
			if standby, err := one(db, "SELECT pg_is_in_recovery()"); err != nil || standby != "0" {
				return false
			}
		}
		return true
	}
	if !within(patience, leads) {
		t.Fatal("HAProxy does not lead to the leader")
	}
}

// address writes one of the documented addresses of the database into a file.
func (c *cluster) address(t *testing.T, name string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), name)
	text := strings.ReplaceAll(strings.ReplaceAll(documented(t, "postgres-ha/"+name), "127.0.0.1:5432", c.net+"9:5432"), "10.0.0.", c.net)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
