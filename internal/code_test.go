package internal_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// dangerous are packages that code of the program does not import, and why.
var dangerous = map[string]string{
	"C": "memory without bounds", "unsafe": "memory without bounds",
	"os/exec": "starts other programs", "plugin": "loads code", "syscall/js": "is for browsers",
	"text/template": "escapes nothing", "encoding/gob": "makes what the sender wants", "encoding/xml": "is not needed",
	"math/rand": "can be guessed", "math/rand/v2": "can be guessed",
	"crypto/md5": "is broken", "crypto/sha1": "is broken", "crypto/des": "is broken", "crypto/rc4": "is broken", "crypto/dsa": "is broken",
	"expvar": "shows the inside to strangers", "net/http/pprof": "shows the inside to strangers", "net/http/cgi": "starts other programs",
}

// code parses what the program is made of: no tests, and no packages that are for tests.
func code(t *testing.T) map[string]*ast.File {
	t.Helper()
	files, err := parseCode()
	if err != nil {
		t.Fatal(err)
	}
	return files
}

var parseCode = sync.OnceValues(func() (map[string]*ast.File, error) {
	all, err := readSources()
	files := map[string]*ast.File{}
	for name, text := range all {
		folder := strings.TrimPrefix(path.Dir(name), "internal/")
		if path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") || slices.Contains(onlyTest, folder) {
			continue
		}
		if files[name], err = parser.ParseFile(token.NewFileSet(), name, text, parser.SkipObjectResolution); err != nil {
			return nil, err
		}
	}
	return files, err
})

// imported calls f with each package that each file imports.
func imported(t *testing.T, f func(name, imported string)) {
	t.Helper()
	for name, file := range code(t) {
		for _, i := range file.Imports {
			p, _ := strconv.Unquote(i.Path.Value)
			f(name, p)
		}
	}
}

// calls calls f with each call of a function of a package, such as "regexp.MustCompile".
func calls(t *testing.T, f func(name, function string, call *ast.CallExpr)) {
	t.Helper()
	for name, file := range code(t) {
		ast.Inspect(file, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				if s, ok := call.Fun.(*ast.SelectorExpr); ok {
					if x, ok := s.X.(*ast.Ident); ok {
						f(name, x.Name+"."+s.Sel.Name, call)
					}
				}
			}
			return true
		})
	}
}

// isFixed says whether an expression is text of the program: literals, or names, joined.
func isFixed(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.BasicLit:
		return true
	case *ast.BinaryExpr:
		return isFixed(e.X) && isFixed(e.Y)
	}
	return false
}

// TestCR01_NothingDangerousIsImported: no weak hash or cipher, no randomness that can be
// guessed, no memory without bounds, no other programs, no views of the inside.
func TestCR01_NothingDangerousIsImported(t *testing.T) {
	t.Parallel()
	imported(t, func(name, p string) {
		// One call of the C library, before there is a second thread (docs/decisions/0034-one-arena-for-c.md).
		if p == "C" && name == "internal/store/arena.go" {
			return
		}
		if why, bad := dangerous[p]; bad {
			t.Errorf("%s imports %s, which %s", name, p, why)
		}
	})
}

