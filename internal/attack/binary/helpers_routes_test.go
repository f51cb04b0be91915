package binary

import (
	"strings"
	"sync"

	"latchkey/internal/apptest"
	"latchkey/internal/web/route"
)

// knownRoute is a route of the program with who may use it.
type knownRoute struct{ method, pattern, access string }

// accessNames are the kinds of access in words.
var accessNames = map[route.Access]string{
	route.Anyone: "anyone", route.CodeStage: "code", route.EnrolStage: "enrol", route.PasswordStage: "password", route.LinkStage: "link",
	route.SignedIn: "session", route.Fresh: "fresh", route.Proxy: "proxy", route.ApplicationHost: "application", route.Administrator: "administrator",
}

var (
	routesOnce  sync.Once
	knownRoutes []knownRoute
)

// routes returns every route of the program, as it tells a test in its own process: it would
// tell nobody else, and a list kept here would leave out what is added.
func (t *T) routes() []knownRoute {
	t.Helper()
	routesOnce.Do(func() {
		all, err := apptest.Start(t.T, apptest.Options{}).Site.Routes()
		t.must(err)
		for _, r := range all {
			if name := accessNames[r.Access]; name == "" {
				t.Errorf("%s %s has an access without a name", r.Method, r.Path)
			} else if r.Method != "HEAD" {
				knownRoutes = append(knownRoutes, knownRoute{r.Method, r.Path, name})
			}
		}
	})
	if len(knownRoutes) < 100 {
		t.Fatalf("only %d routes", len(knownRoutes))
	}
	return knownRoutes
}

// path is an address of the route: something that could be there and is not.
func (r knownRoute) path() string {
	var parts []string
	for _, part := range strings.Split(r.pattern, "/") {
		switch {
		case part == ":token":
			part = strings.Repeat("B", 43)
		case part == ":seq":
			part = "1"
		case strings.HasPrefix(part, ":"):
			part = "aaaaaaaaaaaaaaaaaaaaaaaaaa"
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, "/")
}

// open reports whether the route may answer anyone, whoever it is.
func (r knownRoute) open() bool { return r.access == "anyone" }
