package e2e

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"latchkey/internal/access"
	"latchkey/internal/app"
	"latchkey/internal/app/cli"
	"latchkey/internal/program"
	"latchkey/internal/store"
)

// door is a proxy in front of the product and of two applications, one of which is our own.
type door struct {
	*front
	server
	data  string // the data folder
	proxy string
	wiki  *echo  // may be opened by the group staff; below /public by anybody
	notes string // the origin of the other one, which everyone may open
}

// People of the door. All have the same password, and none has to use two-step verification.
const (
	bob = "bob" // a member of staff
	eve = "eve" // of no group
)

// peopleOfTheDoor makes a data folder with them once.
var peopleOfTheDoor = sync.OnceValues(func() (folder string, err error) {
	parent, err := os.MkdirTemp("", "latchkey-door-")
	if err != nil {
		return "", err
	}
	atEnd.add(func() { os.RemoveAll(parent) })
	folder = filepath.Join(parent, "data")
	p, err := program.Open(context.Background(), folder, program.Options{Create: true, Log: quiet})
	if err != nil {
		return "", err
	}
	err = p.DB.Tx(context.Background(), func(tx *store.Tx) error { return tx.SetSetting("two_step", "optional") })
	if err = errors.Join(err, p.Close()); err != nil {
		return "", err
	}
	for _, args := range [][]string{
		{"user", "add", "ann", "--role", "admin", "--password-stdin"},
		{"user", "add", bob, "--name", "Zoë 北京", "--password-stdin"}, // no address
		{"user", "add", eve, "--email", "eve@example.org", "--password-stdin"},
		{"group", "add", "staff"}, {"group", "add", "choir"}, {"group", "add-user", "staff", bob}, {"group", "add-user", "choir", bob, eve},
	} {
		if err := run(folder, args...); err != nil {
			return "", err
		}
	}
	return folder, nil
})

// run runs a command on a data folder, in this process.
func run(folder string, args ...string) error {
	var out bytes.Buffer
	r := &cli.Run{Ctx: context.Background(), Stdin: strings.NewReader(password + "\n"), Stdout: &out, Stderr: &out}
	if app.Command(r, append([]string{"--data", folder}, args...), nil) != 0 {
		return errors.New(strings.Join(args, " ") + ": " + out.String())
	}
	return nil
}

// command runs one on the data folder of the door.
func (d *door) command(args ...string) {
	d.t.Helper()
	if err := run(d.data, args...); err != nil {
		d.t.Fatal(err)
	}
}

// stand starts everything with one of the proxies.
func stand(t *testing.T, proxy string) *door {
	t.Helper()
	need(t, proxy, headless, whole, "radicale")
	certificate, err := authority()
	if err != nil {
		t.Fatal(err)
	}
	calendar, err := radicale()
	if err != nil {
		t.Fatal(err)
	}
	people, err := peopleOfTheDoor()
	if err != nil {
		t.Fatal(err)
	}
	ports := freePorts(t, 2)
	d := &door{proxy: proxy, wiki: newEcho(t), data: filepath.Join(t.TempDir(), "data")}
	err = errors.Join(os.CopyFS(d.data, os.DirFS(people)), os.Chmod(d.data, 0o700), os.Chmod(program.KeyPath(d.data), 0o600), os.Chmod(program.DatabasePath(d.data), 0o600))
	if err != nil {
		t.Fatal(err)
	}
	d.front = &front{t: t, folder: t.TempDir(), http: ports[0], https: ports[1], certified: certificate,
		upstreams: map[string]string{"wiki": d.wiki.address, "notes": calendar}}
	d.notes = d.origin("notes.example")
	d.server = serve(t, "--data", d.data, "--url", d.origin(publicHost), "--trusted-proxies", "127.0.0.1")
	d.server.url, d.behind = d.origin(publicHost), d.server.listen
	d.addApplications()
	d.start(proxies[proxy](d.front))
	return d
}

// origin is where a host is behind the proxy.
func (d *door) origin(host string) string { return "https://" + host + ":" + d.https }

