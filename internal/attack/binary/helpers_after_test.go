package binary

import (
	"bytes"
	"database/sql"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	_ "github.com/mattn/go-sqlite3"
)

// afterwards stops every house that was opened, and looks at what it leaves behind. It
// returns what is wrong.
func afterwards() (wrong []string) {
	for _, h := range houses {
		for _, w := range h.close() {
			wrong = append(wrong, "house "+h.name+": "+w)
		}
		os.RemoveAll(h.folder)
	}
	return wrong
}

// close stops the server and says what is wrong with what it left: a panic or a race in
// the log, a secret anywhere, a broken chain of the audit log, a damaged database.
func (h *house) close() (wrong []string) {
	defer h.main.end()
	if h.server == nil {
		return nil // it did not start, which the attacks said
	}
	for path, text := range h.exports(&wrong) {
		wrong = append(wrong, h.searched(path, text, true)...)
	}
	if err := h.server.Stop(); err != nil {
		wrong = append(wrong, "the server did not end well: "+err.Error())
	}
	log, err := os.ReadFile(h.server.LogFile)
	if err != nil {
		wrong = append(wrong, err.Error())
	}
	for _, word := range []string{"panic", "DATA RACE", "goroutine 1", "fatal error"} {
		if at := bytes.Index(log, []byte(word)); at >= 0 {
			wrong = append(wrong, fmt.Sprintf("the log says %q: %.2000s", word, log[at:]))
		}
	}
	wrong = append(wrong, h.searched("the log", log, true)...)
	wrong = append(wrong, h.onDisk()...)
	if out, err := h.server.Run("", "audit", "verify"); err != nil {
		wrong = append(wrong, "audit verify: "+out+err.Error())
	}
	return append(wrong, h.integrity()...)
}

// exports returns what the commands print that show everything, by their names.
func (h *house) exports(wrong *[]string) map[string][]byte {
	all := map[string][]byte{}
	for _, args := range [][]string{{"export", "audit"}, {"export", "audit", "--format", "jsonl"}, {"export", "users"}, {"user", "list"}} {
		out, err := h.server.Run("", args...)
		if err != nil {
			*wrong = append(*wrong, err.Error())
		}
		all[strings.Join(args, " ")] = []byte(out)
	}
	return all
}

// onDisk looks for secrets in the files of the data folder, but for the keys that it is
// there to keep. Codes of six digits are too short to be looked for among bytes.
func (h *house) onDisk() (wrong []string) {
	err := filepath.WalkDir(h.server.Data, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || entry.Name() == "latchkey.key" {
			return err
		}
		content, err := os.ReadFile(path)
		wrong = append(wrong, h.searched(entry.Name(), content, false)...)
		return err
	})
	if err != nil {
		wrong = append(wrong, err.Error())
	}
	return wrong
}

// word is what secrets could be in a text: letters, digits, and what joins them.
var word = regexp.MustCompile(`[A-Za-z0-9_-]{6,}`)

// searched says which secrets stand in a text.
func (h *house) searched(name string, text []byte, codes bool) (wrong []string) {
	h.guard.Lock()
	defer h.guard.Unlock()
	words := map[string]bool{}
	for _, w := range word.FindAll(text, -1) {
		words[string(w)] = true
	}
	for value, what := range h.secrets {
		short := len(value) < 12
		if short && (!codes || !words[value]) {
			continue
		}
		if short || words[value] || bytes.Contains(text, []byte(value)) {
			wrong = append(wrong, fmt.Sprintf("%s holds %s: %q", name, what, value))
		}
	}
	return wrong
}

// integrity asks SQLite about the database.
func (h *house) integrity() []string {
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(h.server.Data, "latchkey.db")+"?mode=ro")
	if err != nil {
		return []string{err.Error()}
	}
	defer db.Close()
	var said string
	if err := db.QueryRow("PRAGMA integrity_check").Scan(&said); err != nil || said != "ok" {
		return []string{fmt.Sprintf("integrity of the database: %s %v", said, err)}
	}
	return nil
}
