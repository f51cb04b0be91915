package attack

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"latchkey/internal/apptest"
	"latchkey/internal/importer"
	"latchkey/internal/store"
	"latchkey/internal/userimport"
)

// slowUpload is an upload whose end has not come.
type slowUpload struct {
	end    *io.PipeWriter
	status chan int // 0 for no answer
}

// hold sends the beginning of a file and waits until it is being read.
func hold(t *testing.T, a *apptest.App, b *apptest.Browser, begin string) slowUpload {
	t.Helper()
	before := number(t, a, `SELECT count(*) FROM import_batches WHERE state = 'reading'`)
	from, to := io.Pipe()
	r := b.Request(http.MethodPost, importPath, nil)
	r.Body, r.ContentLength = from, -1
	r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	h := slowUpload{end: to, status: make(chan int, 1)}
	go func() { h.status <- status(r) }()
	head := strings.TrimSuffix(part("file\"; filename=\"a.csv\"", begin), "\r\n")
	if _, err := io.WriteString(to, head); err != nil {
		t.Fatal(err)
	}
	apptest.Eventually(t, "the file is being read", func() bool {
		return number(t, a, `SELECT count(*) FROM import_batches WHERE state = 'reading'`) == before+1
	})
	return h
}

// finish sends the end of the form and returns how it was answered.
func (h slowUpload) finish() int {
	io.WriteString(h.end, "\r\n--x--\r\n")
	h.end.Close()
	return <-h.status
}

// status sends a request on a connection of its own.
func status(r *http.Request) int {
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	answer, err := transport.RoundTrip(r)
	if err != nil {
		return 0
	}
	answer.Body.Close()
	return answer.StatusCode
}

// TestEX03_FewFilesAreReadAtOnce holds some files and sends one more.
func TestEX03_FewFilesAreReadAtOnce(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{OneNode: true})
	ann := signedInAs(a, a.Admin)
	bob, cleo := a.Browser(), a.Browser()
	bob.SignIn(a.AddUser("bob", apptest.Administrator))
	cleo.SignIn(a.AddUser("cleo", apptest.Administrator))
	first := hold(t, a, ann.Clone(), many(30))
	p := ann.Clone().Upload(importPath, "file", "x.csv", csv("x")).Is(http.StatusTooManyRequests)
	p.Sees("Your other file is still being read", "Files are read one at a time.", "You can try again after")
	if wait := p.Header.Get("Retry-After"); wait != "10" {
		t.Errorf("Retry-After %q", wait)
	}
	second := hold(t, a, bob.Clone(), many(30))
	p = cleo.Clone().Upload(importPath, "file", "x.csv", csv("x")).Is(http.StatusTooManyRequests)
	p.Sees("Other files are being read", "You can try again after")
	if wait := p.Header.Get("Retry-After"); wait != "30" {
		t.Errorf("Retry-After %q", wait)
	}
	cleo.Clone().Upload(logoPath, "logo", "x.png", "x").Is(http.StatusTooManyRequests)
	if got := first.finish(); got != http.StatusSeeOther {
		t.Errorf("the first file: %d", got)
	}
	cleo.Clone().Upload(importPath, "file", "x.csv", csv("x")).Is(http.StatusSeeOther)
	if got := second.finish(); got != http.StatusSeeOther {
		t.Errorf("the second file: %d", got)
	}
	ann.Clone().Upload(importPath, "file", "x.csv", csv("x")).Is(http.StatusSeeOther)
}

// TestEX03_NothingGoesOnWithoutTheClient cuts the line while a file is read.
func TestEX03_NothingGoesOnWithoutTheClient(t *testing.T) {
	t.Parallel()
	a, b := staff(t)
	h := hold(t, a, b.Clone(), many(3000))
	h.end.CloseWithError(io.ErrUnexpectedEOF) // the client aborts the connection
	apptest.Eventually(t, "nothing is left", func() bool {
		return number(t, a, `SELECT count(*) FROM import_batches`)+number(t, a, `SELECT count(*) FROM import_rows`) == 0
	})
	apptest.Eventually(t, "the next file is taken", func() bool {
		return b.Clone().Upload(importPath, "file", "x.csv", csv("x")).Status == http.StatusSeeOther
	})
}

