package binary

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

// streams is attacks by way of event streams: into the private network, onto the disk, and on their secrets.
var streams = family{"event streams", []attack{
	{id: "ST-02/n", requirement: "No stream reaches a private, loopback or special address, however it is spelt.", try: func(t *T) string {
		reached := t.listener()
		_, port, _ := strings.Cut(strings.TrimPrefix(reached.url, "http://"), ":")
		boss := t.signedIn(t.admin())
		hosts := []string{
			"127.0.0.1", "127.1", "127.0.1", "127.255.255.254", "0", "0.0.0.0", "0177.0.0.1", "0x7f.0.0.1", "0x7f000001", "2130706433", "017700000001", "localhost", "LOCALHOST", "localhost.", "foo.localhost", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:127.0.0.1]", "[::127.0.0.1]", "[64:ff9b::127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]",
			"10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "192.0.0.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "[fe80::1]", "[fe80::1%25lo]", "[fc00::1]", "[fd00:ec2::254]", "[ff02::1]", "１２７.０.０.１", "127。0。0。1", "①②⑦.0.0.1",
		}
		for i, host := range hosts {
			a := boss.copy().post("/admin/streams/new", "kind", "webhook", "name", fmt.Sprint("private", i), "url", "https://"+host+":"+port+"/in", "secret", "", "content", "lean")
			if a.Status != 303 {
				t.holds(a.Status == 422 || a.Status == 400, "%s: %d", host, a.Status)
				continue
			}
			one := "/admin/streams/" + t.streamNamed(boss, fmt.Sprint("private", i))
			boss.copy().post(one + "/test")
			page := boss.copy().get(one)
			t.holds(!strings.Contains(page.Body, "accepted the test event") || strings.Contains(page.Body, "did not accept"), "%s accepted it: %s", host, text(page.Body))
			t.done(boss.copy().post(one + "/delete"))
		}
		t.holds(reached.n.Load() == 0, "%d connections came", reached.n.Load())
		return fmt.Sprintf("%d spellings with a listener waiting: no connection came.", len(hosts))
	}},
	{id: "ST-02/o", requirement: "A redirect by the other side leads a stream nowhere.", on: webhooks, try: func(t *T) string {
		inside := t.listener()
		hook := t.redirector(inside.url + "/inside")
		boss := t.signedIn(t.admin())
		for i, code := range []int{301, 302, 303, 307, 308} {
			name := fmt.Sprint("redirected", i)
			t.done(boss.copy().post("/admin/streams/new", "kind", "webhook", "name", name, "url", fmt.Sprintf("%s/%d", hook, code), "secret", "", "content", "lean"))
			one := "/admin/streams/" + t.streamNamed(boss, name)
			boss.copy().post(one + "/test")
			t.holds(strings.Contains(boss.copy().get(one).Body, "did not accept the test event"), "%d: the test is said to have gone well", code)
			t.done(boss.copy().post(one + "/delete"))
		}
		t.holds(inside.n.Load() == 0, "%d connections followed", inside.n.Load())
		return "5 kinds of redirect: none is followed."
	}},
	{id: "ST-03/n", requirement: "The secrets of a stream are shown nowhere again.", on: webhooks, try: func(t *T) string {
		hook := t.redirector("/")
		boss := t.signedIn(t.admin())
		const key, path = "whsec_c2VjcmV0LW9mLWEtc3RyZWFtLWluLWFuLWF0dGFjaw==", "/200/address-canary?token=query-canary"
		const connection = "Endpoint=sb://127.0.0.1/;SharedAccessKeyName=send;SharedAccessKey=Y29ubmVjdGlvbi1jYW5hcnk=;EntityPath=audit"
		t.secret("the key of a stream", strings.TrimPrefix(key, "whsec_"))
		t.secret("the connection of a stream", "Y29ubmVjdGlvbi1jYW5hcnk")
		t.secret("the address of a stream", "address-canary")
		t.secret("the address of a stream", "query-canary")
		t.done(boss.post("/admin/streams/new", "kind", "webhook", "name", "told", "url", hook+path, "secret", key, "content", "full"))
		t.done(boss.post("/admin/streams/new", "kind", "eventhubs", "name", "hub", "connection", connection, "partition", "", "content", "full"))
		looked := 0
		for _, name := range []string{"told", "hub"} {
			one := "/admin/streams/" + t.streamNamed(boss, name)
			boss.copy().post(one + "/test")
			for _, p := range []string{one, one + "/edit", one + "/pause", one + "/resume", one + "/delete", one + "/new-key", one + "/dead", one + "/check", "/admin/streams", "/admin", "/admin/audit", "/admin/audit.csv", "/admin/audit.jsonl"} {
				body := boss.copy().get(p).Body
				looked++
				for _, canary := range []string{strings.TrimPrefix(key, "whsec_")[:20], "Y29ubmVjdGlvbi1jYW5hcnk", "address-canary", "query-canary"} {
					t.holds(!strings.Contains(body, canary), "%s shows %s", p, canary)
				}
			}
			a := boss.copy().post(one+"/edit", "name", "", "url", hook+path, "secret", key, "content", "full", "version", "1")
			t.holds(a.Status >= 400 && !strings.Contains(a.Body, key[6:26]), "a mistake gives the key back: %d", a.Status)
			t.done(boss.copy().post(one + "/delete"))
		}
		return fmt.Sprintf("%d pages and files, after a test and a mistake: neither key, connection nor address.", looked)
	}},
	{id: "ST-02/p", requirement: "The address of a webhook is https, without a name, and nothing else.", try: func(t *T) string {
		boss := t.signedIn(t.admin())
		evil := []string{"http://siem.example.com/", "ftp://siem.example.com/", "gopher://siem.example.com/", "file:///etc/passwd", "javascript:alert(1)", "https://user:pw@siem.example.com/", "https://", "https:///x", "//siem.example.com/", "siem.example.com", "https://siem.example.com:99999/", "https://siem example.com/", "https://siem.example.com/\r\nX-Evil: 1", "https://<b>siem.example.com/", "unix:/run/x.sock", "https://siem.example.com\\@127.0.0.1/", "HTTPS:siem.example.com", "https://[::1", "https://siem.example.com:0/", "dict://siem.example.com/"}
		for i, url := range evil {
			a := boss.copy().post("/admin/streams/new", "kind", "webhook", "name", fmt.Sprint("scheme", i), "url", url, "secret", "", "content", "lean")
			t.holds(a.Status == 422 || a.Status == 400, "%q: %d", url, a.Status)
			t.holds(!strings.Contains(a.Body, "<b>"), "%q comes back as markup", url)
		}
		return fmt.Sprintf("%d addresses: refused.", len(evil))
	}},
	{id: "ST-02/q", requirement: "A stream into a file stays in its folder.", try: func(t *T) string {
		boss := t.signedIn(t.admin())
		evil := []string{"../evil", "../../etc/cron.d/evil", "/etc/evil", "a/b", "..", ".", ".hidden", "a\x00b", "a\\b", "-rf", "con\n", "%2e%2e%2fevil", "~root", "a\u202eb", "…/x"}
		for _, name := range evil {
			t.holds(boss.copy().post("/admin/streams/new", "kind", "file", "name", name, "content", "full").Status >= 400, "%q", name)
		}
		t.holds(boss.copy().post("/admin/streams/new", "kind", "file", "name", "plain", "content", "full", "folder", "/tmp").Status == 400, "a folder of one's own")
		found, err := filepath.Glob(filepath.Join(t.server.Folder, "*evil*"))
		t.must(err)
		t.holds(len(found) == 0, "files: %v", found)
		if _, err := os.Stat(filepath.Join(t.server.Data, "evil.jsonl")); err == nil {
			t.Error("there is a file beside the folder")
		}
		return fmt.Sprintf("%d names and a folder: no file outside.", len(evil))
	}},
}}

