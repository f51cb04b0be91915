package attack

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"latchkey/internal/apptest"
	"latchkey/internal/audit"
)

// evilCost is a hash that would keep a core for 20 seconds and take 1 GiB.
const evilCost = "$argon2id$v=19$m=1048576,t=20,p=1$AAECAwQFBgcICQoLDA0ODw$AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"

// TestPW08_APlantedHashIsNotComputed holds that somebody who can write the database cannot make
// each try of a stranger cost what the machine has. At that cost the try would be refused
// for lack of memory here, or take minutes under the race detector.
func TestPW08_APlantedHashIsNotComputed(t *testing.T) {
	t.Parallel()
	a, b := staff(t)
	ann := a.AddUser("ann", apptest.Hashed(evilCost))
	a.Browser().Post("/login", "username", "ann", "password", "one of many tries").Is(http.StatusUnprocessableEntity)
	if got := text(t, a, `SELECT count(*) FROM audit_log WHERE subject_id = $1 AND details LIKE '%`+audit.ReasonCorrupt+`%'`, ann.ID); got != "1" {
		t.Errorf("%s rows of the audit log say that the hash is corrupt", got)
	}
	b.Open("/admin/users/" + ann.ID + "/explain").Sees("The stored password cannot be read.")
	batch := uploaded(t, b, "username,password_hash\neve,\""+evilCost+"\"\n")
	b.Open(importPath + "?batch=" + batch).Sees("The password hash takes more memory or time to verify than we allow.")
}

// TestAU06_AnImportSaysWhatItCosts uploads 150 different costs, which make the page no
// slower than three, and reads what failed sign-ins will take.
func TestAU06_AnImportSaysWhatItCosts(t *testing.T) {
	t.Parallel()
	a, b := staff(t)
	var file strings.Builder
	file.WriteString("username,password_hash\n")
	for i := range 50 {
		fmt.Fprintf(&file, "arg%d,\"$argon2id$v=19$m=%d,t=1,p=1$AAECAwQFBgcICQoLDA0ODw$AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\"\n", i, 8193+i*100)
		fmt.Fprintf(&file, "bc%d,$2b$%02d$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW\n", i, 4+i%11)
		fmt.Fprintf(&file, "pb%d,$pbkdf2-sha256$%d$c2FsdHNhbHRzYWx0$SqQeIAiDgbGcHs5AlKHM4lDlm90TQpmElZusRZF/1OU\n", i, 1000+i*7000)
	}
	batch := uploaded(t, b, file.String())
	b.Open(importPath+"?batch="+batch).Sees("Failed sign-ins will take about ", " until these people have signed in once.")
	b.Post(importPath, "batch", batch, "import", "all").Is(http.StatusSeeOther)
	a.Browser().Post("/login", "username", "bc1", "password", "not the right one").Is(http.StatusUnprocessableEntity)

	batch = uploaded(t, b, csv("ours"))
	b.Open(importPath + "?batch=" + batch).SeesNot("Failed sign-ins")
}
