package binary

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// memoryFactor is how much more memory the program takes that make attack has built with
// the race detector, which remembers every access.
var memoryFactor = map[bool]int{false: 1, true: 6}[strings.HasSuffix(os.Getenv(programVariable), "-race")]

// memory is what the server has resident, in KiB.
func (t *T) memory() int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", t.server.Process()))
	t.must(err)
	for line := range strings.Lines(string(status)) {
		if value, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, err := strconv.Atoi(strings.Fields(value)[0])
			t.must(err)
			return kb
		}
	}
	t.Fatal("the status of the process has no VmRSS")
	return 0
}

// rows counts the rows of everything that strangers could fill, stored those that files leave.
func (t *T) rows() int {
	t.Helper()
	return t.count("sessions", "pending_sign_ins", "browsers", "links", "limits", "audit_log")
}

func (t *T) stored() int { t.Helper(); return t.count("users", "import_batches", "import_rows") }

// count counts the rows of these tables.
func (t *T) count(tables ...string) (n int) {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(t.server.Data, "latchkey.db")+"?mode=ro")
	t.must(err)
	defer db.Close()
	for _, table := range tables {
		var rows int
		t.must(db.QueryRow("SELECT count(*) FROM " + table).Scan(&rows))
		n += rows
	}
	return n
}
