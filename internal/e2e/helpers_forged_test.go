package e2e

import (
	"net/http"
	"slices"
	"strings"
)

// claimed is who a client says it is, in a way that is seen if it is believed.
const claimed = "mallory"

// identityOf returns what an application could read as this identity header, in whatever spelling.
func (a arrived) identityOf(name string) (all []string) {
	for sent, values := range a.Header {
		if strings.EqualFold(strings.NewReplacer("_", "-", ".", "-").Replace(sent), name) {
			all = append(all, values...)
		}
	}
	return all
}

// claims reports whether anything in a request comes from the client's claim.
func (a arrived) claims() (names []string) {
	for name, values := range a.Header {
		if slices.ContainsFunc(values, func(v string) bool { return strings.Contains(v, claimed) }) {
			names = append(names, name)
		}
	}
	return names
}

// spellings are all in which somebody may send an identity header.
func spellings(name string) []string {
	lower := strings.ToLower(name)
	return []string{
		name, lower, strings.ToUpper(name), strings.ToUpper(name[:1]) + lower[1:],
		strings.ReplaceAll(name, "-", "_"), strings.ReplaceAll(lower, "-", "_"), strings.ToUpper(strings.ReplaceAll(name, "-", "_")),
		strings.ReplaceAll(name, "-", "."), strings.ReplaceAll(lower, "-", "."),
		"X-" + name, "X_" + strings.ReplaceAll(name, "-", "_"), "X-" + strings.ReplaceAll(name, "-", "_"), "HTTP_" + strings.ReplaceAll(strings.ToUpper(name), "-", "_"),
	}
}

var identityHeaders = []string{"Remote-User", "Remote-Name", "Remote-Email", "Remote-Groups"}

// leads is where an answer sends the browser.
func (r reply) leads() string { return r.header.Get("Location") }

// denied reports whether an answer lets nobody in: it sends to sign in, or refuses. Nothing at all does, too.
func (r reply) denied() bool {
	switch r.status {
	case http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusMovedPermanently, http.StatusPermanentRedirect:
		return strings.Contains(r.leads(), "/.latchkey/start?to=")
	case 0, http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusMisdirectedRequest:
		return true
	}
	return r.status >= 500
}
