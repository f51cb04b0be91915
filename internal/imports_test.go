package internal_test

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// list asks the go command about every package of the module. Overlay maps
// files that do not exist to their text, as if they did.
func list(t *testing.T, overlay map[string]string) []listed {
	t.Helper()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"list", "-e", "-json=ImportPath,Imports,Deps"}
	if len(overlay) > 0 {
		args = append(args, "-overlay="+overlayFile(t, root, overlay))
	}
	command := exec.Command("go", append(args, "./...")...)
	command.Dir = root
	command.Stderr = os.Stderr
	out, err := command.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var packages []listed
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}

// overlayFile writes the go command's description of an overlay.
func overlayFile(t *testing.T, root string, overlay map[string]string) string {
	t.Helper()
	dir, replace := t.TempDir(), map[string]string{}
	for path, text := range overlay {
		file := filepath.Join(dir, strings.ReplaceAll(path, "/", "_"))
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		replace[filepath.Join(root, path)] = file
	}
	out, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	description := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(description, out, 0o600); err != nil {
		t.Fatal(err)
	}
	return description
}

// TestImports_EchoInAuthIsFound proves the whole way from a source file to the
// verdict, with a file that exists in the go command's eyes only.
func TestImports_EchoInAuthIsFound(t *testing.T) {
	t.Parallel()
	packages := list(t, map[string]string{
		"internal/auth/overlay.go": "package auth\n\nimport _ \"github.com/labstack/echo/v4\"\n",
	})
	want := "auth reaches github.com/labstack/echo/v4"
	if got := violations(packages, table); !slices.Contains(got, want) {
		t.Errorf("violations = %q, want %q among them", got, want)
	}
}

func TestImports_Violations(t *testing.T) {
	t.Parallel()
	const echo = "github.com/labstack/echo/v4"
	ours := func(names ...string) []string {
		for i := range names {
			names[i] = "latchkey/internal/" + names[i]
		}
		return names
	}
	for name, c := range map[string]struct {
		pkg  listed
		want []string
	}{
		"allowed": {listed{"latchkey/internal/login", append(ours("auth", "store", "web"), "latchkey/views", echo),
			[]string{echo, "database/sql", "net/http"}}, nil},
		"foreign packages are free": {listed{"github.com/other/thing", []string{"database/sql"}, []string{echo}}, nil},
		"echo through another":      {listed{"latchkey/internal/auth", nil, []string{echo}}, []string{"auth reaches " + echo}},
		"sql through another":       {listed{"latchkey/internal/user", nil, []string{"database/sql"}}, []string{"user reaches database/sql"}},
		"http in a pure package":    {listed{"latchkey/internal/factor", nil, []string{"net/http"}}, []string{"factor reaches net/http"}},
		"pure upwards":              {listed{"latchkey/internal/auth", ours("store"), nil}, []string{"auth imports store"}},
		"feature to feature":        {listed{"latchkey/internal/login", ours("security"), nil}, []string{"login imports security"}},
		"views to ours":             {listed{"latchkey/views", ours("user"), nil}, []string{"views imports user"}},
		"sql in web":                {listed{"latchkey/internal/web", []string{"database/sql"}, nil}, []string{"web imports database/sql"}},
		"driver in app": {listed{"latchkey/internal/app", []string{"github.com/mattn/go-sqlite3"}, nil},
			[]string{"app imports github.com/mattn/go-sqlite3"}},
		"echo in store":       {listed{"latchkey/internal/store", []string{echo}, []string{echo}}, []string{"store reaches " + echo}},
		"tests in app":        {listed{"latchkey/internal/app", ours("apptest"), nil}, []string{"app imports apptest, which is for tests"}},
		"command to store":    {listed{"latchkey/cmd/latchkey", ours("store"), nil}, []string{"cmd/latchkey imports store"}},
		"package without row": {listed{"latchkey/internal/util", nil, nil}, []string{"util has no row in the table"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(c.want, violations([]listed{c.pkg}, table)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
