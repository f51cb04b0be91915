// Package internal_test holds the rules about which package may import which
// (ARCHITECTURE.md, "Map") against what the go command says is imported.
package internal_test

import (
	"slices"
	"strings"
	"testing"
)

// rule is one row of the table: what a package may import.
type rule struct {
	// ours are the packages of ours it may import itself, without "latchkey/"
	// and "internal/"; anything allows all but those for tests.
	ours []string
	// echo, sql and http allow it to reach the framework, to speak SQL itself
	// and to reach net/http.
	echo, sql, http bool
}

var (
	anything = []string{"*"}
	onlyTest = []string{"apptest", "atonce", "e2e", "attack", "attack/binary", "faults", "bench", "bench/flood", "bench/growth", "bench/load", "bench/product", "bench/report", "bench/seed", "bench/streams", "mail/mailtest", "mutation", "mutation/mutant", "store/postgrestest", "stream/eventhubstest", "supply"}
	pure     = []string{"problem", "user", "password", "auth", "factor", "secret", "audit", "brand", "terms", "ending"}
	edges    = slices.Concat(pure, ofWeb, []string{"mail", "store", "instance", "views"})
	// What of web a room of pages may use.
	ofWeb = []string{"web", "web/files", "web/follow", "web/forms", "web/present", "web/proof", "web/route", "web/session"}
	// What lies below the Site and knows nothing of it.
	belowWeb = []string{"web/arrival", "web/bodies", "web/conns", "web/cookies", "web/files", "web/forms", "web/health", "web/look", "web/present", "web/proof", "web/repeat", "web/request", "web/route", "web/session"}
	feature  = rule{ours: edges, echo: true, http: true}

	// What happens is the same from a page, a command and a job, so it knows nothing of
	// pages. The store's driver reaches net/http.
	happens = rule{ours: append(slices.Clone(pure), "mail", "store", "importer", "instance", "access", "account"), http: true}
	// A room of the administration may use all of that, and no other room.
	room = rule{ours: append(slices.Clone(edges), "importer", "access", "account", "account/explain", "account/revert", "bulk", "requestwords", "userimport", "userexport", "web/userlist"), echo: true, http: true}
	// A family of commands may use the same without the pages, and no other family.
	family = rule{ours: append(slices.Clone(happens.ours), "account/explain", "userimport", "config", "program", "app/cli"), http: true}
)

