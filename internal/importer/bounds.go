package importer

import (
	"fmt"
	"io"
	"strconv"
)

// MaxUnread is after how many rows a file is given up if none of them could be read as a
// user. A megabyte of {} would else become half a million rows of a report.
//
//limit:uploads Rows at the start of a file of which none can be read
const MaxUnread = 100

// maxDepth bounds how deep a value that is passed over may be nested: the decoder
// remembers every bracket that is open.
const maxDepth = 1000

// maxBetween is how much of a text may pass without another user, 32 MiB: a row that has no end,
// lines with nothing in them, or one key over and over would else be read for ever.
//
//limit:uploads,bytes What may pass in a text file without another user
const maxBetween = 32 << 20

// count refuses a file with too many rows, and one that is no list of users.
func (f *File) count(given fields) error {
	f.rows++
	f.bytes.another()
	if given.broken == "" && given.username == "" {
		given.broken = "It has no username."
	}
	if f.first == "" && given.broken != "" {
		f.first = fmt.Sprintf("Row %d: %s", given.number, given.broken)
	}
	f.readable = f.readable || given.broken == ""
	switch {
	case f.MaxRows > 0 && f.rows > f.MaxRows:
		return badFile("The file has more than %s users. Split it into files of at most that many and import them one after the other.", thousands(f.MaxRows))
	case !f.readable && f.rows >= MaxUnread:
		return badFile("None of the first %d rows could be read as a user. %s", MaxUnread, f.first)
	}
	return nil
}

// thousands writes a number as people read it: 50,000.
func thousands(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// Bytes is how many bytes of the file were read so far; of a database all.
func (f *File) Bytes() int64 { return f.bytes.n }

// counted is a reader that counts.
type counted struct {
	from io.Reader
	n    int64
	// most is how much of it may pass without another user, which began at last; 0 is no bound.
	most, last int64
}

// another says that there was a user.
func (c *counted) another() { c.last = c.n }

// Read reads.
func (c *counted) Read(p []byte) (int, error) {
	if c.most > 0 && c.n-c.last > c.most {
		return 0, badFile("More than %d MiB of the file hold no user.", c.most>>20)
	}
	n, err := c.from.Read(p)
	c.n += int64(n)
	return n, err
}
