package e2e

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// front is a proxy in front of the product, with one of the documented configurations in
// which ports and paths are replaced, and nothing else.
type front struct {
	t           *testing.T
	folder      string
	http, https string // ports
	behind      string // where the product listens: HOST:PORT, or unix:PATH
	// nodes are where two of it listen, for an nginx that asks them in turn; behind is their name then.
	nodes []string
	// upstreams are where the documented applications listen, by their names; nil for none.
	upstreams map[string]string
	certified
}

// documented reads a file of docs/deploy and replaces, given by turns, what must stand in
// it. It fails if something does not, since then it would test something else than what
// is documented.
func (f *front) documented(name string, replace ...string) string {
	f.t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "deploy", name))
	if err != nil {
		f.t.Fatal(err)
	}
	s := string(text)
	for i := 0; i+1 < len(replace); i += 2 {
		if !strings.Contains(s, replace[i]) {
			f.t.Fatalf("docs/deploy/%s has no %q", name, replace[i])
		}
		s = strings.ReplaceAll(s, replace[i], replace[i+1])
	}
	return s
}

func (f *front) file(name, text string) string {
	f.t.Helper()
	path := filepath.Join(f.folder, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		f.t.Fatal(err)
	}
	return path
}

// proxies are those that Debian has: each returns its command.
var proxies = map[string]func(*front) *exec.Cmd{"nginx": nginx, "caddy": caddy, "haproxy": haproxy, "apache2": apache}

func nginx(f *front) *exec.Cmd {
	user, temporary := "", ""
	if os.Getuid() == 0 {
		user = "user root;"
	}
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		temporary += kind + "_temp_path " + filepath.Join(f.folder, kind) + ";\n"
	}
	if f.nodes != nil {
		temporary += f.documented("postgres-ha/nodes.conf", "10.0.0.11:8080", f.nodes[0], "10.0.0.12:8080", f.nodes[1], "    server 10.0.0.13:8080 max_fails=1 fail_timeout=10s;\n", "")
	}
	path := f.file("nginx.conf", f.documented("nginx/nginx.conf",
		"user www-data;", user, "pid /run/nginx.pid;", "pid "+filepath.Join(f.folder, "pid")+";", "error_log /var/log/nginx/error.log;", "error_log stderr;",
		"http {", "http {\n"+temporary, "listen [::]:80;", "", "listen [::]:443 ssl http2;", "", "listen 80;", "listen 127.0.0.1:"+f.http+";",
		"listen 443 ssl http2;", "listen 127.0.0.1:"+f.https+" ssl http2;", "https://"+publicHost+"$", "https://"+publicHost+":"+f.https+"$", "Host $host;", "Host $host:"+f.https+";",
		"/etc/nginx/applications/", f.applications("nginx", ".conf"),
		"/etc/ssl/login.example.pem", f.chain, "/etc/ssl/private/login.example.key", f.key, "proxy_pass http://127.0.0.1:8080;", "proxy_pass http://"+f.behind+";"))
	return exec.Command(installed("nginx"), "-p", f.folder, "-e", "stderr", "-g", "daemon off;", "-c", path)
}

func caddy(f *front) *exec.Cmd {
	global := fmt.Sprintf("{\n\tadmin off\n\thttp_port %s\n\tdefault_bind 127.0.0.1\n\tstorage file_system %s\n}\n", f.http, f.folder)
	path := f.file("Caddyfile", global+f.documented("caddy/Caddyfile",
		publicHost+" {", publicHost+":"+f.https+" {\n\ttls "+f.chain+" "+f.key, "reverse_proxy 127.0.0.1:8080", "reverse_proxy "+strings.Replace(f.behind, "unix:", "unix/", 1),
		"/etc/caddy/applications/", f.applications("caddy", ".caddy")))
	return exec.Command(installed("caddy"), "run", "--adapter", "caddyfile", "--config", path)
}

