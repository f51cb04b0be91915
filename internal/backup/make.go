package backup

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"filippo.io/age"

	"latchkey/internal/audit"
	"latchkey/internal/program"
	"latchkey/internal/secret"
	"latchkey/internal/store"
	"latchkey/internal/wholefile"
)

// Source is what is backed up.
type Source struct {
	DB      *store.DB
	Folder  string // the data folder, with the key ring
	Version string // of the program
	// Cores is how many may look through the copy at once: fewer in a server than in a process of
	// its own that steps back.
	Cores int
}

// Made is a backup that was made.
type Made struct {
	store.Copied
	Path      string
	Bytes     int64
	Encrypted bool
}

// Show is told how far a backup is, in hundredths.
type Show func(percent int)

func (s Show) show(percent int) {
	if s != nil {
		s(percent)
	}
}

// copiedAt is how far a backup is once its copy is made: what is left is to look through it and
// to seal it.
const copiedAt = 40

// Make makes a backup in a new file that only its owner may read. The copy is looked through
// before it is sealed. Whatever goes wrong, or kills the process, nothing stands under the name
// then, and a file that stands there already is never touched.
func Make(ctx context.Context, s Source, path string, recipients []age.Recipient, now time.Time, show Show) (Made, error) {
	m, err := s.make(ctx, path, recipients, now, show)
	if err != nil && !errors.Is(err, context.Canceled) {
		return m, fmt.Errorf("making the backup %s: %w", path, plainly(err))
	}
	return m, err
}

func (s Source) make(ctx context.Context, path string, recipients []age.Recipient, now time.Time, show Show) (m Made, err error) {
	file, err := wholefile.Create(path)
	if err != nil {
		return m, err
	}
	kept := false
	defer func() {
		if !kept {
			err = errors.Join(err, file.Discard())
		}
	}()
	bytes, err := s.DB.Bytes()
	if err == nil {
		err = roomFor(need{s.Folder, bytes}, need{filepath.Dir(path), bytes})
	}
	if err != nil {
		return m, err
	}
	w, err := newWork(s.Folder)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, w.end()) }()
	ring, copied, err := s.copy(ctx, w, show)
	if err != nil {
		return m, err
	}
	m = Made{Path: path, Encrypted: len(recipients) > 0}
	if m.Copied, err = store.LookThrough(ctx, copied, ring, s.Cores, audit.Entry{}); err != nil {
		return m, fmt.Errorf("the copy was refused: %w", err)
	}
	show.show(80)
	if err := s.seal(ctx, file, m, ring, copied, recipients, now); err != nil {
		return m, err
	}
	if about, err := file.Stat(); err == nil {
		m.Bytes = about.Size()
	}
	kept = true // Keep itself leaves nothing of one that fails
	if err := file.Keep(); err != nil {
		return m, err
	}
	show.show(100)
	return m, nil
}

// copy copies the database, and returns the ring that belongs to it: a key may be added while
// the copy is made.
func (s Source) copy(ctx context.Context, w *work, show Show) (*secret.Ring, string, error) {
	to := filepath.Join(w.path, databaseName)
	err := s.DB.Copy(ctx, to, func(done, of int) { show.show(copiedAt * done / max(of, 1)) })
	if err != nil {
		return nil, "", err
	}
	// The keys of a ring only grow in number, so a ring that is read after the copy was made has all
	// that the copy needs. It is taken out of its file, so that it stays as it is.
	ring, err := secret.LoadRing(program.KeyPath(s.Folder))
	if err == nil {
		ring, err = secret.ReadKeyFile(ring.KeyFile())
	}
	return ring, to, err
}

// seal writes the archive.
func (s Source) seal(ctx context.Context, file io.Writer, m Made, ring *secret.Ring, copied string, recipients []age.Recipient, now time.Time) error {
	from, err := os.Open(copied)
	if err != nil {
		return err
	}
	defer from.Close()
	instance, err := s.DB.Meta("instance")
	if err != nil {
		return err
	}
	about := Manifest{Made: now.UTC(), Version: s.Version, Instance: instance, Schema: m.Schema, Users: m.Users, Head: m.Head()}
	buffered := bufio.NewWriterSize(stopping{ctx, file}, 1<<20)
	if len(recipients) == 0 {
		return errors.Join(writeArchive(buffered, about, ring, from), buffered.Flush())
	}
	sealed, err := age.Encrypt(buffered, recipients...)
	if err != nil {
		return err
	}
	return errors.Join(writeArchive(sealed, about, ring, from), sealed.Close(), buffered.Flush())
}

// stopping is a writer that stops when the work is called off.
type stopping struct {
	ctx context.Context
	to  io.Writer
}

// Write writes, unless the context has ended.
func (s stopping) Write(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	return s.to.Write(p)
}

// plainly says of errors that operators meet what to do.
func plainly(err error) error {
	switch {
	case errors.Is(err, fs.ErrExist):
		return errors.New("there is such a file already, and a backup never replaces one; choose another name")
	case errors.Is(err, errNoSpace):
		return errors.New("the disk is full; nothing was kept")
	}
	return err
}
