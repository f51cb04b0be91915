package attack

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"latchkey/internal/ending"
)

// TestSE08_TheDocumentedTable compares docs/what-ends-when.md with the table of the
// program. UPDATE=1 writes it anew.
func TestSE08_TheDocumentedTable(t *testing.T) {
	t.Parallel()
	const path, begin, end = "../../docs/what-ends-when.md", "<!-- table -->\n", "<!-- end -->\n"
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(text), begin)
	written, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatal("the document has no table")
	}
	var want strings.Builder
	want.WriteString("| | this session |")
	for _, k := range ending.Kinds() {
		fmt.Fprintf(&want, " %s |", k)
	}
	want.WriteString("\n|---|---|" + strings.Repeat("---|", len(ending.Kinds())) + "\n")
	for _, row := range ending.Table() {
		fmt.Fprintf(&want, "| %s | %s |", row.Cause, row.Here)
		for _, k := range ending.Kinds() {
			cell := " "
			if slices.Contains(row.Ends, k) {
				cell = " ends "
			}
			want.WriteString(cell + "|")
		}
		want.WriteByte('\n')
	}
	if written == want.String() {
		return
	}
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(path, []byte(before+begin+want.String()+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Errorf("%s does not say what the program does; UPDATE=1 writes it anew. It should say\n%s", path, want.String())
}

// TestSE08_NothingElseEndsThem finds code that ends such things past the table.
func TestSE08_NothingElseEndsThem(t *testing.T) {
	t.Parallel()
	for _, room := range []string{"admin", "app", "login", "profile", "security", "setup", "web"} {
		files, err := os.ReadDir("../" + room)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if strings.HasSuffix(f.Name(), "_test.go") || !strings.HasSuffix(f.Name(), ".go") || f.Name() == "revoke.go" {
				continue
			}
			text, err := os.ReadFile("../" + room + "/" + f.Name())
			if err != nil {
				t.Fatal(err)
			}
			for _, call := range []string{".EndSessions(", ".DropPending(", ".DropBrowsers(", ".ForgetAllRemembered(", ".DropPendingAuthenticator(", ".StopBulkJobsOf(", ".StopImportsOf(", ".ForgetApprovalsOf("} {
				if strings.Contains(string(text), call) {
					t.Errorf("%s/%s calls %s: give it a cause in internal/web/revoke.go", room, f.Name(), call)
				}
			}
		}
	}
}
