// Package report prints what was measured, each figure beside its goal.
package report

import (
	"errors"
	"fmt"
	"io"
	"strings"
)

// Row is one line of the table. An empty Goal is a yardstick, which cannot fail.
type Row struct {
	What, Measured, Goal string
	Met                  bool
}

// print writes the rows as a Markdown table. A missed goal is an error, and so is a machine that was not quiet, on which none is judged.
func print(w io.Writer, rows []Row, quiet bool) error {
	if err := write(w, rows, quiet); err != nil {
		return err
	}
	if !quiet {
		return errors.New("others used the machine, so no goal was judged; measure again when nothing else runs")
	}
	if missed := missed(rows); len(missed) > 0 {
		return fmt.Errorf("goals missed: %s", strings.Join(missed, ", "))
	}
	return nil
}

// missed names the rows that are not what they should be.
func missed(rows []Row) (what []string) {
	for _, r := range rows {
		if r.Goal != "" && !r.Met {
			what = append(what, r.What)
		}
	}
	return what
}

// write writes rows as a Markdown table.
func write(w io.Writer, rows []Row, quiet bool) error {
	var b strings.Builder
	b.WriteString("| what | measured | goal | |\n|---|---|---|---|\n")
	for _, r := range rows {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", r.What, r.Measured, r.Goal, r.verdict(quiet))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// verdict says whether the goal is met.
func (r Row) verdict(quiet bool) string {
	switch {
	case r.Goal == "":
		return ""
	case !quiet:
		return "not judged"
	case r.Met:
		return "met"
	}
	return "**missed**"
}
