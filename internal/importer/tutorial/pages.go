package tutorial

import (
	"encoding/binary"
	"errors"
	"io"
)

const (
	// MaxSchemaObjects is how many tables, indexes, views and triggers a database may
	// have that is imported: an application has some dozens, and every one is read into
	// memory before the first user is.
	//
	//limit:uploads Tables, indexes, views and triggers of a database
	MaxSchemaObjects = 1000
	// MaxSchemaSize is how many bytes their definitions may have together (256 KiB).
	// An application has some dozens of KiB, and all of them are read before the first user is.
	//
	//limit:uploads,bytes Their definitions together
	MaxSchemaSize = 256 << 10
	// maxTreeDepth is how many levels of pages a table may have. SQLite itself allows 20.
	maxTreeDepth = 20
)

// errLayout is a database whose pages cannot belong together.
var errLayout = errors.New("the pages of the database do not belong together")

// pages looks through an SQLite file before SQLite does, by the file format alone
// (https://sqlite.org/fileformat2.html). SQLite follows the pages of a table wherever
// they lead: a crafted file of a megabyte, in which many pages lead to the same one, has
// more rows than can be read in a lifetime, and one that leads in a circle never ends.
// Here every page may be met once only and no more may be stored than there are bytes,
// so that SQLite's work is bounded by the size of the file.
type pages struct {
	file   io.ReaderAt
	size   int64    // of a page
	usable int64    // of it
	count  int64    // how many there are, the last one perhaps in part
	seen   []uint64 // a bit for each page that was met
	left   int64    // bytes that may still be stored
	buffer [maxTreeDepth + 2][]byte
	// of the schema: where tables and indexes begin, and how much was read
	roots  []int64
	schema int64
}

// checkPages refuses a database that SQLite might read for ever.
func checkPages(file io.ReaderAt, length int64) error {
	head := make([]byte, 100)
	if _, err := file.ReadAt(head, 0); err != nil {
		if length == 0 || !errors.Is(err, io.EOF) {
			return ignoreEOF(err)
		}
		return errLayout
	}
	p := &pages{file: file, size: int64(binary.BigEndian.Uint16(head[16:])), left: length}
	if p.size == 1 {
		p.size = 65536
	}
	p.usable = p.size - int64(head[20])
	if p.size < 512 || p.size&(p.size-1) != 0 || p.usable < 480 {
		return errLayout
	}
	p.count = (length + p.size - 1) / p.size
	p.seen = make([]uint64, p.count/64+1)
	if err := p.tree(1, 0, p.object); err != nil {
		return err
	}
	for _, root := range p.roots {
		if err := p.tree(root, 0, nil); err != nil {
			return err
		}
	}
	return nil
}

// ignoreEOF leaves an empty file to SQLite, for which it is an empty database.
func ignoreEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// take returns a page that was not met before. What it returns holds until the next
// page is taken for the same place.
func (p *pages) take(number int64, place int) ([]byte, error) {
	if number < 1 || number > p.count || p.seen[number/64]&(1<<(number%64)) != 0 {
		return nil, errLayout
	}
	p.seen[number/64] |= 1 << (number % 64)
	if p.buffer[place] == nil {
		p.buffer[place] = make([]byte, p.size)
	}
	page := p.buffer[place]
	n, err := p.file.ReadAt(page, (number-1)*p.size)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	clear(page[n:])
	return page[:p.usable], nil
}

// The kinds of page of a tree.
const (
	insideIndex = 0x02
	insideTable = 0x05
	leafOfIndex = 0x0a
	leafOfTable = 0x0d
)

// tree goes through the tree that begins in a page, and calls each with the cells of a
// table's leaves.
func (p *pages) tree(number int64, depth int, each func(page []byte, at int64) error) error {
	if depth > maxTreeDepth {
		return errLayout
	}
	page, err := p.take(number, depth)
	if err != nil {
		return err
	}
	head := page
	if number == 1 {
		head = page[100:]
	}
	kind, cells, inside := head[0], int64(binary.BigEndian.Uint16(head[3:])), false
	pointers := head[8:]
	switch kind {
	case insideIndex, insideTable:
		inside, pointers = true, head[12:]
	case leafOfIndex, leafOfTable:
	default:
		return errLayout
	}
	if cells*2 > int64(len(pointers)) {
		return errLayout
	}
	for i := range cells {
		at := int64(binary.BigEndian.Uint16(pointers[2*i:]))
		if err := p.cell(kind, page, at, depth, each); err != nil {
			return err
		}
	}
	if inside {
		return p.tree(int64(binary.BigEndian.Uint32(head[8:])), depth+1, each)
	}
	return nil
}

// cell takes what is stored in a cell into account, and goes down where it leads.
func (p *pages) cell(kind byte, page []byte, at int64, depth int, each func([]byte, int64) error) error {
	if at+4 > int64(len(page)) {
		return errLayout
	}
	body := at
	if kind == insideIndex || kind == insideTable {
		body += 4
	}
	if kind != insideTable {
		size, _, ok := varint(page, body)
		// Four bytes is the least that a cell takes; several in the same place are not one.
		if p.left -= max(size, 4); !ok || size < 0 || p.left < 0 {
			return errLayout
		}
	}
	if body > at {
		return p.tree(int64(binary.BigEndian.Uint32(page[at:])), depth+1, each)
	}
	if kind == leafOfTable && each != nil {
		return each(page, at)
	}
	return nil
}

// varint reads a number of SQLite's file format, 1 to 9 bytes.
func varint(text []byte, at int64) (value, after int64, ok bool) {
	var n uint64
	for i := int64(0); i < 9; i++ {
		if at+i >= int64(len(text)) {
			return 0, 0, false
		}
		b := text[at+i]
		if i == 8 {
			return int64(n<<8 | uint64(b)), at + 9, true
		}
		if n = n<<7 | uint64(b&0x7f); b < 0x80 {
			return int64(n), at + i + 1, true
		}
	}
	return 0, 0, false
}
