// Package deploy holds the configurations of this folder, which tests start, and makes of them
// what an administrator adds to a proxy for one application.
package deploy

import (
	"embed"
	"fmt"
	"net"
	"slices"
	"strings"
)

//go:embed nginx caddy haproxy traefik
var files embed.FS

// What the configurations have where an application is to be put in.
const (
	exampleSlug = "wiki"
	exampleHost = "wiki.example"
)

// Upstream stands in the parts of a configuration for where the application itself listens.
const Upstream = "127.0.0.1:3000"

// Application is one that stands behind a proxy.
type Application struct {
	Slug  string
	Hosts []string // with a port unless that is 443
}

// Part is a piece of a configuration, and the file to which it belongs.
type Part struct {
	File string
	Text string
}

// Proxy is one for which there is a configuration.
type Proxy struct {
	Name     string // of the program, for people
	Key      string // of the folder here
	Untested bool   // written from its documentation
	parts    func(Application) []Part
}

// Proxies returns them all.
func Proxies() []Proxy {
	return []Proxy{
		{Name: "nginx", Key: "nginx", parts: nginx},
		{Name: "Caddy", Key: "caddy", parts: caddy},
		{Name: "Traefik", Key: "traefik", Untested: true, parts: traefik},
		{Name: "HAProxy", Key: "haproxy", parts: haproxy},
	}
}

// Parts is what is added to the configuration of this folder for an application. Where the
// application listens is for whoever adds it to write in the place of Upstream.
func (p Proxy) Parts(a Application) []Part { return p.parts(a) }

// text reads a file of this folder.
func text(name string) string {
	b, err := files.ReadFile(name)
	if err != nil {
		panic(err) // it is in the program
	}
	return string(b)
}

// fill puts an application in the place of the one in the text. Hosts are written as the proxy
// writes several, and one of them stands where there can be only one, in the names of files.
func fill(s string, a Application, hosts, file string) string {
	const hostsHere, fileHere = "\x01", "\x02"
	s = strings.ReplaceAll(s, "/"+exampleHost+".", "/"+fileHere+".")
	s = strings.ReplaceAll(s, exampleHost, hostsHere)
	s = strings.ReplaceAll(s, exampleSlug, a.Slug)
	return strings.NewReplacer(hostsHere, hosts, fileHere, file).Replace(s)
}

// portOf returns the port of a host, which is 443 where it need not be written.
func portOf(host string) string {
	if _, port, err := net.SplitHostPort(host); err == nil {
		return port
	}
	return "443"
}

// withoutPort returns a host without its port, and an IPv6 address in its brackets.
func withoutPort(host string) string {
	return strings.TrimSuffix(host, ":"+portOf(host))
}

// nginx listens on each port in a block of its own, and knows the names without it.
func nginx(a Application) []Part {
	var all strings.Builder
	var ports []string
	names := map[string][]string{}
	for _, host := range a.Hosts {
		port := portOf(host)
		if names[port] == nil {
			ports = append(ports, port)
		}
		names[port] = append(names[port], withoutPort(host))
	}
	for i, port := range ports {
		head, s, _ := strings.Cut(text("nginx/applications/wiki.conf"), "\n\n")
		if i == 0 {
			all.WriteString(fill(head, a, "", "") + "\n")
		}
		if port != "443" {
			_, s, _ = strings.Cut(s, "\n}\n\n") // the redirect from port 80
			s = strings.NewReplacer("listen 443", "listen "+port, "listen [::]:443", "listen [::]:"+port,
				"https://$host", "https://$host:"+port, "Host $host;", "Host $host:"+port+";").Replace(s)
		}
		all.WriteString("\n" + fill(s, a, strings.Join(names[port], " "), strings.Trim(names[port][0], "[]")))
	}
	return []Part{{"/etc/nginx/applications/" + a.Slug + ".conf", all.String()}}
}

func caddy(a Application) []Part {
	s := text("caddy/applications/wiki.caddy")
	return []Part{{"/etc/caddy/applications/" + a.Slug + ".caddy", fill(s, a, strings.Join(a.Hosts, ", "), "")}}
}

// traefik has ports in the entry points of its static configuration alone.
func traefik(a Application) []Part {
	const example = "Host(`" + exampleHost + "`)"
	var rules []string
	for _, host := range a.Hosts {
		if rule := "Host(`" + withoutPort(host) + "`)"; !slices.Contains(rules, rule) {
			rules = append(rules, rule)
		}
	}
	rule := strings.Join(rules, " || ")
	and := rule
	if len(rules) > 1 {
		and = "(" + rule + ")"
	}
	const andHere, ruleHere = "\x03", "\x04"
	s := strings.NewReplacer(example+" &&", andHere+" &&", example, ruleHere).Replace(text("traefik/dynamic/wiki.yml"))
	s = strings.NewReplacer(andHere, and, ruleHere, rule).Replace(fill(s, a, "", ""))
	return []Part{{"/etc/traefik/dynamic/" + a.Slug + ".yml", s}}
}

func haproxy(a Application) []Part {
	var lines strings.Builder
	for _, host := range a.Hosts {
		fmt.Fprintf(&lines, "%s %s\n", host, a.Slug)
	}
	_, s, _ := strings.Cut(text("haproxy/haproxy.cfg"), "backend application-wiki\n")
	s, _, _ = strings.Cut(s, "\n\n")
	return []Part{
		{"/etc/haproxy/applications.map", lines.String()},
		{"/etc/haproxy/haproxy.cfg", fill("backend application-wiki\n"+s+"\n", a, "", "")},
	}
}
