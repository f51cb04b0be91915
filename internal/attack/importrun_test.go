package attack

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"latchkey/internal/apptest"
	"latchkey/internal/store"
)

// TestImport_RunsOnce lets fifty requests run the same batch.
func TestImport_RunsOnce(t *testing.T) {
	t.Parallel()
	for _, size := range []int{20, 2500} {
		a, b := staff(t)
		batch := uploaded(t, b, many(size))
		all := clones(b, crowd)
		pages := race(t, crowd, func(i int) *apptest.Page {
			decision := []string{"all", "good"}[i%2]
			return all[i].Post(importPath, "batch", batch, "import", decision)
		})
		if n := leadingTo(importPath+"?batch="+batch, pages); n != 1 {
			t.Errorf("%d rows: %d ran it, want 1: %s", size, n, answers(pages))
		}
		settle(t, a, b, batch)
		if n := number(t, a, `SELECT count(*) FROM users WHERE username LIKE 'many%'`); n != size {
			t.Errorf("%d users, want %d", n, size)
		}
		if n := number(t, a, `SELECT count(*) FROM audit_log WHERE event = 'users.imported'`); n != 1 {
			t.Errorf("%d audit rows of the import, want 1", n)
		}
		if n := number(t, a, `SELECT count(*) FROM audit_log WHERE event = 'user.created' AND request_id <> ''`); n != size {
			t.Errorf("%d audit rows of users, want %d", n, size)
		}
		if n := number(t, a, `SELECT count(*) FROM import_rows WHERE sealed <> ''`); n != 0 {
			t.Errorf("%d rows still hold a hash", n)
		}
	}
}

// settle waits until an import does not run any more.
func settle(t *testing.T, a *apptest.App, b *apptest.Browser, batch string) {
	t.Helper()
	apptest.Eventually(t, "the import is over", func() bool {
		b.Get(importPath + "?batch=" + batch).Is(http.StatusOK)
		state, err := a.DB.Import(batch, a.Admin.ID)
		return err != nil || state.State != store.ImportRunning
	})
}

// TestWE12_FilesOfStrangers uploads what is in no good file.
func TestWE12_FilesOfStrangers(t *testing.T) {
	t.Parallel()
	a, b := staff(t)
	evil := "username,name,email,role,disabled,password_hash,otp_secret\n" +
		"=cmd,\"=HYPERLINK(\"\"http://evil\"\",\"\"x\"\")\",,user,no," + importHash + ",\n" +
		"nul,\"a\x00b\",,user,no," + importHash + ",\n" +
		"<script>alert(1)</script>,x,,user,no," + importHash + ",\n" +
		"bidi,\"a\u202eb\",,user,no," + importHash + ",\n" +
		"maybe,x,,user,perhaps," + importHash + ",\n" +
		"slow,x,,user,no,$pbkdf2-sha256$2147483647$c2FsdHNhbHRzYWx0$SqQeIAiDgbGcHs5AlKHM4lDlm90TQpmElZusRZF/1OU,\n" +
		"plain,x,,user,no,hunter2,\n" +
		"root-admin,x,,admin,no," + importHash + ",\n" +
		"sum,\"=1+1\",,user,no," + importHash + ",\n"
	batch := uploaded(t, b, evil)
	p := b.Get(importPath+"?batch="+batch).Is(http.StatusOK).Sees("1 user would be added, 8 rows refused", "That username is taken.",
		"The password hash is in a format we cannot verify.", "The password hash takes more memory or time to verify than we allow.", "Disabled must be true or false.")
	p.SeesNot("<script>alert", "hunter2", "\x00", "\u202e")
	b.Post(importPath, "batch", batch, "import", "all").Is(http.StatusConflict)
	b.Post(importPath, "batch", batch, "import", "good").Redirects(importPath + "?batch=" + batch)
	if n := number(t, a, `SELECT count(*) FROM users WHERE username = 'sum' AND name = '=1+1'`); n != 1 {
		t.Error("the good row is not there as it was")
	}
	for name, content := range map[string]string{
		"": "", "none.csv": "", "header.csv": "username,password_hash\n", "binary.png": "\x89PNG\r\n\x1a\n\x00\x00", "torn.json": `[{"username":"ann"`,
		"empty.json": "[]", "typo.csv": "username,diabled\nann,1\n", "junk.db": "SQLite format 3\x00junk", "xml.csv": "<?xml version=\"1.0\"?>",
		"bytes.csv": "username,name,password_hash\nann,\"a\xff\xfeb\"," + importHash + "\n",
	} {
		p := b.Clone().Upload(importPath, "file", name, content)
		if p.Status != http.StatusUnprocessableEntity || p.Error("File") == "" {
			t.Errorf("%q: %d %q", name, p.Status, p.Error("File"))
		}
	}
	hostile := b.Upload(importPath, "file", "../../<b>\u202ex\"\r\ny.csv", csv("ann2")).Is(http.StatusSeeOther)
	b.Get(hostile.Header.Get("Location")).Is(http.StatusOK).SeesNot("<b>", "\u202e", "../")
}

