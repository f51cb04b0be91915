package userimport_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"latchkey/internal/apptest"
	"latchkey/internal/audit"
	"latchkey/internal/importer"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/userimport"
)

// rowHash is bcrypt; no row of these tests is verified.
const rowHash = "$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW"

// take reads a file for a command.
func take(t *testing.T, a *apptest.App, content string) (userimport.Intake, store.ImportJob) {
	t.Helper()
	in := userimport.Intake{Instance: a.Site.Instance, FileName: "users.csv"}
	return in, read(t, in, content)
}

func read(t *testing.T, in userimport.Intake, content string) store.ImportJob {
	t.Helper()
	b, err := in.Read(t.Context(), importer.Stream(strings.NewReader(content)))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// reasons are what the report says of each row that is refused.
func reasons(t *testing.T, a *apptest.App, b store.ImportJob) map[int]string {
	t.Helper()
	rows, err := a.DB.ImportRows(t.Context(), store.ImportPage{JobID: b.ID, Result: store.RowRefused, Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	all := map[int]string{}
	for _, r := range rows {
		all[r.Number] = r.Reasons
	}
	return all
}

func command(a *apptest.App) audit.Entry {
	return audit.Entry{At: a.Clock.Now(), Result: audit.ResultOK, ActorName: "cli:test"}
}

func TestImport_ClashesAreFound(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	a.AddUser("taken")
	_, b := take(t, a, strings.Join([]string{
		"username,email,password_hash",
		"johndoe,john@example.org," + rowHash,
		"Johndoe,john2@example.org," + rowHash,
		"jane,JOHN@Example.ORG," + rowHash,
		"erin,,plaintext",
		"ERIN,," + rowHash,
		"x1,," + rowHash,
		"x2,," + rowHash,
		"TAKEN,," + rowHash,
		"other,taken@EXAMPLE.org," + rowHash,
		"TAKEN,,x",
	}, "\n"))
	want := map[int]string{
		3:  `The username is the same as "johndoe" in row 2.`,
		4:  `The email address is the same as that of "johndoe" in row 2.`,
		5:  "The password hash is in a format we cannot verify.",
		6:  `The username is the same as "erin" in row 5.`,
		9:  "That username is taken.",
		10: "Another user has this email address.",
		11: `The password hash is in a format we cannot verify. The username is the same as "TAKEN" in row 9. That username is taken.`,
	}
	if got := reasons(t, a, b); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("refused:\n%v\nwant\n%v", got, want)
	}
	if b.Good != 3 || b.Bad != 7 || b.Admins != 0 {
		t.Errorf("%d good, %d bad, %d administrators", b.Good, b.Bad, b.Admins)
	}
}

// TestImport_ClashesAcrossSlices finds the same name thousands of rows later.
func TestImport_ClashesAcrossSlices(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	var file strings.Builder
	file.WriteString("username,password_hash\n")
	for i := range 1200 {
		fmt.Fprintf(&file, "user%d,%s\n", i, rowHash)
	}
	file.WriteString("User0," + rowHash + "\n")
	if _, b := take(t, a, file.String()); b.Good != 1200 || reasons(t, a, b)[1202] != `The username is the same as "user0" in row 2.` {
		t.Errorf("%d good, refused %v", b.Good, reasons(t, a, b))
	}
}

func TestImport_TogetherIsAllOrNothing(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	const bad = "username,password_hash\nann," + rowHash + "\nbob,x\n"
	in, b := take(t, a, bad)
	work := userimport.Import{Instance: a.Site.Instance, Job: b}
	if _, err := work.Together(t.Context(), command(a), false); !problem.Is(err, problem.Conflict) {
		t.Errorf("with a bad row: %v", err)
	}
	done, err := work.Together(t.Context(), command(a), true)
	if err != nil || done.Added != 1 {
		t.Errorf("%d added, %v", done.Added, err)
	}
	if _, err := work.Together(t.Context(), command(a), true); !problem.Is(err, problem.Conflict) {
		t.Errorf("twice: %v", err)
	}
	if err := in.Drop(b); err != nil {
		t.Error(err)
	}
	_, b = take(t, a, "username,password_hash\ncleo,"+rowHash+"\ndan,"+rowHash+"\n")
	a.AddUser("dan")
	if _, err := (userimport.Import{Instance: a.Site.Instance, Job: b}).Together(t.Context(), command(a), false); !problem.Is(err, problem.Conflict) {
		t.Errorf("with a user added meanwhile: %v", err)
	}
	if _, found, err := a.DB.LoginByName("cleo"); found || err != nil {
		t.Errorf("cleo was added: %v", err)
	}
}

// TestImport_Cancelled ends the context while a file is read and while its rows
// are added: nothing is left.
func TestImport_Cancelled(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	var file bytes.Buffer
	file.WriteString("username,password_hash\n")
	for i := range 1500 {
		fmt.Fprintf(&file, "user%d,%s\n", i, rowHash)
	}
	content := file.String()
	ctx, cancel := context.WithCancel(t.Context())
	in := userimport.Intake{Instance: a.Site.Instance, FileName: "x", Progress: func(int) { cancel() }}
	if _, err := in.Read(ctx, importer.Stream(strings.NewReader(content))); !errors.Is(err, context.Canceled) {
		t.Errorf("Read: %v", err)
	}
	torn := io.MultiReader(strings.NewReader(content[:len(content)/2]), failing{})
	if _, err := (userimport.Intake{Instance: a.Site.Instance, FileName: "x"}).Read(t.Context(), importer.Stream(torn)); !errors.Is(err, errTorn) {
		t.Errorf("a torn file: %v", err)
	}
	if left, err := a.DB.ImportsOf(""); err != nil || len(left) != 0 {
		t.Errorf("%d batches left, %v", len(left), err)
	}
	_, b := take(t, a, content)
	ctx, cancel = context.WithCancel(t.Context())
	work := userimport.Import{Instance: a.Site.Instance, Job: b, Progress: func(int) { cancel() }}
	if _, err := work.Together(ctx, command(a), false); !errors.Is(err, context.Canceled) {
		t.Errorf("Together: %v", err)
	}
	if _, found, err := a.DB.LoginByName("user0"); found || err != nil {
		t.Errorf("a user of a cancelled import: %v", err)
	}
	if again, err := a.DB.Import(b.ID, ""); err != nil || again.State != store.ImportReady || again.Added != 0 {
		t.Errorf("%+v, %v; want it ready", again, err)
	}
}

var errTorn = errors.New("torn cable")

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errTorn }
