package terms

import (
	"errors"
	"io"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Options says what is counted.
type Options struct {
	// Top is how many of the words are returned.
	Top int
	// Stop are words that are left out.
	Stop StopWords
	// Scratch opens a temporary file. It is called once, and only for a text with more different
	// words than fit into memory; without it such a text is an error.
	Scratch func() (Scratch, error)

	maxWords, maxText int // for tests; 0 for the constants
}

// Counted is what a text holds.
type Counted struct {
	// Words are all of them, Kept those that are no stop words, Different how many different
	// ones these are.
	Words     int64 `json:"words"`
	Kept      int64 `json:"without_stop_words"`
	Different int64 `json:"different"`
	// Cut is how many words were longer than MaxWord characters.
	Cut int64 `json:"cut"`
	// Top are the most frequent ones; of two that came equally often, the one that came first.
	Top []Term `json:"top"`
}

// errTooMany is what a text with too many different words ends with if there is no Scratch.
var errTooMany = errors.New("there are more different words than fit into memory")

// counting is a text on its way.
type counting struct {
	Options
	Counted
	words *counter
	runs  runs
	word  word
}

// Count reads a text in UTF-8 and counts its words, in memory that does not depend on how long the
// text is. What is no text ends with a *NotTextError.
func Count(r io.Reader, o Options) (Counted, error) {
	if o.maxWords == 0 {
		o.maxWords, o.maxText = maxWords, maxText
	}
	c := counting{Options: o, words: newCounter(o.maxWords, o.maxText)}
	if err := c.read(norm.NFC.Reader(&textReader{r: r})); err != nil {
		return Counted{}, err
	}
	err := c.finish()
	return c.Counted, err
}

// read takes the text apart, piece by piece.
func (c *counting) read(r io.Reader) error {
	buffer, held := make([]byte, 1<<16), 0
	for {
		n, err := r.Read(buffer[held:])
		rest := buffer[:held+n]
		for len(rest) > 0 && (err != nil || rest[0] < utf8.RuneSelf || utf8.FullRune(rest)) {
			r, size := rune(rest[0]), 1
			if r >= utf8.RuneSelf {
				r, size = utf8.DecodeRune(rest)
			}
			rest = rest[size:]
			if c.word.take(r) || c.word.runes == 0 {
				continue
			}
			if err := c.add(); err != nil {
				return err
			}
		}
		held = copy(buffer, rest)
		if err == io.EOF {
			return c.add()
		}
		if err != nil {
			return err
		}
	}
}

// add counts the word that has just ended.
func (c *counting) add() error {
	defer c.word.end()
	w := c.word.text
	if len(w) == 0 {
		return nil
	}
	c.Words++
	if c.word.runes > MaxWord {
		c.Cut++
	}
	if c.Stop[string(w)] {
		return nil
	}
	c.Kept++
	if c.words.add(w) {
		return nil
	}
	if err := c.spill(); err != nil {
		return err
	}
	c.words.add(w)
	return nil
}

// spill moves the words from memory into the temporary file.
func (c *counting) spill() (err error) {
	if c.runs.file == nil {
		if c.Scratch == nil {
			return errTooMany
		}
		if c.runs.file, err = c.Scratch(); err != nil {
			return err
		}
	}
	return c.runs.write(c.words)
}

// finish chooses the most frequent words.
func (c *counting) finish() error {
	best := top{n: c.Options.Top}
	take := func(word []byte, r ranked) {
		if c.Different++; best.offers(r) {
			r.Word = string(word)
			best.add(r)
		}
	}
	if c.runs.file == nil {
		for _, e := range c.words.entries {
			take(c.words.word(e), ranked{Term: Term{Count: e.count}, order: e.order})
		}
	} else {
		if err := c.spill(); err != nil {
			return err
		}
		c.words = nil
		if err := c.runs.each(take); err != nil {
			return err
		}
	}
	c.Counted.Top = best.terms()
	return nil
}