func haproxy(f *front) *exec.Cmd {
	path := f.file("haproxy.cfg", f.documented("haproxy/haproxy.cfg", append(f.upstreamsOfHAProxy(),
		"    user haproxy\n", "", "    group haproxy\n", "", "bind :80\n", "bind 127.0.0.1:"+f.http+"\n", "bind :443 ", "bind 127.0.0.1:"+f.https+" ",
		"/etc/haproxy/certificates/", f.both, "field(1,:)]%", "field(1,:)]:"+f.https+"%", "/etc/haproxy/applications.map", f.applications("haproxy", ".map"),
		"/etc/haproxy/latchkey.lua", f.file("latchkey.lua", f.documented("haproxy/latchkey.lua")), "server latchkey 127.0.0.1:8080", "server latchkey "+strings.TrimPrefix(f.behind, "unix:"))...))
	return exec.Command(installed("haproxy"), "-db", "-f", path)
}

func apache(f *front) *exec.Cmd {
	behind := "http://" + f.behind + "/"
	if strings.HasPrefix(f.behind, "unix:") {
		behind = f.behind + "|http://localhost/"
	}
	path := f.file("site.conf", f.documented("apache.conf",
		"*:80>", "*:"+f.http+">", "*:443>", "*:"+f.https+">", "https://"+publicHost+"/", "https://"+publicHost+":"+f.https+"/",
		"/etc/ssl/login.example.pem", f.chain, "/etc/ssl/private/login.example.key", f.key, "ProxyPass / http://127.0.0.1:8080/", "ProxyPass / "+behind))
	// What the distribution's own configuration has, and the modules named in the file.
	main := "ServerName localhost\nServerRoot " + f.folder + "\nDefaultRuntimeDir " + f.folder + "\nPidFile pid\nErrorLog /dev/stderr\n"
	if os.Getuid() == 0 {
		main += "User www-data\nGroup www-data\n"
	}
	for _, module := range []string{"mpm_event", "authz_core", "alias", "socache_shmcb", "ssl", "http2", "headers", "proxy", "proxy_http", "env", "filter", "deflate"} {
		main += "LoadModule " + module + "_module /usr/lib/apache2/modules/mod_" + module + ".so\n"
	}
	main += "AddOutputFilterByType DEFLATE text/html\nListen 127.0.0.1:" + f.http + "\nListen 127.0.0.1:" + f.https + "\nInclude " + path + "\n"
	return exec.Command(installed("apache2"), "-D", "FOREGROUND", "-f", f.file("apache2.conf", main))
}

// start runs the proxy until the test ends.
func (f *front) start(command *exec.Cmd) {
	f.t.Helper()
	log, err := os.Create(filepath.Join(f.folder, "log"))
	if err != nil {
		f.t.Fatal(err)
	}
	command.Stdout, command.Stderr = log, log
	command.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + f.folder}
	if err := command.Start(); err != nil {
		f.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	f.t.Cleanup(func() {
		command.Process.Signal(os.Interrupt)
		select {
		case <-ended:
		case <-time.After(5 * time.Second):
			command.Process.Kill()
			<-ended
		}
		if text, _ := os.ReadFile(log.Name()); f.t.Failed() {
			f.t.Logf("the proxy wrote:\n%s", text)
		}
		log.Close()
	})
	again, over := time.NewTicker(20*time.Millisecond), time.After(15*time.Second)
	defer again.Stop()
	for {
		if listens(f.http) && listens(f.https) { // one of them comes first
			return
		}
		select {
		case err := <-ended:
			ended <- err
			f.t.Fatalf("the proxy ended at once: %v", err)
		case <-over:
			f.t.Fatal("the proxy does not listen")
		case <-again.C:
		}
	}
}

// listens reports whether anybody listens on a port.
func listens(port string) bool {
	c, err := net.Dial("tcp", "127.0.0.1:"+port)
	if err != nil {
		return false
	}
	c.Close()
	return true
}

// freePorts returns ports that nobody listens on.
func freePorts(t *testing.T, n int) (ports []string) {
	t.Helper()
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close() // all at the end, so that they differ
		_, port, _ := net.SplitHostPort(l.Addr().String())
		ports = append(ports, port)
	}
	return ports
}