// addApplications adds both to the running server.
func (d *door) addApplications() {
	d.t.Helper()
	own, err := url.Parse(d.server.url)
	if err != nil {
		d.t.Fatal(err)
	}
	d.stored(func(tx *store.Tx) error {
		for _, w := range []access.Wish{
			{Slug: "wiki", Name: "Wiki", Hosts: []string{"wiki.example:" + d.https}, Groups: []string{"staff"}, Public: []string{"/public"}},
			{Slug: "notes", Name: "Notes", Hosts: []string{"notes.example:" + d.https}, Everyone: true},
		} {
			a, err := w.Check(own)
			if err != nil {
				return err
			}
			if err := access.AddApplication(tx, cli.AuditBase(time.Now()), a); err != nil {
				return err
			}
		}
		return nil
	})
}

// stored does something to the database beside the running server, as a command does.
func (d *door) stored(do func(*store.Tx) error) {
	d.t.Helper()
	p, err := program.Open(context.Background(), d.data, program.Options{Log: quiet})
	if err != nil {
		d.t.Fatal(err)
	}
	if err := errors.Join(p.DB.Tx(context.Background(), do), p.Close()); err != nil {
		d.t.Fatal(err)
	}
}

// reply is an answer to a request that was written by hand.
type reply struct {
	status int
	header http.Header
	body   string
}

// writes sends a request as it is written over a connection of its own, and returns the answer. The host is for
// TLS alone. $P in it is the port.
func (d *door) writes(host, request string) reply {
	d.t.Helper()
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(remote)}, Timeout: patience}
	conn, err := tls.DialWithDialer(dialer, "tcp", "127.0.0.1:"+d.https, &tls.Config{RootCAs: d.roots, ServerName: host, NextProtos: []string{"http/1.1"}})
	if err != nil {
		d.t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(patience))
	request = strings.ReplaceAll(strings.ReplaceAll(request, "$P", d.https), "\n", "\r\n")
	if _, err := io.WriteString(conn, request+"\r\n\r\n"); err != nil {
		return reply{} // refused before it was read
	}
	method, _, _ := strings.Cut(request, " ")
	answer, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		return reply{} // hung up on
	}
	defer answer.Body.Close()
	r := reply{status: answer.StatusCode, header: answer.Header}
	if answer.StatusCode != http.StatusSwitchingProtocols {
		text, _ := io.ReadAll(answer.Body)
		r.body = string(text)
	}
	return r
}

// onward is where a page with a link leads on from our host.
var onward = regexp.MustCompile(`https://[a-z.]+:[0-9]+/\.latchkey/enter\?[^"'<> ]*`)

// signsIn signs somebody in by hand, and returns the cookie of the session.
func (d *door) signsIn(name string) string {
	d.t.Helper()
	form := url.Values{"username": {name}, "password": {password}}
	answer, text := d.ask(http.MethodPost, d.server.url+"/login", "application/x-www-form-urlencoded", []byte(form.Encode()), nil)
	for _, c := range answer.Cookies() {
		if c.Name == "__Host-latchkey" {
			return c.Name + "=" + c.Value
		}
	}
	d.t.Fatalf("signing in answers %d, %s", answer.StatusCode, text)
	return ""
}

// enters opens an application for a session by hand, and returns its cookie and where it led; without a
// cookie, the last answer says why.
func (d *door) enters(session, host, to string) (cookie, at string, last *http.Response, text string) {
	d.t.Helper()
	start, _ := d.ask(http.MethodGet, d.origin(host)+"/.latchkey/start?to="+to, "", nil, nil)
	state := cookieOf(start, "__Host-latchkey-app-start")
	page, text := d.ask(http.MethodGet, start.Header.Get("Location"), "", nil, http.Header{"Cookie": {session}})
	next := onward.FindString(strings.ReplaceAll(text, "&amp;", "&"))
	if next == "" {
		return "", "", page, text
	}
	entered, text := d.ask(http.MethodGet, next, "", nil, http.Header{"Cookie": {state}})
	return cookieOf(entered, "__Host-latchkey-app"), entered.Header.Get("Location"), entered, text
}

func cookieOf(r *http.Response, name string) string {
	for _, c := range r.Cookies() {
		if c.Name == name && c.Value != "" {
			return c.Name + "=" + c.Value
		}
	}
	return ""
}
