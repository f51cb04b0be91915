package tutorial

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"os"
)

// The parts of a write-ahead log (https://sqlite.org/fileformat2.html, section 4).
const (
	logHead   = 32
	frameHead = 24
	// logMagic is how a log begins; its last bit says in which order its sums are made.
	logMagic = 0x377f0682
)

// writeBack writes what is finished in a log into its database, as SQLite would when it
// opens the two, and makes of the database one that has no log. SQLite is not let near
// before the pages were looked through: see pages.
func writeBack(path, log string) (err error) {
	frames, err := os.Open(log)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer frames.Close()
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	l := &logReader{from: bufio.NewReaderSize(frames, 1<<20), database: info.Size()}
	whole, pages, err := l.finished()
	if err != nil {
		return err
	}
	if err := l.write(frames, file, whole); err != nil {
		return err
	}
	if pages > 0 {
		if err := file.Truncate(pages * l.size); err != nil {
			return err
		}
	}
	start, err := header(path)
	if err != nil || !hadLog(start) {
		return err
	}
	_, err = file.WriteAt([]byte{1, 1}, 18)
	return err
}

// logReader reads the frames of a log: each is a page with a sum over all before it.
type logReader struct {
	from     io.Reader
	database int64 // its size in bytes
	order    binary.ByteOrder
	size     int64 // of a page
	salt     [8]byte
	s0, s1   uint32
	scratch  []byte
}

// finished returns how many frames belong to transactions that were committed, and how
// many pages the database has after the last of them. A log ends at the first frame that
// is not whole, or is left of an earlier log.
func (l *logReader) finished() (whole int, pages int64, err error) {
	head := make([]byte, logHead)
	if ok, err := l.fill(head); !ok || err != nil {
		return 0, 0, err
	}
	magic := binary.BigEndian.Uint32(head)
	l.order, l.size = binary.LittleEndian, int64(binary.BigEndian.Uint32(head[8:]))
	if magic == logMagic+1 {
		l.order = binary.BigEndian
	}
	copy(l.salt[:], head[16:24])
	l.sum(head[:24])
	if magic&^1 != logMagic || l.size < 512 || l.size > 65536 || l.size&(l.size-1) != 0 || !l.ends(head[24:]) {
		return 0, 0, nil
	}
	l.scratch = make([]byte, frameHead+l.size)
	for n := 1; ; n++ {
		ok, err := l.fill(l.scratch)
		if !ok || err != nil || [8]byte(l.scratch[8:16]) != l.salt {
			return whole, pages, err
		}
		l.sum(l.scratch[:8])
		l.sum(l.scratch[frameHead:])
		if !l.ends(l.scratch[16:]) || binary.BigEndian.Uint32(l.scratch) == 0 {
			return whole, pages, nil
		}
		// A database grows by what is written; only a crafted log leaps.
		if most := 2 * (l.database/l.size + int64(n) + 1000); int64(max(binary.BigEndian.Uint32(l.scratch), binary.BigEndian.Uint32(l.scratch[4:]))) > most {
			return 0, 0, badFile("%s", notOurs)
		}
		if after := binary.BigEndian.Uint32(l.scratch[4:]); after > 0 {
			whole, pages = n, int64(after)
		}
	}
}

// fill reads a part of the log; ok is false at its end.
func (l *logReader) fill(part []byte) (ok bool, err error) {
	_, err = io.ReadFull(l.from, part)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return false, nil
	}
	return err == nil, err
}

func (l *logReader) sum(part []byte) {
	for ; len(part) >= 8; part = part[8:] {
		l.s0 += l.order.Uint32(part) + l.s1
		l.s1 += l.order.Uint32(part[4:]) + l.s0
	}
}

// ends reports whether the sum up to here is the one that is written there.
func (l *logReader) ends(written []byte) bool {
	return binary.BigEndian.Uint32(written) == l.s0 && binary.BigEndian.Uint32(written[4:]) == l.s1
}

// write puts the pages of the first frames where they belong.
func (l *logReader) write(frames io.ReaderAt, file io.WriterAt, whole int) error {
	for n := range int64(whole) {
		if _, err := frames.ReadAt(l.scratch, logHead+n*int64(len(l.scratch))); err != nil {
			return err
		}
		at := (int64(binary.BigEndian.Uint32(l.scratch)) - 1) * l.size
		if _, err := file.WriteAt(l.scratch[frameHead:], at); err != nil {
			return err
		}
	}
	return nil
}
