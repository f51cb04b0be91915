package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/term"

	"latchkey/internal/app/cli"
	"latchkey/internal/terms"
	"latchkey/internal/wholefile"
	"latchkey/views"
)

const (
	// maxTop is how many words latchkey terms prints at most: 100,000. They are kept in memory until the end.
	//
	//limit:terms Words that latchkey terms prints
	maxTop = 100_000
	// maxBars is how many bars a chart has at most: 100. With more, nobody finds a word in it.
	//
	//limit:terms Bars of a chart of latchkey terms
	maxBars = 100
	// tableWord is how many characters of a word stand in the table.
	tableWord = 50
)

type termsCommand struct {
	File      string   `arg:"" optional:"" help:"Text in UTF-8; standard input if none is given, or -."`
	Top       int      `default:"10" env:"LATCHKEY_TERMS_TOP" placeholder:"N" help:"How many words to print."`
	StopWords []string `default:"english,german" env:"LATCHKEY_TERMS_STOP_WORDS" placeholder:"LANGUAGE" help:"Leave out NLTK's stop words of these languages, english and german, or none."`
	SVG       string   `name:"svg" env:"LATCHKEY_TERMS_SVG" placeholder:"FILE" help:"Also draw a bar chart into this file."`
	JSON      bool     `name:"json" env:"LATCHKEY_JSON" help:"Print JSON."`
}

// Help shows how it is used.
func (termsCommand) Help() string {
	return cli.Examples("terms letters.txt", "terms letters.txt --top 20 --svg words.svg", "terms --stop-words none --json <letters.txt")
}

// Run counts the words of a text. It needs no data folder.
func (c termsCommand) Run(r *cli.Run) error {
	stop, err := c.stop()
	if err != nil {
		return cli.UsageError(err)
	}
	switch {
	case c.Top < 1 || c.Top > maxTop:
		return cli.UsageError(fmt.Errorf("--top: %d is not between 1 and %d", c.Top, maxTop))
	case c.SVG != "" && c.Top > maxBars:
		return cli.UsageError(fmt.Errorf("--svg: a chart has at most %d bars; use --top %[1]d or less", maxBars))
	}
	in, name, err := c.open(r)
	if err != nil {
		return err
	}
	defer in.Close()
	scratch := temporary{}
	defer scratch.remove()
	counted, err := c.count(r, in, terms.Options{Top: c.Top, Stop: stop, Scratch: scratch.open})
	if err != nil {
		return fmt.Errorf("reading %s: %w", name, err)
	}
	if counted.Cut > 0 {
		fmt.Fprintf(r.Stderr, "latchkey: only the first %d characters of a word are looked at; longer are %d\n", terms.MaxWord, counted.Cut)
	}
	if c.SVG != "" {
		if err := c.draw(r.Ctx, in, counted); err != nil {
			return fmt.Errorf("writing the chart: %w", err)
		}
	}
	if c.JSON {
		return r.JSON(counted)
	}
	return c.print(r, counted)
}

// count counts, and says on a terminal how far it is, unless somebody types the text there.
func (c termsCommand) count(r *cli.Run, in *os.File, o terms.Options) (terms.Counted, error) {
	show, end := cli.Progress[int64](r, "MB read")
	if show == nil || term.IsTerminal(int(in.Fd())) {
		return terms.Count(in, o)
	}
	defer end()
	return terms.Count(&watched{in, show, 0}, o)
}

// watched is a text that tells how much of it was read, in megabytes.
type watched struct {
	io.Reader
	show func(int64)
	n    int64
}

// Read reads, and tells.
func (w *watched) Read(p []byte) (int, error) {
	n, err := w.Reader.Read(p)
	w.n += int64(n)
	w.show(w.n / 1_000_000)
	return n, err
}

