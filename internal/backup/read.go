package backup

import (
	"archive/tar"
	"bufio"
	"bytes"
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"

	"filippo.io/age"

	"latchkey/internal/secret"
)

const (
	// maxManifest bounds the description in an archive, in bytes; some 400 are written.
	maxManifest = 16 << 10
	// maxKeys bounds the key ring in an archive, in bytes; a ring file may have 64 KiB.
	maxKeys = 64 << 10
)

// ErrDamaged is the error of a file that is not, byte for byte, an archive as it was made.
var ErrDamaged = errors.New("it was altered or is damaged, so nothing of it can be trusted; use another backup")

// errEncrypted is the error of an archive that is encrypted when nothing to open it is there.
var errEncrypted = errors.New("it is encrypted; name the file of its identity with --identity, or of its passphrase with --passphrase-file")

// damaged is ErrDamaged with what was found.
func damaged(found string) error {
	return fmt.Errorf("%s: %w", found, ErrDamaged)
}

// contents is what an archive held.
type contents struct {
	Manifest
	Ring      *secret.Ring
	Encrypted bool
	Bytes     int64 // of the archive
}

// unpack reads an archive to its end and writes its database to a file. Only when it returns
// without an error may anything of it be used: what makes it one is at its end.
func unpack(ctx context.Context, path string, identities []age.Identity, database string) (c contents, err error) {
	file, size, err := openArchive(path)
	if err != nil {
		return c, err
	}
	defer file.Close()
	c.Bytes = size
	plain, encrypted, err := decrypted(bufio.NewReaderSize(stoppable{ctx, file}, 1<<20), identities)
	if c.Encrypted = encrypted; err != nil {
		return c, err
	}
	to, err := os.OpenFile(database, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return c, err
	}
	err = c.read(plain, size, to)
	if err == nil {
		err = to.Sync()
	}
	return c, errors.Join(err, to.Close())
}

// stoppable is a reader that stops when the work is called off.
type stoppable struct {
	ctx  context.Context
	from io.Reader
}

// Read reads, unless the context has ended.
func (s stoppable) Read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	return s.from.Read(p)
}

// openArchive opens a plain file: one that has no end could fill the disk.
func openArchive(path string) (*os.File, int64, error) {
	about, err := os.Stat(path)
	if err != nil {
		return nil, 0, err
	}
	if !about.Mode().IsRegular() {
		return nil, 0, fmt.Errorf("%s is not a file", path)
	}
	file, err := os.Open(path)
	return file, about.Size(), err
}

// read reads the archive behind its encryption. Nothing in it can be longer than the file is.
func (c *contents) read(plain io.Reader, size int64, database io.Writer) error {
	body := &body{from: plain}
	hold := &holder{}
	t := tar.NewReader(io.TeeReader(body, hold))
	text, err := entry(t, manifestName, maxManifest)
	if err != nil {
		return err
	}
	if err := c.describe(text); err != nil {
		return err
	}
	if text, err = entry(t, keyName, maxKeys); err != nil {
		return err
	}
	if c.Ring, err = secret.ReadKeyFile(text); err != nil {
		return damaged("its key file cannot be read")
	}
	mac := hold.open(c.Ring)
	head, err := next(t, databaseName, size)
	if err != nil {
		return err
	}
	if n, err := io.Copy(database, t); err != nil || n != head.Size {
		return broken(err, "its database is cut short")
	}
	if _, err := t.Next(); !errors.Is(err, io.EOF) {
		return broken(err, "there is something behind its database")
	}
	return body.authentic(mac)
}

// describe reads the description. It is not authenticated yet, and decides nothing but this.
func (c *contents) describe(text []byte) error {
	if err := json.Unmarshal(text, &c.Manifest); err != nil {
		return damaged("its description cannot be read")
	}
	if c.Format > formatNow || c.Database != kindSQLite {
		return fmt.Errorf("it was made by a newer Latchkey (%.40q) in a way that this one cannot read; use that version", c.Version)
	}
	return nil
}

// next goes on to the entry of this name.
func next(t *tar.Reader, name string, most int64) (*tar.Header, error) {
	head, err := t.Next()
	switch {
	case errors.Is(err, io.EOF):
		return nil, damaged("it ends before " + name)
	case err != nil:
		return nil, broken(err, "it is not a backup of Latchkey, or not all of it")
	case head.Name != name || head.Typeflag != tar.TypeReg || head.Size < 0 || head.Size > most:
		return nil, damaged("it has something else in the place of " + name)
	}
	return head, nil
}

// entry reads a short entry.
func entry(t *tar.Reader, name string, most int64) ([]byte, error) {
	if _, err := next(t, name, most); err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(t, most+1))
	if err != nil {
		return nil, broken(err, name+" is cut short")
	}
	return text, nil
}

// broken is damage, unless the disk or the network failed.
func broken(err error, found string) error {
	if path, ok := errors.AsType[*os.PathError](err); ok {
		return path
	}
	if errors.Is(err, context.Canceled) {
		return err
	}
	return damaged(found)
}

// holder keeps what is read before the ring is known, and goes on into its authenticator then.
type holder struct {
	early bytes.Buffer
	mac   hash.Hash
}

// Write takes what was read.
func (h *holder) Write(p []byte) (int, error) {
	if h.mac != nil {
		return h.mac.Write(p)
	}
	return h.early.Write(p)
}

func (h *holder) open(ring *secret.Ring) hash.Hash {
	h.mac = ring.Authenticator(secret.PurposeBackup)
	h.mac.Write(h.early.Bytes())
	h.early.Reset()
	return h.mac
}

// body reads an archive up to its end, which it holds back.
type body struct {
	from io.Reader
	held []byte // at most two ends and what one read brought
	err  error
}

// Read returns what is certainly not the end.
func (b *body) Read(p []byte) (int, error) {
	for b.err == nil && len(b.held) <= endSize {
		chunk := make([]byte, 64<<10)
		n, err := b.from.Read(chunk)
		b.held, b.err = append(b.held, chunk[:n]...), err
	}
	if len(b.held) <= endSize {
		return 0, b.err
	}
	n := copy(p, b.held[:len(b.held)-endSize])
	b.held = b.held[n:]
	return n, nil
}

// authentic compares the end with the one that what was read must have.
func (b *body) authentic(mac hash.Hash) error {
	if rest, err := io.Copy(io.Discard, b); err != nil || rest > 0 {
		return broken(err, "there is something behind its database")
	}
	want, err := endOf(mac)
	if err != nil {
		return err
	}
	if subtle.ConstantTimeCompare(want, b.held) == 0 {
		return damaged("its content does not fit its seal")
	}
	return nil
}