func TestStreams(t *testing.T) { run(t, &streams) }

// webhooks is a server whose streams may reach this machine.
var webhooks = &house{name: "webhooks", small: true, base: proxied.base, flags: append([]string{"--stream-networks", "127.0.0.1/32"}, proxied.flags...)}

type listener struct {
	url string
	n   atomic.Int64 // connections that came
}

// listener waits for connections on this machine until the attack is over.
func (t *T) listener() *listener {
	l := &listener{}
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.Config.ConnState = func(_ net.Conn, is http.ConnState) {
		if is == http.StateNew {
			l.n.Add(1)
		}
	}
	server.Start()
	t.Cleanup(server.Close)
	l.url = server.URL
	return l
}

// redirector answers with the status that its path begins with, and leads on.
func (t *T) redirector(to string) string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		code := 200
		fmt.Sscanf(r.URL.Path, "/%d", &code)
		io.Copy(io.Discard, r.Body)
		w.Header().Set("Location", to)
		w.WriteHeader(code)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// streamNamed is the id of a stream.
func (t *T) streamNamed(boss *browser, name string) string {
	t.Helper()
	id := boss.copy().get("/admin/streams").found(`/admin/streams/([a-z0-9]+)"[^>]*>` + name + `<`)
	if id == "" {
		t.Fatalf("no stream %s on the page", name)
	}
	return id
}