// TestEX03_RowsAndGrowthAreBounded uploads files whose rows are many or need far more
// room here than there.
func TestEX03_RowsAndGrowthAreBounded(t *testing.T) {
	t.Parallel()
	a, b := staff(t)
	refused := func(content string, words ...string) {
		t.Helper()
		b.Clone().Upload(importPath, "file", "x.csv", content).Is(http.StatusUnprocessableEntity).Sees(words...)
		if n := number(t, a, `SELECT count(*) FROM import_rows`); n != 0 {
			t.Errorf("%d rows left", n)
		}
	}
	refused(strings.Repeat("{}", 1<<19), "None of the first 100 rows could be read as a user. Row 1: It has no username.")
	refused(strings.Repeat(`{"role":"admin"}`, 1<<15), "None of the first 100 rows could be read as a user.")
	refused("username\n"+strings.Repeat("aa\n", userimport.KeptAnyway/50), "rows need", "times as much room here as in the file", "Split it into smaller files")
	if n := number(t, a, `SELECT count(*) FROM import_batches`); n != 0 {
		t.Errorf("%d batches left", n)
	}
	if userimport.MaxUploadRows != 100_000 {
		t.Error("the page says another number")
	}
	b.Clone().Get(importPath).Sees("At most 16 MB and 100,000 users.")
	_, err := (userimport.Intake{Instance: a.Site.Instance, FileName: "x", MaxRows: 700}).Read(t.Context(), importer.Stream(strings.NewReader(many(701))))
	if err == nil || !strings.Contains(err.Error(), "The file has more than 700 users.") {
		t.Errorf("too many rows: %v", err)
	}
}

// TestEX03_StagedImportsAreBounded uploads and imports again and again.
func TestEX03_StagedImportsAreBounded(t *testing.T) {
	t.Parallel()
	a, b := staff(t)
	for i := range 25 {
		batch := uploaded(t, b.Clone(), csv(fmt.Sprintf("user%d", i)))
		if n := number(t, a, `SELECT count(*) FROM import_batches WHERE state = 'ready'`); n != 1 {
			t.Fatalf("%d files wait", n)
		}
		b.Clone().Post(importPath, "batch", batch, "import", "all").Is(http.StatusSeeOther)
	}
	if n := number(t, a, `SELECT count(*) FROM import_batches`); n != userimport.MaxReports {
		t.Errorf("%d reports are kept, want %d", n, userimport.MaxReports)
	}
	if n := number(t, a, `SELECT count(*) FROM import_rows`); n != userimport.MaxReports {
		t.Errorf("%d rows of reports are kept, want %d", n, userimport.MaxReports)
	}
	if a.DB.Shared() {
		return // another node may still be reading; what was cut off ends with its time
	}
	a.Tx(func(tx *store.Tx) error { // the last one was large
		return tx.AddImport(store.ImportJob{ID: "cut", Owner: a.Admin.ID, FileName: "x", Created: a.Clock.Now(), Ends: a.Clock.Now().Add(time.Hour)})
	})
	if err := userimport.GiveUpReading(a.Site.Instance); err != nil {
		t.Fatal(err)
	}
	if err := a.DB.EmptyOldImports(t.Context(), a.Clock.Now()); err != nil {
		t.Fatal(err)
	}
	a.Tx(func(tx *store.Tx) error { return tx.DropOldImports(a.Clock.Now()) })
	if n := number(t, a, `SELECT count(*) FROM import_batches WHERE state = 'reading'`); n != 0 {
		t.Error("a file whose reading a stop cut off is kept")
	}
}

// TestEX03_AccessComesBeforeTheFile sends only the head of an upload, as people who may
// not: the answer comes without the file.
func TestEX03_AccessComesBeforeTheFile(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	user := a.Browser()
	user.SignIn(a.AddUser("alice"))
	for name, b := range map[string]*apptest.Browser{"nobody": a.Browser(), "alice": user} {
		for _, path := range []string{importPath, logoPath} {
			from, to := io.Pipe()
			r := b.Request(http.MethodPost, path, nil)
			r.Body, r.ContentLength = from, 16<<20
			r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
			answer := make(chan int, 1)
			go func() { answer <- status(r) }()
			select {
			case got := <-answer:
				if got != http.StatusSeeOther && got != http.StatusNotFound {
					t.Errorf("%s, %s: %d", name, path, got)
				}
			case <-time.After(20 * time.Second):
				t.Errorf("%s, %s: no answer without the file", name, path)
			}
			to.Close()
		}
	}
}
