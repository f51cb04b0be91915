package views

import (
	"context"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// The measures of a chart of words, in its own units: a row for each word, with its label to
// the left of the bar and its number behind it.
const (
	barRow    = 38
	barHeight = 26
	barGap    = 12
	barLength = 370.0 // of the longest
	barNumber = 74    // room for a number behind the longest
	// labelCells is how wide a label may be: 30 letters, longer ones end in "…".
	labelCells = 30
	// On a page the labels have the same room whatever is in them, so that the chart does not move from one
	// period to the next: 15 letters in the size that they have on a phone.
	pageCells  = 15
	pageLeft   = 218
	pageLength = 334.0
	// labelCell is how wide a letter is taken to be; most are narrower at the size of 15.
	labelCell = 9
)

// Bar is a word and how often it comes.
type Bar struct {
	Word  string
	Count int
}

// WordChart is a bar chart of words, the longest bar first.
type WordChart struct {
	Title string
	// Note says below the title what was counted; it is part of the description, too.
	Note string
	Bars []Bar
}

// wordBar is a bar in the chart's units, as attribute values.
type wordBar struct {
	word, label, number    string
	labelX, textY, numberX string
	bar                    bar
}

// labelWidth is the room for the labels in a picture.
func (c WordChart) labelWidth() int {
	widest := 0
	for _, b := range c.Bars {
		widest = max(widest, cells(b.Word))
	}
	return min(widest, labelCells)*labelCell + barGap
}

// layout is where the bars of a chart are: the first at top, the labels of at most so many cells to
// the left of left, and how long the longest bar is.
type layout struct {
	top, left, cells int
	length           float64
}

// lay lays the bars out below each other.
func (c WordChart) lay(l layout) []wordBar {
	longest := 1
	for _, b := range c.Bars {
		longest = max(longest, b.Count)
	}
	out := make([]wordBar, 0, len(c.Bars))
	for i, b := range c.Bars {
		y := l.top + i*barRow
		length := max(1, l.length*float64(b.Count)/float64(longest))
		out = append(out, wordBar{
			word: b.Word, label: shorten(b.Word, l.cells), number: thousands(b.Count),
			labelX: strconv.Itoa(l.left), textY: strconv.Itoa(y + 19), numberX: units(float64(l.left+barGap) + length + 10),
			bar: bar{x: strconv.Itoa(l.left + barGap), y: strconv.Itoa(y), width: units(length), height: strconv.Itoa(barHeight)},
		})
	}
	return out
}

// summary says in words what the bars show.
func (c WordChart) summary() string {
	all := make([]string, len(c.Bars))
	for i, b := range c.Bars {
		all[i] = b.Word + " " + thousands(b.Count)
	}
	return strings.Join(all, ", ") + "."
}

// cells is about how wide a word is: letters of East Asia are as wide as two others, m and w half as
// wide again.
func cells(s string) int {
	halves := 0
	for _, r := range s {
		switch {
		case r >= 0x1100:
			halves += 4
		case r == 'm' || r == 'w':
			halves += 3
		default:
			halves += 2
		}
	}
	return (halves + 1) / 2
}

// shorten cuts a word that is wider than so many cells.
func shorten(s string, most int) string {
	if cells(s) <= most {
		return s
	}
	for cells(s) > most-1 {
		_, size := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-size]
	}
	return s + "…"
}

// The picture that stands by itself has a margin, and a head with title and note.
const (
	pictureMargin = 24
	pictureHead   = 84
)

func (c WordChart) pictureWidth() int {
	// Titles and notes are set at sizes 20 and 15, and take about half of that for a letter.
	text := max(cells(c.Title)*11, cells(c.Note)*8)
	return 2*pictureMargin + max(text, c.labelWidth()+barGap+int(barLength)+barNumber)
}

func (c WordChart) pictureHeight() int { return pictureHead + len(c.Bars)*barRow + pictureMargin }

// box is the viewBox of a picture.
func box(width, height int) string { return "0 0 " + strconv.Itoa(width) + " " + strconv.Itoa(height) }

// Picture writes the chart as a file that stands by itself: it needs no style sheet and no font, has its
// own ground, follows the reader's light or dark theme, and has a title and a description that are read out.
func (c WordChart) Picture(ctx context.Context, w io.Writer) error { return c.picture().Render(ctx, w) }
