package terms

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"hash/maphash"
	"slices"
)

// The room for words that are told apart in memory. What does not fit goes into a temporary
// file, so that a text in which no word comes twice takes no more memory than another.
const (
	// maxWords is how many different words are kept in memory: 262,144, several times what all the
	// books of a writer hold. They take about 12 MB; a text with more of them goes on in a temporary file.
	//
	//limit:terms Different words of a text in memory
	maxWords = 1 << 18
	// maxText is how many bytes these words may have together, 4 MiB. It is room for 14 bytes each.
	//
	//limit:terms,bytes Length of these words together
	maxText = 4 << 20
)

// Term is a word and how often it came.
type Term struct {
	Word  string `json:"word"`
	Count int64  `json:"count"`
}

// entry is a word in memory.
type entry struct {
	hash  uint64
	count int64
	at    uint32 // where its text begins, after one that says how long it is
	order uint32 // how many came first before it
}

// counter counts words in memory until it is full: a hash table whose texts stand one behind
// the other. A Go map with a string for each word takes three times as much.
type counter struct {
	seed     maphash.Seed
	maxWords int
	maxText  int
	slots    []uint32 // place in entries + 1; 0 is free
	entries  []entry
	text     []byte // of each word, after two bytes with its length
}

func newCounter(words, text int) *counter {
	return &counter{seed: maphash.MakeSeed(), maxWords: words, maxText: text, slots: make([]uint32, 1024)}
}

// word is the text of an entry.
func (c *counter) word(e entry) []byte {
	begin := int(e.at) + 2
	return c.text[begin : begin+int(binary.LittleEndian.Uint16(c.text[e.at:]))]
}

// add counts a word; false if it is a new one and there is no room for it.
func (c *counter) add(w []byte) bool {
	hash := maphash.Bytes(c.seed, w)
	slot := c.slot(hash, w)
	if n := c.slots[slot]; n > 0 {
		c.entries[n-1].count++
		return true
	}
	if len(c.entries) == c.maxWords || len(c.text)+2+len(w) > c.maxText {
		return false
	}
	c.entries = append(c.entries, entry{hash: hash, count: 1, at: uint32(len(c.text)), order: uint32(len(c.entries))})
	c.text = binary.LittleEndian.AppendUint16(c.text, uint16(len(w)))
	c.text = append(c.text, w...)
	c.slots[slot] = uint32(len(c.entries))
	if 2*len(c.entries) > len(c.slots) {
		c.grow()
	}
	return true
}

// slot is where a word stands or would stand.
func (c *counter) slot(hash uint64, w []byte) int {
	mask := len(c.slots) - 1
	for i := int(hash) & mask; ; i = (i + 1) & mask {
		n := c.slots[i]
		if n == 0 {
			return i
		}
		if e := c.entries[n-1]; e.hash == hash && bytes.Equal(c.word(e), w) {
			return i
		}
	}
}

func (c *counter) grow() {
	c.slots = make([]uint32, 2*len(c.slots))
	mask := len(c.slots) - 1
	for n, e := range c.entries {
		i := int(e.hash) & mask
		for c.slots[i] > 0 {
			i = (i + 1) & mask
		}
		c.slots[i] = uint32(n) + 1
	}
}

// sort brings the words into the order in which runs are merged; nothing can be added then
// before clear.
func (c *counter) sort() {
	slices.SortFunc(c.entries, func(a, b entry) int {
		if a.hash != b.hash {
			return cmp.Compare(a.hash, b.hash)
		}
		return bytes.Compare(c.word(a), c.word(b))
	})
}

// clear forgets the words and keeps the memory.
func (c *counter) clear() {
	clear(c.slots)
	c.entries, c.text = c.entries[:0], c.text[:0]
}