// table is the whole house. A new package needs a row; decide it on purpose.
var table = map[string]rule{
	"problem":  {},
	"user":     {ours: []string{"problem"}},
	"password": {ours: []string{"problem", "user"}},          // names that stand in a password are compared as user compares them
	"auth":     {ours: []string{"problem", "user", "brand"}}, // the rules share user.Role, the settings a colour
	"brand":    {ours: []string{"problem"}},
	"secret":   {ours: []string{"problem"}},
	"factor":   {ours: []string{"problem", "secret"}},
	"audit":    {ours: []string{"problem", "secret"}},
	"terms":    {},
	"ending":   {},

	"views":       {http: true}, // templ's runtime reaches net/http
	"static":      {},
	"logs":        {},
	"wholefile":   {},
	"licences":    {},
	"migrations":  {},
	"docs/deploy": {}, // the files that pages show

	"store":    {ours: append(slices.Clone(pure), "migrations"), sql: true, http: true},
	"mail":     {ours: []string{"user", "secret"}}, // SMTP is not HTTP
	"config":   {ours: append(slices.Clone(pure), "mail"), http: true},
	"importer": {ours: append(slices.Clone(pure), "importer/charset", "importer/tutorial")},
	// The one place beside the store that opens a database: a foreign one.
	"importer/tutorial": {ours: []string{"problem"}, sql: true},
	"importer/charset":  {ours: []string{"problem"}},
	"instance":          {ours: append(slices.Clone(pure), "store", "mail"), http: true}, // the store's driver reaches net/http

	"seen": {ours: []string{"secret", "instance"}, http: true}, // the store's driver reaches net/http

	"web":         {ours: append(slices.Concat(pure, belowWeb), "store", "mail", "access", "instance", "seen", "logs", "views", "static"), echo: true, http: true},
	"web/arrival": {ours: []string{"audit", "auth", "views"}, http: true},
	"web/conns":   {ours: []string{"auth", "web/arrival"}, http: true},
	"web/forms":   {ours: []string{"problem"}, http: true},
	"web/bodies":  {ours: []string{"problem", "web/conns", "web/forms"}, http: true},
	"web/files":   {ours: []string{"audit", "problem", "web/forms"}, http: true},
	"web/cookies": {ours: []string{"secret", "user"}, http: true},
	"web/request": {ours: append(slices.Clone(pure), "instance", "logs", "views", "web/arrival", "web/cookies"), http: true},
	"web/session": {ours: append(slices.Clone(pure), "store", "mail", "instance", "views", "web/cookies", "web/forms", "web/present", "web/request"), http: true},
	"web/proof":   {ours: append(slices.Clone(pure), "store", "instance", "web/session"), http: true},
	"web/health":  {ours: []string{"problem", "instance"}, http: true}, // the store's driver reaches net/http
	"web/look":    {ours: []string{"auth", "brand", "views", "static"}, http: true},
	"web/repeat":  {ours: []string{"secret"}},
	"web/route":   {ours: []string{"auth"}, http: true},
	"web/follow":  {ours: append(slices.Clone(pure), "store", "views", "web", "web/forms"), echo: true, http: true},
	// The list of users is the administration's, and web itself does not need it.
	"web/userlist": {ours: append(slices.Clone(pure), "store", "access", "web/forms", "views"), http: true},
	"web/present":  {ours: append(slices.Clone(pure), "store", "mail", "instance", "views"), http: true},

	"access":  {ours: append(slices.Clone(pure), "store"), http: true}, // the store's driver reaches net/http
	"account": happens, "account/explain": happens, "account/revert": happens, "bulk": happens, "userimport": happens, "lease": happens,
	"requestwords": happens, "keys": happens, "userexport": {ours: append(slices.Clone(happens.ours), "requestwords"), http: true},

	// It asks the site and applications over HTTP as anybody could, and needs no page for it.
	"check": {ours: append(slices.Clone(happens.ours), "seen", "config", "keys", "program"), http: true},

	// It opens data folders, as the commands and the server do.
	"backup": {ours: append(slices.Clone(happens.ours), "program", "wholefile"), http: true},

	// What is sent, and the kinds of places that it is sent to; these know no event.
	"stream/delivery": {}, "stream/guard": {},
	"stream/event":     {ours: []string{"audit", "secret", "store", "stream/delivery"}},
	"stream/webhook":   {ours: []string{"stream/delivery"}, http: true},
	"stream/file":      {ours: []string{"stream/delivery"}},
	"stream/eventhubs": {ours: []string{"stream/delivery"}, http: true}, // the SDK reaches net/http, and dials nothing by it
	"stream":           {ours: append(slices.Clone(happens.ours), "stream/delivery", "stream/event", "stream/guard", "stream/webhook", "stream/file", "stream/eventhubs"), http: true},

	// The door of applications is reached by proxies and by people.
	"forward": {ours: append(slices.Clone(edges), "access", "web/cookies"), echo: true, http: true},

	"setup": feature, "login": feature, "security": feature, "profile": {ours: append(slices.Clone(edges), "access"), echo: true, http: true},
	// What somebody may open is for package access to say.
	"applications":       {ours: append(slices.Clone(edges), "access"), echo: true, http: true},
	"admin":              {ours: append(slices.Clone(room.ours), "admin/applications", "admin/auditlog", "admin/backups", "admin/bulk", "admin/groups", "admin/imports", "admin/requests", "admin/settings", "admin/streams", "admin/users", "admin/viewas"), echo: true, http: true},
	"admin/applications": {ours: append(slices.Clone(room.ours), "docs/deploy"), echo: true, http: true},
	"admin/auditlog":     room, "admin/bulk": room, "admin/groups": room, "admin/imports": room, "admin/requests": room, "admin/settings": room, "admin/users": room,
	"admin/streams": {ours: append(slices.Clone(room.ours), "stream", "stream/delivery", "stream/event"), echo: true, http: true},
	"admin/backups": {ours: append(slices.Clone(room.ours), "backup"), echo: true, http: true},
	// The one exception: the pages that it shows are those of profile and security.
	"admin/viewas": {ours: append(slices.Clone(room.ours), "applications", "profile", "security"), echo: true, http: true},

	"program":      {ours: append(slices.Clone(happens.ours), "config", "keys", "logs"), http: true},
	"server":       {ours: anything, echo: true, http: true},
	"app":          {ours: anything, echo: true, http: true},
	"app/cli":      {ours: []string{"audit", "config", "logs", "password", "program"}, http: true}, // the store's driver reaches net/http
	"app/mistyped": {},
	"app/users":    family,
	"app/groups":   family,
	"app/apps":     family,
	"app/keys":     {ours: append(slices.Clone(family.ours), "keys"), http: true},
	"app/events":   {ours: append(slices.Clone(family.ours), "stream", "stream/delivery"), http: true},
	"cmd/latchkey": {ours: []string{"app"}, echo: true, http: true},

	"mail/mailtest":        {}, // knows nothing of what it is sent
	"stream/eventhubstest": {},
	"store/postgrestest":   {}, // knows no table

	// They read source and run tests; nothing imports either.
	"mutation": {}, "mutation/mutant": {},

	"atonce":  {},
	"supply":  {ours: []string{"licences"}, http: true}, // a tool of the repository
	"apptest": {ours: anything, echo: true, http: true, sql: true},
	"e2e":     {ours: anything, echo: true, http: true},
	"faults":  {},
	"attack":  {ours: anything, echo: true, sql: true, http: true},
	// It knows the program from outside only.
	"attack/binary": {http: true},
	"bench":         {ours: []string{"bench/flood", "bench/growth", "bench/load", "bench/product", "bench/report", "bench/seed", "bench/streams", "password", "program", "secret", "server", "store", "store/postgrestest", "web"}, echo: true, http: true},
	// What it measures with and what it prints; then what it measures with them.
	"bench/load":    {http: true},
	"bench/report":  {},
	"bench/streams": {ours: []string{"audit", "password", "store", "program", "stream", "bench/load", "bench/product", "bench/report", "stream/delivery", "stream/eventhubs", "stream/eventhubstest"}, http: true},
	"bench/product": {ours: []string{"bench/load", "bench/seed", "factor", "secret", "store"}, http: true},
	"bench/flood":   {ours: []string{"bench/load", "bench/product", "bench/report", "factor"}, http: true},
	"bench/growth":  {ours: []string{"bench/product", "bench/report", "auth", "store"}, sql: true, http: true}, // counts the rows of every table
	// It knows the tables as the store does, and the store nothing of it.
	"bench/seed": {ours: append(slices.Clone(pure), "store"), sql: true, http: true},
}