// TestCR01_EveryUseIsInTheInventory: docs/data.md has a row for each package that imports
// one of cryptography, and no other.
func TestCR01_EveryUseIsInTheInventory(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	imported(t, func(name, p string) {
		// Hosts' certificates are the business of whoever dials; comparing in constant time is none of algorithms.
		if (strings.HasPrefix(p, "crypto/") || strings.HasPrefix(p, "golang.org/x/crypto/")) && !slices.Contains([]string{"crypto/subtle", "crypto/x509", "crypto/tls"}, p) {
			used[strings.TrimPrefix(path.Dir(name), "internal/")+" "+strings.TrimPrefix(p, "golang.org/x/")] = true
		}
	})
	row := regexp.MustCompile("^\\| [^|]+ \\| [^|]+ \\| `([\\w/]+)` \\| `([\\w/ ]+)` \\|$")
	for line := range strings.Lines(sources(t)["docs/data.md"]) {
		if m := row.FindStringSubmatch(strings.TrimSpace(line)); m != nil {
			for p := range strings.FieldsSeq(m[2]) {
				key := m[1] + " " + p
				if !used[key] {
					t.Errorf("docs/data.md says that %s uses %s; it does not, or stands twice", m[1], p)
				}
				delete(used, key)
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(used)) {
		t.Errorf("docs/data.md has no row that says what this is for: %s", key)
	}
}

// TestCode_ExpressionsAreConstants: nobody outside can write a regular expression.
func TestCode_ExpressionsAreConstants(t *testing.T) {
	t.Parallel()
	calls(t, func(name, function string, call *ast.CallExpr) {
		if (function == "regexp.MustCompile" || function == "regexp.Compile") && !isFixed(call.Args[0]) {
			t.Errorf("%s makes a regular expression of something that is not a constant", name)
		}
	})
}

// passOn are files with a function that passes on a format it was given. Whoever calls it
// is checked by vet.
var passOn = []string{"internal/logs/lines.go", "internal/store/importrows.go", "internal/importer/tutorial/tutorial.go", "internal/importer/importer.go", "internal/check/application.go", "internal/check/check.go", "views/time.go"}

// TestCode_FormatsAreConstants: nobody outside can write a format.
func TestCode_FormatsAreConstants(t *testing.T) {
	t.Parallel()
	at := map[string]int{"fmt.Sprintf": 0, "fmt.Errorf": 0, "fmt.Printf": 0, "fmt.Fprintf": 1, "fmt.Appendf": 1}
	calls(t, func(name, function string, call *ast.CallExpr) {
		if n, formats := at[function]; formats && !isFixed(call.Args[n]) && !slices.Contains(passOn, name) {
			t.Errorf("%s: the format of %s is not a constant", name, function)
		}
	})
}

// TestCode_AFolderIsNoPattern: the name of a folder that somebody chose is not read as a pattern,
// which fs.Glob over os.DirFS does not.
func TestCode_AFolderIsNoPattern(t *testing.T) {
	t.Parallel()
	calls(t, func(name, function string, _ *ast.CallExpr) {
		if function == "filepath.Glob" {
			t.Errorf("%s calls filepath.Glob", name)
		}
	})
}

// TestCode_NoOldTLS: nothing asks for less than TLS 1.2, which is Go's own floor, or chooses
// cipher suites, of which Go has good ones only.
func TestCode_NoOldTLS(t *testing.T) {
	t.Parallel()
	for name, file := range code(t) {
		ast.Inspect(file, func(n ast.Node) bool {
			if key, ok := n.(*ast.Ident); ok && slices.Contains([]string{"VersionTLS10", "VersionTLS11", "VersionSSL30", "MaxVersion", "CipherSuites", "InsecureCipherSuites"}, key.Name) {
				t.Errorf("%s: %s", name, key.Name)
			}
			return true
		})
	}
}

// TestCode_NoCertificateGoesUnchecked: a certificate is verified by every client of ours.
func TestCode_NoCertificateGoesUnchecked(t *testing.T) {
	t.Parallel()
	for name, file := range code(t) {
		ast.Inspect(file, func(n ast.Node) bool {
			if key, ok := n.(*ast.Ident); ok && (key.Name == "InsecureSkipVerify" || key.Name == "VerifyPeerCertificate") {
				t.Errorf("%s sets %s", name, key.Name)
			}
			return true
		})
	}
}

// TestCode_NobodyFollowsRedirects: every HTTP client of ours decides about redirects, and
// none is Go's default one, which follows ten.
func TestCode_NobodyFollowsRedirects(t *testing.T) {
	t.Parallel()
	clients := 0
	for name, file := range code(t) {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CompositeLit:
				if s, ok := n.Type.(*ast.SelectorExpr); ok && s.Sel.Name == "Client" && isIdent(s.X, "http") {
					clients++
					if !slices.ContainsFunc(n.Elts, func(e ast.Expr) bool {
						pair, ok := e.(*ast.KeyValueExpr)
						return ok && isIdent(pair.Key, "CheckRedirect")
					}) {
						t.Errorf("%s: an http.Client without CheckRedirect", name)
					}
				}
			case *ast.SelectorExpr:
				if isIdent(n.X, "http") && slices.Contains([]string{"DefaultClient", "Get", "Head", "Post", "PostForm"}, n.Sel.Name) {
					t.Errorf("%s uses http.%s", name, n.Sel.Name)
				}
			}
			return true
		})
	}
	if clients == 0 {
		t.Error("no http.Client was found: is this test blind?")
	}
}

func isIdent(e ast.Expr, name string) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == name
}

// TestCode_TheScriptStoresNothing: no storage of the browser, no cookie, and no object whose
// prototype input could reach.
func TestCode_TheScriptStoresNothing(t *testing.T) {
	t.Parallel()
	script := sources(t)["static/files/app.js"]
	if script == "" {
		t.Fatal("there is no script")
	}
	for _, word := range []string{"localStorage", "sessionStorage", "indexedDB", "document.cookie", "caches", "__proto__", "prototype", "innerHTML", "outerHTML", "insertAdjacentHTML", "eval(", "new Function", `"message"`, "JSON.parse"} {
		if strings.Contains(script, word) {
			t.Errorf("static/files/app.js has %s", word)
		}
	}
	if m := regexp.MustCompile(`\]\s*=[^=]`).FindString(script); m != "" {
		t.Errorf("static/files/app.js writes to a member by a name that is computed: %s", m)
	}
}
