// Package file writes events into a file, one line of JSON each, and reads them back.
package file

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"syscall"

	"latchkey/internal/stream/delivery"
)

// tail is how much of the end of a file is read when it is opened, 8 MiB, to find out what is
// there already. It is more than what is sent at once.
const tail = 8 << 20

// atOnce is how much is handed to the system at a time, 64 KiB: a thousand events are ten times as
// much, and would be garbage every time.
const atOnce = 64 << 10

// Path is the file of a stream in a data folder.
func Path(data, name string) string { return filepath.Join(data, "streams", name+".jsonl") }

// Destination appends to one file, which it makes if it is missing (mode 0600, in a folder of
// mode 0700). What it has taken is on disk.
type Destination struct {
	path string
	sync func(*os.File) error

	mu    sync.Mutex
	file  *os.File
	there map[string]struct{} // ids in the tail, of what was sent before
}

// New returns the destination; it opens nothing yet.
func New(path string) *Destination { return &Destination{path: path, sync: (*os.File).Sync} }

// Lanes is one: a file has one end.
func (d *Destination) Lanes(context.Context) (int, error) { return 1, nil }

// Send appends the messages that are not there yet, and waits for the disk.
func (d *Destination) Send(ctx context.Context, _ int, messages []delivery.Message) (taken int, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.open(); err != nil {
		return 0, withoutPath(err)
	}
	// A test event comes from another Destination for the same file.
	if err := lock(ctx, d.file); err != nil {
		return 0, fmt.Errorf("locking the file: %w", err)
	}
	defer func(f *os.File) { syscall.Flock(int(f.Fd()), syscall.LOCK_UN) }(d.file)
	if d.there == nil {
		if err := d.readTail(); err != nil {
			return 0, withoutPath(err)
		}
	}
	if err := d.append(messages); err != nil {
		// Nobody knows what the disk has of it: the next try reads the file again.
		d.close()
		return 0, withoutPath(err)
	}
	clear(d.there) // what comes from here on was never sent before
	return len(messages), nil
}

// append writes a line for each message that is not there yet: all of them, or none.
func (d *Destination) append(messages []delivery.Message) error {
	before, err := d.file.Stat()
	if err != nil {
		return err
	}
	lines := bufio.NewWriterSize(d.file, atOnce)
	for _, m := range messages {
		if _, ok := d.there[m.ID]; !ok {
			lines.Write(m.Body)
			lines.WriteByte('\n')
		}
	}
	if err = lines.Flush(); err == nil { // it says what any of the writes ran into
		err = d.sync(d.file)
	}
	if err != nil {
		// After an error the kernel takes what it could not write for written, and the next try
		// would find the lines there, on no disk.
		return errors.Join(err, d.file.Truncate(before.Size()))
	}
	return nil
}

// open opens the file, unless it is open and still the one of that name: somebody may have
// moved it away to begin a new one.
func (d *Destination) open() error {
	if d.file != nil {
		is, err := os.Lstat(d.path)
		if opened, e := d.file.Stat(); e == nil && err == nil && os.SameFile(is, opened) {
			return nil
		}
		d.close()
	}
	if err := os.MkdirAll(filepath.Dir(d.path), 0o700); err != nil {
		return err
	}
	_, err := os.Lstat(d.path)
	fresh := errors.Is(err, fs.ErrNotExist)
	f, err := openFile(d.path, os.O_RDWR|os.O_CREATE|os.O_APPEND)
	if err != nil {
		return err
	}
	d.file, d.there = f, nil
	if fresh {
		return syncFolder(filepath.Dir(d.path))
	}
	return nil
}

// openFile opens a file that is no link, and waits for nobody at the other end of a pipe.
func openFile(path string, flag int) (*os.File, error) {
	f, err := os.OpenFile(path, flag|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0o600)
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, errors.Join(err, f.Close(), errors.New("what stands in the file's place is not a file"))
	}
	return f, nil
}

// syncFolder puts the name of a new file on disk.
func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// readTail notes what is at the end of the file and cuts off a line that a crash left
// unfinished.
func (d *Destination) readTail() error {
	info, err := d.file.Stat()
	if err != nil {
		return err
	}
	from := max(0, info.Size()-tail)
	text := make([]byte, info.Size()-from)
	if _, err := d.file.ReadAt(text, from); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	whole := bytes.LastIndexByte(text, '\n') + 1
	if whole < len(text) {
		if whole == 0 && from > 0 {
			return errors.New("the file does not hold lines")
		}
		if err := d.file.Truncate(from + int64(whole)); err != nil {
			return err
		}
	}
	d.there = map[string]struct{}{}
	for line := range bytes.Lines(text[:whole]) {
		if id := idOf(line); id != "" {
			d.there[id] = struct{}{}
		}
	}
	return nil
}

// idOf is the id of the event on a line; "" if there is none.
func idOf(line []byte) string {
	var event struct {
		Data struct {
			ID string `json:"id"`
		} `json:"data"`
	}
	if json.Unmarshal(line, &event) != nil {
		return ""
	}
	return event.Data.ID
}

// Close closes the file.
func (d *Destination) Close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.close()
}

func (d *Destination) close() {
	if d.file != nil {
		d.file.Close()
		d.file = nil
	}
}

// withoutPath takes the path out of an error: pages name the file themselves.
func withoutPath(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return fmt.Errorf("the file cannot be written: %w", e.Err)
	}
	return err
}

// maxLine bounds a line that is read back, 1 MiB; an event has some kilobytes at most.
const maxLine = 1 << 20

// lines calls do with each whole line of a file, its number (from 1) and where it begins, up to
// size. It holds no more than one line of maxLine bytes.
func lines(f io.Reader, number, offset, size int64, do func(line []byte, number, offset int64) error) (int64, int64, error) {
	r := bufio.NewReaderSize(io.LimitReader(f, size-offset), 64<<10)
	var line []byte
	for {
		piece, err := r.ReadSlice('\n')
		if line = append(line, piece...); len(line) > maxLine {
			return number, offset, fmt.Errorf("line %d is longer than %d bytes", number, maxLine)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF): // the rest is not finished
			return number, offset, nil
		case err != nil:
			return number, offset, fmt.Errorf("reading the file: %w", err)
		}
		if err := do(bytes.Clone(line[:len(line)-1]), number, offset); err != nil {
			return number, offset, err
		}
		number, offset, line = number+1, offset+int64(len(line)), line[:0]
	}
}
