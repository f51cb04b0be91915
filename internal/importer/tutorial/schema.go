package tutorial

import "encoding/binary"

// object reads one row of the schema: which page a table or an index begins in, the
// fourth of its five columns. The names are left to SQLite, which believes the text of
// the definition and not the column name; so every tree of the file is gone through,
// whatever it claims to be.
func (p *pages) object(page []byte, at int64) error {
	size, after, _ := varint(page, at)
	_, after, ok := varint(page, after) // the number of the row
	if p.schema += size; !ok || p.schema > MaxSchemaSize {
		return badFile("The database has more tables than we import from. Copy the users table into a database of its own.")
	}
	row, err := p.payload(page, after, size)
	if err != nil {
		return err
	}
	root, err := rootOf(row)
	if err != nil || root == 0 {
		return err
	}
	if p.roots = append(p.roots, root); len(p.roots) > MaxSchemaObjects {
		return badFile("The database has more than %d tables and indexes. Copy the users table into a database of its own.", MaxSchemaObjects)
	}
	return nil
}

// payload returns what is stored in a cell of a table: its beginning in the page, the
// rest in a chain of further pages.
func (p *pages) payload(page []byte, at, size int64) ([]byte, error) {
	local := size
	if most := p.usable - 35; size > most {
		least := (p.usable-12)*32/255 - 23
		if local = least + (size-least)%(p.usable-4); local > most {
			local = least
		}
	}
	if at+local > int64(len(page)) {
		return nil, errLayout
	}
	row := append([]byte{}, page[at:at+local]...)
	if local == size {
		return row, nil
	}
	if at+local+4 > int64(len(page)) {
		return nil, errLayout
	}
	next := int64(binary.BigEndian.Uint32(page[at+local:]))
	for int64(len(row)) < size {
		more, err := p.take(next, maxTreeDepth+1)
		if err != nil {
			return nil, err
		}
		next = int64(binary.BigEndian.Uint32(more))
		row = append(row, more[4:min(int64(len(more)), 4+size-int64(len(row)))]...)
	}
	return row, nil
}

// rootOf returns the fourth value of a row of the schema, which is a whole number: 0 or
// nothing for what is stored nowhere, as views and triggers are.
func rootOf(row []byte) (int64, error) {
	end, at, ok := varint(row, 0)
	if !ok || end > int64(len(row)) {
		return 0, errLayout
	}
	body, kind := end, int64(0)
	for i := range 4 {
		if at >= end {
			return 0, errLayout
		}
		if i > 0 {
			body += sizeOf(kind)
		}
		if kind, at, ok = varint(row, at); !ok || kind < 0 {
			return 0, errLayout
		}
	}
	length := sizeOf(kind)
	if kind > 9 || kind == 7 || body < 0 || body+length > int64(len(row)) {
		return 0, errLayout
	}
	if kind == 9 {
		return 1, nil
	}
	var root int64
	for _, b := range row[body : body+length] {
		root = root<<8 | int64(b)
	}
	return root, nil
}

// sizeOf is how many bytes a value of this kind ("serial type") takes.
func sizeOf(kind int64) int64 {
	switch {
	case kind >= 12:
		return (kind - 12) / 2
	case kind == 5:
		return 6
	case kind == 6 || kind == 7:
		return 8
	case kind <= 4:
		return kind
	}
	return 0
}