// stop are the stop words that the flag names.
func (c termsCommand) stop() (terms.StopWords, error) {
	if slices.Equal(c.StopWords, []string{"none"}) {
		return nil, nil
	}
	if len(c.StopWords) == 0 {
		return nil, errors.New("--stop-words: name a language, or none")
	}
	for i, l := range c.StopWords {
		if c.StopWords[i] = strings.TrimSpace(l); !slices.Contains(terms.Languages, c.StopWords[i]) {
			return nil, fmt.Errorf("--stop-words: %q is not a language with a list of stop words; use %s, or none", l, strings.Join(terms.Languages, ","))
		}
	}
	return terms.Stop(c.StopWords...)
}

// open returns the text and what it is called in an error.
func (c termsCommand) open(r *cli.Run) (in *os.File, name string, err error) {
	if c.File == "" || c.File == "-" {
		in, ok := r.Stdin.(*os.File)
		if !ok {
			return nil, "", errors.New("standard input cannot be read")
		}
		if term.IsTerminal(int(in.Fd())) {
			fmt.Fprintln(r.Stderr, "Type a text, and Ctrl-D on a line of its own at its end.")
		}
		return in, "standard input", nil
	}
	in, err = os.Open(c.File)
	if err != nil {
		return nil, "", err
	}
	if about, err := in.Stat(); err == nil && about.IsDir() {
		return nil, "", errors.Join(fmt.Errorf("%s is a folder; name a file", c.File), in.Close())
	}
	return in, c.File, nil
}

// print writes the table, and below it what it is of.
func (c termsCommand) print(r *cli.Run, counted terms.Counted) error {
	if len(counted.Top) > 0 {
		w := r.Table()
		fmt.Fprintln(w, "WORD\tCOUNT")
		for _, t := range counted.Top {
			fmt.Fprintf(w, "%s\t%d\n", inTable(t.Word), t.Count)
		}
		fmt.Fprintln(w)
		if err := w.Flush(); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintln(r.Stdout, totals(counted))
	return err
}

// inTable cuts a word that would push the counts out of sight; --json has it whole.
func inTable(word string) string {
	if r := []rune(word); len(r) > tableWord {
		return string(r[:tableWord-1]) + "…"
	}
	return word
}

// totals says what was counted: "83 words, 49 without stop words, 42 different."
func totals(c terms.Counted) string {
	without := ""
	if c.Kept != c.Words {
		without = fmt.Sprintf("%d without stop words, ", c.Kept)
	}
	return fmt.Sprintf("%s, %s%d different.", numbered(c.Words, "word"), without, c.Different)
}

func numbered(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.FormatInt(n, 10) + " " + noun + "s"
}

// draw writes the chart, whole or not at all.
func (c termsCommand) draw(ctx context.Context, in *os.File, counted terms.Counted) error {
	chart := views.WordChart{Title: "The most frequent words", Note: totals(counted)}
	for _, t := range counted.Top {
		chart.Bars = append(chart.Bars, views.Bar{Word: t.Word, Count: int(t.Count)})
	}
	if len(chart.Bars) > 1 {
		chart.Title = fmt.Sprintf("The %d most frequent words", len(chart.Bars))
	}
	return wholefile.Replace(c.SVG, in, func(w io.Writer) error { return chart.Picture(ctx, w) })
}

// temporary is a file for what does not fit into memory, made when it is needed. It has no name
// once it is open, where the system allows that, so that it ends with the process however that ends.
type temporary struct{ file *os.File }

func (t *temporary) open() (terms.Scratch, error) {
	file, err := os.CreateTemp("", "latchkey-*") // mode 0600
	if err != nil {
		return nil, fmt.Errorf("there are more different words than fit into memory, and no temporary file can be made: %w", err)
	}
	t.file = file
	_ = os.Remove(file.Name())
	return file, nil
}

func (t *temporary) remove() {
	if t.file != nil {
		_ = t.file.Close()
		_ = os.Remove(t.file.Name()) // where it had to wait for that
	}
}