// listed is a package as the go command describes it.
type listed struct {
	ImportPath string
	Imports    []string // imported by its own files, tests left out
	Deps       []string // everything it ends up with
}

// short takes our prefixes off an import path and reports whether it is ours.
func short(path string) (string, bool) {
	rest, ours := strings.CutPrefix(path, "latchkey/")
	return strings.TrimPrefix(rest, "internal/"), ours
}

// violations names every import that the table forbids, one line each, sorted.
func violations(packages []listed, table map[string]rule) []string {
	var found []string
	for _, p := range packages {
		name, ours := short(p.ImportPath)
		if !ours || name == "internal" {
			continue
		}
		r, known := table[name]
		if !known {
			found = append(found, name+" has no row in the table")
			continue
		}
		for _, bad := range forbidden(name, p, r) {
			found = append(found, name+" "+bad)
		}
	}
	slices.Sort(found)
	return found
}

// forbidden returns what one package does against its rule.
func forbidden(name string, p listed, r rule) []string {
	var bad []string
	for _, path := range p.Imports {
		switch imported, ours := short(path); {
		case ours && slices.Contains(onlyTest, imported) && !slices.Contains(onlyTest, name):
			bad = append(bad, "imports "+imported+", which is for tests")
		case ours && !slices.Contains(r.ours, imported) && !slices.Contains(r.ours, "*"):
			bad = append(bad, "imports "+imported)
		case isSQL(path) && !r.sql:
			bad = append(bad, "imports "+path)
		}
	}
	for _, path := range p.Deps {
		if isEcho(path) && !r.echo {
			bad = append(bad, "reaches "+path)
		}
		// What lies above the store ends up with SQL; the pure packages must not.
		if slices.Contains(pure, name) && isSQL(path) && !slices.Contains(p.Imports, path) {
			bad = append(bad, "reaches "+path)
		}
		if path == "net/http" && !r.http {
			bad = append(bad, "reaches "+path)
		}
	}
	return bad
}

// isEcho reports whether path is the framework, in any version.
func isEcho(path string) bool { return strings.HasPrefix(path, "github.com/labstack/echo") }

// isSQL reports whether path is database/sql, the driver or the migration tool.
// database/sql/driver is only types, which libraries implement.
func isSQL(path string) bool {
	return path == "database/sql" ||
		strings.HasPrefix(path, "github.com/mattn/go-sqlite3") ||
		strings.HasPrefix(path, "github.com/pressly/goose")
}

func TestImports_FollowTheTable(t *testing.T) {
	t.Parallel()
	packages := list(t, nil)
	if len(packages) < 2 {
		t.Fatalf("go list found only %d packages: this test looked at nothing", len(packages))
	}
	for _, v := range violations(packages, table) {
		t.Error(v)
	}
}
