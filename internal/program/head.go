package program

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"latchkey/internal/secret"
	"latchkey/internal/store"
)

// The head file has the newest row of the audit log as it was a few seconds ago, beside
// the database: somebody who puts an older database back has an older log, and by that it is
// noticed. It is text: this line, then one line "<seq>:<mac> <seal>".
const (
	headName    = "latchkey.head"
	headHeader  = "latchkey-head 1"
	headMaxSize = 4 << 10 // bytes; some 150 are written
)

// head is a row of the audit log, by its number and MAC.
type head struct {
	seq int64
	mac string
}

// String is the head as audit verify takes it.
func (h head) String() string { return strconv.FormatInt(h.seq, 10) + ":" + h.mac }

// headFile is the head file of a data folder. It belongs to one goroutine at a time. It is nil
// where the database is no file: other nodes move its head on, and what is put back is put back
// on the database's own server.
type headFile struct {
	path  string
	ring  *secret.Ring
	noted head // what stands there
	known bool // noted was read or written; without it nothing is written over the file
}

func newHeadFile(folder string, ring *secret.Ring) *headFile {
	return &headFile{path: filepath.Join(folder, headName), ring: ring}
}

// read reads the file. The error is a fs.ErrNotExist if there is none; any other says why
// what stands there is not what the program wrote.
func (f *headFile) read() error {
	text, err := readPlain(f.path, headMaxSize)
	if err != nil {
		return err
	}
	line, ok := strings.CutPrefix(string(text), headHeader+"\n")
	noted, seal, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
	number, mac, _ := strings.Cut(noted, ":")
	seq, err := strconv.ParseInt(number, 10, 64)
	if !ok || err != nil || !f.ring.VerifyMAC(secret.PurposeHeadFile, seal, number, mac) {
		return fmt.Errorf("%s is not what the server wrote", f.path)
	}
	f.noted, f.known = head{seq, mac}, true
	return nil
}

// readPlain reads the first bytes of a regular file. Nothing in it is secret, and the seal
// says who wrote it, so its mode does not matter; opening a pipe would wait for ever.
func readPlain(path string, most int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", path)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, most))
}

// write puts a head into the file.
func (f *headFile) write(h head) error {
	number := strconv.FormatInt(h.seq, 10)
	text := headHeader + "\n" + h.String() + " " + f.ring.MAC(secret.PurposeHeadFile, number, h.mac) + "\n"
	if err := secret.ReplacePrivate(f.path, text); err != nil {
		return fmt.Errorf("writing the head of the audit log beside the database: %w", err)
	}
	f.noted, f.known = h, true
	return nil
}

// errHistory is the error of a database that lost rows while somebody had it open.
var errHistory = errors.New("the audit log lost rows that it had")

// note brings the file up to date. A database that does not have the row that stands
// there is not the one that was written to: the file stays, and the error is errHistory.
func (f *headFile) note(db *store.DB) error {
	if f == nil || !f.known {
		return nil
	}
	if err := db.CheckFiles(); err != nil {
		return err
	}
	var now head
	var err error
	if now.seq, now.mac, err = db.AuditHead(); err != nil || now == f.noted {
		return err
	}
	state, err := db.HoldsHead(f.noted.seq, f.noted.mac)
	if err != nil {
		return err
	}
	if state != store.HeadHeld {
		return fmt.Errorf("%w: row %d is %s", errHistory, f.noted.seq, state)
	}
	return f.write(now)
}

// noteAcknowledged notes the last row that somebody was told of, of a database whose files
// are no longer those that were opened: what was written since the last note may be gone with
// them, and must not be forgotten without the next start's noticing (BA-03).
func (f *headFile) noteAcknowledged(db *store.DB) error {
	var told head
	if f == nil {
		return nil
	}
	if told.seq, told.mac = db.Acknowledged(); !f.known || told.seq <= f.noted.seq {
		return nil
	}
	return f.write(told)
}

// held is an error if there is a head file and the database does not have its row: then the
// whole database is an older one, or its log was cut together with the sealed head.
func (f *headFile) held(db *store.DB) error {
	if f == nil {
		return nil
	}
	if err := f.read(); errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	state, err := db.HoldsHead(f.noted.seq, f.noted.mac)
	if err == nil && state != store.HeadHeld {
		err = fmt.Errorf("the audit log is older than the last run of the server, or was cut: row %d, which %s tells of, is %s", f.noted.seq, headName, state)
	}
	return err
}

// AcceptHead notes the newest row as it is now, whatever was noted before: for a database that
// was put back on purpose and made harmless.
func (p *Program) AcceptHead() error {
	if p.head == nil {
		return nil
	}
	var now head
	var err error
	if now.seq, now.mac, err = p.DB.AuditHead(); err != nil {
		return err
	}
	return p.head.write(now)
}

// HeadHeld is an error if the folder has a head file and its database does not have that
// row.
func (p *Program) HeadHeld() error { return p.head.held(p.DB) }

// dropLeftovers removes what a kill in the middle of a write left.
func (f *headFile) dropLeftovers() error {
	folder := filepath.Dir(f.path)
	left, err := unfinishedHeads(folder)
	for _, name := range left {
		if e := os.Remove(filepath.Join(folder, name)); !errors.Is(e, fs.ErrNotExist) {
			err = errors.Join(err, e)
		}
	}
	return err
}

// unfinishedHeads are the names under which a head was being written. The name of the folder is
// no part of the pattern: it may have a bracket in it.
func unfinishedHeads(folder string) ([]string, error) {
	return fs.Glob(os.DirFS(folder), "."+headName+"-*")
}
