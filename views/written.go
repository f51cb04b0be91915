package views

import (
	"regexp"
	"strings"
)

// piece is a part of a text that an administrator wrote: words, or the address of a page.
type piece struct {
	text string
	link bool
}

// Addresses end before the signs that end a sentence or a bracket.
var writtenLink = regexp.MustCompile(`https://[^\s<>"'` + "`" + `]+[^\s<>"'` + "`" + `.,;:!?)\]}]`)

// paragraphs takes a text apart at its empty lines, and each paragraph at the https
// addresses in it, which become links. There is no markup: all else stays words.
func paragraphs(text string) (all [][]piece) {
	for p := range strings.SplitSeq(text, "\n\n") {
		var pieces []piece
		for p != "" {
			at := writtenLink.FindStringIndex(p)
			if at == nil {
				at = []int{len(p), len(p)}
			}
			if at[0] > 0 {
				pieces = append(pieces, piece{text: p[:at[0]]})
			}
			if at[1] > at[0] {
				pieces = append(pieces, piece{text: p[at[0]:at[1]], link: true})
			}
			p = p[at[1]:]
		}
		if len(pieces) > 0 {
			all = append(all, pieces)
		}
	}
	return all
}
