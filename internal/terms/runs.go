package terms

import (
	"bufio"
	"bytes"
	"cmp"
	"container/heap"
	"encoding/binary"
	"fmt"
	"io"
)

// mergeRoom is how many bytes of all runs together are read ahead while they are merged: 8 MiB.
const mergeRoom = 8 << 20

// Scratch is a temporary file for words that do not fit into memory. Whoever opened it removes it.
type Scratch interface {
	io.Writer
	io.ReaderAt
}

// runs are the words of full counters, one run behind the other, each in the order of hash and
// text. So the same word of several runs comes up at the same time when they are merged, and the
// counts are exact, whatever the text.
type runs struct {
	file Scratch
	ends []int64
}

// write adds the words of a counter as a run.
func (s *runs) write(c *counter) error {
	c.sort()
	w := bufio.NewWriterSize(s.file, 1<<16)
	end := int64(0)
	if len(s.ends) > 0 {
		end = s.ends[len(s.ends)-1]
	}
	var head []byte
	for _, e := range c.entries {
		head = binary.BigEndian.AppendUint64(head[:0], e.hash)
		head = binary.AppendUvarint(head, uint64(e.count))
		head = binary.AppendUvarint(head, uint64(e.order))
		word := c.word(e)
		head = binary.AppendUvarint(head, uint64(len(word)))
		w.Write(head) // Flush returns the error
		w.Write(word)
		end += int64(len(head) + len(word))
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("writing the temporary file: %w", err)
	}
	s.ends = append(s.ends, end)
	c.clear()
	return nil
}

// run is one of them while it is read: the entry that it stands at.
type run struct {
	r      *bufio.Reader
	number uint32
	hash   uint64
	count  int64
	order  uint32
	word   []byte
}

// next reads the next entry; io.EOF after the last.
func (r *run) next() error {
	var hash [8]byte
	if _, err := io.ReadFull(r.r, hash[:]); err != nil {
		return err
	}
	var numbers [3]uint64
	for i := range numbers {
		n, err := binary.ReadUvarint(r.r)
		if err != nil {
			return fmt.Errorf("reading the temporary file: %w", err)
		}
		numbers[i] = n
	}
	r.hash, r.count, r.order = binary.BigEndian.Uint64(hash[:]), int64(numbers[0]), uint32(numbers[1])
	if cap(r.word) < int(numbers[2]) {
		r.word = make([]byte, numbers[2])
	}
	r.word = r.word[:numbers[2]]
	if _, err := io.ReadFull(r.r, r.word); err != nil {
		return fmt.Errorf("reading the temporary file: %w", err)
	}
	return nil
}

// front orders the runs by the entries that they stand at, for a heap.
type front []*run

func (f front) Len() int { return len(f) }
func (f front) Less(i, j int) bool {
	if f[i].hash != f[j].hash {
		return f[i].hash < f[j].hash
	}
	return cmp.Or(bytes.Compare(f[i].word, f[j].word), cmp.Compare(f[i].number, f[j].number)) < 0
}
func (f front) Swap(i, j int) { f[i], f[j] = f[j], f[i] }
func (f *front) Push(x any)   { *f = append(*f, x.(*run)) }
func (f *front) Pop() any {
	last := (*f)[len(*f)-1]
	*f = (*f)[:len(*f)-1]
	return last
}

// open stands at the first entry of every run.
func (s *runs) open() (front, error) {
	var f front
	begin := int64(0)
	for i, end := range s.ends {
		r := &run{r: bufio.NewReaderSize(io.NewSectionReader(s.file, begin, end-begin), max(512, mergeRoom/len(s.ends))), number: uint32(i)}
		if err := r.next(); err != nil {
			return nil, err
		}
		f, begin = append(f, r), end
	}
	heap.Init(&f)
	return f, nil
}

// each calls do for every different word with its whole count and the place where it came first;
// the bytes of the word are good until do returns.
func (s *runs) each(do func(word []byte, r ranked)) error {
	f, err := s.open()
	if err != nil {
		return err
	}
	var word []byte
	for len(f) > 0 {
		first := f[0]
		word = append(word[:0], first.word...)
		r, hash := ranked{run: first.number, order: first.order}, first.hash
		for len(f) > 0 && f[0].hash == hash && bytes.Equal(f[0].word, word) {
			r.Count += f[0].count
			if err := f.step(); err != nil {
				return err
			}
		}
		do(word, r)
	}
	return nil
}

// step moves the first run on.
func (f *front) step() error {
	switch err := (*f)[0].next(); err {
	case nil:
		heap.Fix(f, 0)
	case io.EOF:
		heap.Pop(f)
	default:
		return err
	}
	return nil
}
