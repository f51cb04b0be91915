package views

import (
	"context"
	"io"
	"strings"

	"github.com/a-h/templ"
)

// breaking is a text in which an address may break where people would break it. A
// template would put spaces beside the breaks.
func breaking(text string) templ.Component { return broken(breaks(text)) }

// breakingDots is the name of a host, which may break behind its dots.
func breakingDots(host string) templ.Component { return broken(strings.SplitAfter(host, ".")) }

func broken(parts []string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		for i, part := range parts {
			if i > 0 {
				if _, err := io.WriteString(w, "<wbr>"); err != nil {
					return err
				}
			}
			if _, err := io.WriteString(w, templ.EscapeString(part)); err != nil {
				return err
			}
		}
		return nil
	})
}

// breaks cuts a text behind which a line may end: before an @ and after the dots of an
// address, so that a long one breaks there before it breaks anywhere.
func breaks(text string) []string {
	if !strings.Contains(text, "@") {
		return []string{text}
	}
	var all []string
	begin := 0
	for i, r := range text {
		switch {
		case r == '@' && i > begin:
			all = append(all, text[begin:i])
			begin = i
		case i > begin && text[i-1] == '.':
			all = append(all, text[begin:i])
			begin = i
		}
	}
	return append(all, text[begin:])
}
