package deploy

import (
	"os"
	"strings"
	"testing"
)

// TestParts_AreTheFiles: what is made for the second application of each configuration is what
// stands there, so that nobody adds what no test has started.
func TestParts_AreTheFiles(t *testing.T) {
	t.Parallel()
	notes := Application{Slug: "notes", Hosts: []string{"notes.example"}}
	written := map[string][]string{
		"nginx": {"nginx/applications/notes.conf"}, "caddy": {"caddy/applications/notes.caddy"}, "traefik": {"traefik/dynamic/notes.yml"},
		"haproxy": {"haproxy/applications.map", "haproxy/haproxy.cfg"},
	}
	for _, p := range Proxies() {
		parts := p.Parts(notes)
		if len(parts) != len(written[p.Key]) {
			t.Errorf("%s: %d parts", p.Name, len(parts))
			continue
		}
		for i, part := range parts {
			file, err := os.ReadFile(written[p.Key][i])
			if err != nil {
				t.Fatal(err)
			}
			want := strings.ReplaceAll(string(file), "127.0.0.1:3001", Upstream)
			if whole := p.Key != "haproxy"; whole && part.Text != want || !strings.Contains(want, part.Text) || part.Text == "" {
				t.Errorf("%s: for %s made\n%s\nin the file stands\n%s", p.Name, part.File, part.Text, want)
			}
		}
	}
}

// TestParts_OtherHosts: several hosts, ports and addresses.
func TestParts_OtherHosts(t *testing.T) {
	t.Parallel()
	a := Application{Slug: "wiki-2", Hosts: []string{"a.wiki.test", "b.test:8443", "c.test", "[::1]:8443"}}
	want := map[string][]string{
		"nginx": {"server_name a.wiki.test c.test;", "server_name b.test [::1];", "listen 8443 ssl", "listen [::]:8443 ssl", "X-Original-URL https://$host:8443$request_uri;",
			"X-Original-URL https://$host$request_uri;", "return 302 https://$host:8443/.latchkey/start", "Host $host:8443;", "/etc/ssl/a.wiki.test.pem", "/auth-request/wiki-2;"},
		"caddy":   {"\na.wiki.test, b.test:8443, c.test, [::1]:8443 {\n", "uri /forward-auth/wiki-2\n"},
		"traefik": {"rule: Host(`a.wiki.test`) || Host(`b.test`) ||", "rule: (Host(`a.wiki.test`) || Host(`b.test`)", "[::1]`)) && PathPrefix(`/.latchkey/`)", "check-wiki-2"},
		"haproxy": {"b.test:8443 wiki-2\n", "backend application-wiki-2\n    server wiki-2 127.0.0.1:3000\n"},
	}
	for _, p := range Proxies() {
		all := ""
		for _, part := range p.Parts(a) {
			all += part.File + "\n" + part.Text
		}
		for _, text := range want[p.Key] {
			if !strings.Contains(all, text) {
				t.Errorf("%s: no %q in\n%s", p.Name, text, all)
			}
		}
		if strings.Contains(all, "example") || strings.Contains(all, "\x01") || strings.Contains(all, "\x02") || strings.Count(all, "listen 80;") > 1 {
			t.Errorf("%s: has what it should not:\n%s", p.Name, all)
		}
	}
}