// TestOT05_StagedRowsAreSealed looks for the file's secrets in the database, and
// moves a sealed row.
func TestOT05_StagedRowsAreSealed(t *testing.T) {
	t.Parallel()
	a, b := staff(t)
	batch := uploaded(t, b, "username,password_hash,otp_secret\nann,"+importHash+",JBSWY3DPEHPK3PXP\nbob,"+importHash+",\n")
	files := a.Files()
	for _, secret := range []string{"JBSWY3DP", "Hello!\xde\xad\xbe\xef", "SGVsbG8h", "AAECAwQFBgcICQoLDA0ODw$AAEC"} {
		if strings.Contains(files, secret) {
			t.Errorf("%q lies in the database", secret)
		}
	}
	if _, err := open(t, a).Exec(`UPDATE import_rows SET sealed = (SELECT sealed FROM import_rows WHERE position = 1) WHERE position = 2`); err != nil {
		t.Fatal(err)
	}
	if p := b.Post(importPath, "batch", batch, "import", "all"); p.Status != http.StatusConflict {
		t.Errorf("a moved row: %d", p.Status)
	}
	if n := number(t, a, `SELECT count(*) FROM users WHERE username IN ('ann', 'bob')`); n != 0 {
		t.Errorf("%d users of a batch that was tampered with", n)
	}
}

// TestImport_AllOrNothing has somebody else take a name between the check and the
// decision.
func TestImport_AllOrNothing(t *testing.T) {
	t.Parallel()
	a, b := staff(t)
	batch := uploaded(t, b, csv("ann", "bob", "cleo"))
	a.AddUser("cleo")
	b.Post(importPath, "batch", batch, "import", "all").Is(http.StatusConflict)
	if n := number(t, a, `SELECT count(*) FROM users WHERE username IN ('ann', 'bob')`); n != 0 {
		t.Errorf("%d of the others were added", n)
	}
	b.Post(importPath, "batch", batch, "import", "good").Redirects(importPath + "?batch=" + batch)
	b.Get(importPath+"?batch="+batch).Sees("2 users added, 1 row refused", "That username is taken.")
	b.Post(importPath, "batch", batch, "import", "good").Is(http.StatusConflict)
	large := uploaded(t, b, many(2100))
	a.AddUser("many002099")
	b.Post(importPath, "batch", large, "import", "all").Is(http.StatusConflict)
	if n := number(t, a, `SELECT count(*) FROM users WHERE username LIKE 'many%'`); n != 1 {
		t.Errorf("%d users of a file that was refused", n)
	}
}

// TestImport_ANewFileTakesTheOldOnesPlace bounds what one administrator can store.
func TestImport_ANewFileTakesTheOldOnesPlace(t *testing.T) {
	t.Parallel()
	a, b := staff(t)
	first := uploaded(t, b, csv("ann"))
	second := uploaded(t, b, csv("bob"))
	b.Get(importPath + "?batch=" + first).Is(http.StatusNotFound)
	b.Post(importPath, "batch", second, "import", "cancel").Redirects(importPath)
	if n := number(t, a, `SELECT (SELECT count(*) FROM import_batches) + (SELECT count(*) FROM import_rows)`); n != 0 {
		t.Errorf("%d rows left behind", n)
	}
	third := uploaded(t, b, csv("cleo"))
	a.Tx(func(tx *store.Tx) error { return tx.DropOldImports(a.Clock.Now().Add(23 * time.Hour)) })
	b.Get(importPath + "?batch=" + third).Is(http.StatusOK)
	a.Tx(func(tx *store.Tx) error { return tx.DropOldImports(a.Clock.Now().Add(25 * time.Hour)) })
	b.Get(importPath + "?batch=" + third).Is(http.StatusNotFound)
}
