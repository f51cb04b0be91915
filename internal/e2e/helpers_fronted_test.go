package e2e

import (
	"os"
	"path/filepath"
	"strings"
)

// The applications of the documented configurations, and where each of them listens there.
var documentedApplications = []struct{ slug, host, at string }{
	{"wiki", "wiki.example", "127.0.0.1:3000"},
	{"notes", "notes.example", "127.0.0.1:3001"},
}

// applications writes the documented files of the applications for a proxy, with the same
// replacements, and returns their folder with a slash at its end; for HAProxy the one file that there is. Without
// applications the folder is empty.
func (f *front) applications(proxy, ending string) string {
	f.t.Helper()
	if proxy == "haproxy" {
		var hosts []string
		for _, a := range documentedApplications {
			hosts = append(hosts, a.host+" ", a.host+":"+f.https+" ")
		}
		return f.file("applications.map", f.documented("haproxy/applications.map", hosts...))
	}
	folder := filepath.Join(f.folder, "applications")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		f.t.Fatal(err)
	}
	if f.upstreams == nil {
		return folder + "/"
	}
	for _, a := range documentedApplications {
		name := proxy + "/applications/" + a.slug + ending
		replace := []string{"127.0.0.1:8080", f.behind, a.at, f.upstreams[a.slug]}
		switch proxy {
		case "nginx":
			replace = append(replace, "listen [::]:80;", "", "listen [::]:443 ssl http2;", "", "listen 80;", "listen 127.0.0.1:"+f.http+";",
				"listen 443 ssl http2;", "listen 127.0.0.1:"+f.https+" ssl http2;", "https://$host", "https://$host:"+f.https, "Host $host;", "Host $host:"+f.https+";",
				"/etc/ssl/"+a.host+".pem", f.chain, "/etc/ssl/private/"+a.host+".key", f.key)
		case "caddy":
			replace = append(replace, a.host+" {", a.host+":"+f.https+" {\n\ttls "+f.chain+" "+f.key)
		}
		if a.slug == "notes" {
			before, after := f.named(proxy)
			replace = append(replace, before, after)
		}
		f.file(filepath.Join("applications", a.slug+ending), f.documented(name, replace...))
	}
	return folder + "/"
}

// named are what docs/applications.md says is added where an application, here Radicale, reads a header of
// another name. It fails if the document says something else.
func (f *front) named(proxy string) (before, after string) {
	f.t.Helper()
	switch proxy {
	case "nginx":
		before, after = `proxy_set_header X-Remote-User "";`, "proxy_set_header X-Remote-User $latchkey_user;"
	case "caddy":
		before, after = "copy_headers Remote-User Remote-Name Remote-Email Remote-Groups\n\t\t}\n", "request_header X-Remote-User {http.request.header.Remote-User}"
	case "haproxy":
		before, after = "backend application-notes\n", "http-request set-header X-Remote-User %[req.hdr(remote-user)]"
	}
	document, err := os.ReadFile(filepath.Join("..", "..", "docs", "applications.md"))
	if err != nil {
		f.t.Fatal(err)
	}
	if !strings.Contains(string(document), "`"+after+"`") {
		f.t.Fatalf("docs/applications.md has no %q", after)
	}
	if proxy == "nginx" {
		return before, after
	}
	return before, before + after + "\n"
}

// upstreamsOfHAProxy are the replacements for its one file.
func (f *front) upstreamsOfHAProxy() []string {
	if f.upstreams == nil {
		return nil
	}
	before, after := f.named("haproxy")
	replace := []string{"http://127.0.0.1:8080/", "http://" + f.behind + "/", before, after}
	for _, a := range documentedApplications {
		replace = append(replace, a.at, f.upstreams[a.slug])
	}
	return replace
}

// hosts are all hosts of the documented configurations.
func hosts() (all []string) {
	all = append(all, publicHost)
	for _, a := range documentedApplications {
		all = append(all, a.host)
	}
	return all
}

// mapped is the rule by which Chromium finds them.
func mapped() string {
	var rules strings.Builder
	for _, host := range hosts() {
		rules.WriteString("MAP " + host + " 127.0.0.1, ")
	}
	return rules.String()
}
