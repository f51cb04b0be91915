// Package route knows of each route, before a request comes, who may pass to it, what it
// takes, what an action there counts as, and on which page its form stands.
package route

import (
	"net/http"
	"path"
	"strings"
)

// Access says who may pass to a route. Every route declares one where it is
// mounted.
type Access int

// The kinds of access.
const (
	// Undeclared is nobody's: a route without a declaration is a mistake.
	Undeclared Access = iota
	// Anyone needs nothing.
	Anyone
	// CodeStage needs a pending sign-in that waits for a code.
	CodeStage
	// EnrolStage needs a pending sign-in that waits for an enrolment, or a
	// session with a fresh proof.
	EnrolStage
	// PasswordStage needs a link that was followed and not used up yet.
	PasswordStage
	// LinkStage needs a link that was followed and whose page asks before anything
	// happens; which kind of link it is, the page finds out by Followed.
	LinkStage
	// SignedIn needs a session.
	SignedIn
	// Fresh needs a session with a fresh proof.
	Fresh
	// Proxy needs a proxy that is trusted: it asks about a request to an application. For
	// everybody else the route does not exist.
	Proxy
	// ApplicationHost needs a request on the host of an application, and nobody's session: the
	// cookies there are not those of our own host. Elsewhere the route does not exist.
	ApplicationHost
	// Administrator needs an administrator's session, and a fresh proof to act.
	// For everybody else the route does not exist.
	Administrator
)

// Route is one method and path, with the parameters in it as :id.
type Route struct {
	Method, Path string
	Access       Access
}

// Table is all routes. It is filled while features are mounted; from the first request on it
// is only read, by any number at once.
type Table struct {
	access map[string]Access // by "METHOD path"
	links  map[string]bool   // words that stand before a token in a path

	Alone   map[string]bool // paths that need no database
	Uploads map[string]bool // paths whose forms may bring a file
	Long    map[string]bool // and those whose forms have long texts
}

// NewTable returns a table without routes.
func NewTable() *Table {
	return &Table{access: map[string]Access{}, links: map[string]bool{}, Alone: map[string]bool{}, Uploads: map[string]bool{}, Long: map[string]bool{}}
}

// Add declares who may pass to a route.
func (t *Table) Add(method, path string, a Access) {
	t.access[method+" "+path] = a
	if before, _, ok := strings.Cut(path, "/:token"); ok {
		t.links[before[strings.LastIndexByte(before, '/')+1:]] = true
	}
}

// Access is what was declared; Undeclared if nothing was.
func (t *Table) Access(method, path string) Access { return t.access[method+" "+path] }

// IsLink reports whether this word stands before the token in a link of ours.
func (t *Table) IsLink(word string) bool { return t.links[word] }

func (t *Table) isPage(path string) bool { return t.Access(http.MethodGet, path) != Undeclared }

// Page is the page that a request to the route at this path belongs to: itself for a GET, and
// for a POST the nearest page above it, since an action is never repeated by a redirect. A
// file belongs to the page of its name without the ending, with the same query: a
// browser that is redirected to a download stays where it is, at a form that is done.
func (t *Table) Page(r *http.Request, route string) string {
	if r.Method != http.MethodPost {
		u := *r.URL
		if ending := path.Ext(route); t.isPage(strings.TrimSuffix(route, ending)) {
			u.Path, u.RawPath = strings.TrimSuffix(u.Path, ending), strings.TrimSuffix(u.RawPath, ending)
		}
		return u.RequestURI()
	}
	above := r.URL.EscapedPath()
	for route != "" {
		if t.isPage(route) {
			return above
		}
		route, above = route[:max(0, strings.LastIndexByte(route, '/'))], above[:max(0, strings.LastIndexByte(above, '/'))]
	}
	return "/"
}
