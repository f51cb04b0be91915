package attack

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"latchkey/internal/apptest"
)

// A database that is damaged while the server runs denies, and says what it is: waiting
// would help nobody.
func TestAV05_DamagedDatabaseSaysSo(t *testing.T) {
	apptest.OnFile(t)
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	b := a.Browser()
	b.SignIn(a.Admin)
	a.Restart() // so that the file has everything, and nothing of it is in memory
	info, err := os.Stat(a.DatabasePath())
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.OpenFile(a.DatabasePath(), os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() }) // closing it gives up what locks SQLite has on it
	// All but the first page, which tells the size.
	if _, err := file.WriteAt([]byte(strings.Repeat("damage", int(info.Size()-4096)/6)), 4096); err != nil {
		t.Fatal(err)
	}
	p := b.Get("/admin/users")
	if p.Status != http.StatusServiceUnavailable || !strings.Contains(p.Body, "The database is damaged") || !strings.Contains(p.Body, "backup") {
		t.Errorf("a page of a damaged database: %d\n%s", p.Status, p.Body)
	}
	if strings.Contains(p.Body, "few seconds") || p.Header.Get("Retry-After") != "" {
		t.Error("it says that waiting helps")
	}
	ready := a.Browser().Get("/readyz")
	if ready.Status != http.StatusServiceUnavailable || !strings.Contains(ready.Body, "damaged") {
		t.Errorf("/readyz: %d %s", ready.Status, ready.Body)
	}
	if !strings.Contains(a.Log.String(), "the database is damaged; stop the server and restore latchkey.db from a backup") {
		t.Errorf("the log: %s", a.Log)
	}
}
