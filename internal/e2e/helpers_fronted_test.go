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
		f.file(filepath.Join("applications", a.slug+ending), f.documented(name, replace...))
	}
	return folder + "/"
}

// upstreamsOfHAProxy are the replacements for its one file.
func (f *front) upstreamsOfHAProxy() []string {
	if f.upstreams == nil {
		return nil
	}
	replace := []string{"http://127.0.0.1:8080/", "http://" + f.behind + "/"}
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
