package cli

import (
	"encoding/json"
	"fmt"
	"text/tabwriter"
	"time"

	"latchkey/internal/audit"
)

// Table aligns columns on standard output.
func (r *Run) Table() *tabwriter.Writer { return tabwriter.NewWriter(r.Stdout, 2, 4, 2, ' ', 0) }

// Stamp writes a time for programs and tables, as RFC 3339 in UTC; "" if it never was.
func Stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// Minute writes a time for people, in UTC, since a terminal may be anywhere.
func Minute(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04 UTC") }

// maxShown bounds a sentence that is printed, in characters: part of it may come from outside.
const maxShown = 1000

// OneLine is a text as a terminal may show it.
func OneLine(s string) string { return audit.CleanText(s, maxShown) }

// JSON prints one value over several lines, so that people can read it, too.
func (r *Run) JSON(value any) error {
	text, err := json.MarshalIndent(value, "", "  ")
	if err == nil {
		_, err = fmt.Fprintf(r.Stdout, "%s\n", audit.EscapeJSON(text))
	}
	return err
}

// JSONLine prints one value on one line.
func (r *Run) JSONLine(value any) error {
	line, err := json.Marshal(value)
	if err == nil {
		_, err = fmt.Fprintf(r.Stdout, "%s\n", audit.EscapeJSON(line))
	}
	return err
}

// JSONArray returns how a list of any length is printed as one JSON array, with an element
// on each line, and how it ends.
func (r *Run) JSONArray() (add func(element any) error, end func() error) {
	before, after := "[\n", "[]\n"
	add = func(element any) error {
		line, err := json.Marshal(element)
		if err == nil {
			_, err = fmt.Fprintf(r.Stdout, "%s%s", before, audit.EscapeJSON(line))
		}
		before, after = ",\n", "\n]\n"
		return err
	}
	return add, func() error {
		_, err := fmt.Fprint(r.Stdout, after)
		return err
	}
}
