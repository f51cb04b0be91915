package binary

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
)

// page is where the verdicts stand.
const page = "../../../docs/attacks.md"

// intro begins that page.
const intro = `# Attacks

What was tried against the program as it is built and shipped, from outside, and what came of it. The
table is written by ` + "`make attack`" + ` from a run against bin/latchkey, and tests compare it with the
attacks and with each run. A letter behind an id (see [requirements](requirements.md)) tells attacks on one
requirement apart. After them the log, the audit log, the exports, the database and its files are
searched for every password, code, key and token that was used, and for panics and data races; the chain of the
audit log and the database must be whole.

| id | family | requirement | verdict | evidence |
|---|---|---|---|---|
`

var rowOfPage = regexp.MustCompile(`^\| ([A-Z]{2}-\d\d/[a-z]) \| (.*) \|$`)

// readPage returns the rows of the page by id.
func readPage() map[string]string {
	rows := map[string]string{}
	text, err := os.ReadFile(page)
	if err != nil {
		return rows
	}
	for line := range strings.Lines(string(text)) {
		if m := rowOfPage.FindStringSubmatch(strings.TrimSpace(line)); m != nil {
			rows[m[1]] = m[2]
		}
	}
	return rows
}

// row is the line of an attack, without its id.
func (r result) row() string {
	verdict := "**does not hold**"
	if r.held {
		verdict = "held"
	}
	return strings.Join([]string{r.family, cell(r.requirement), verdict, cell(r.evidence)}, " | ")
}

// cell makes a sentence fit into a table.
func cell(s string) string { return strings.NewReplacer("|", `\|`, "\n", " ").Replace(s) }

// refresh compares the page with the attacks that were run, or writes their rows anew. It
// returns what is stale.
func refresh(write bool) (stale []string, err error) {
	rows := readPage()
	for id, r := range results {
		if row := r.row(); rows[id] != row {
			if !write && r.held { // what does not hold has failed already
				stale = append(stale, fmt.Sprintf("%s\n  page: %s\n  run:  %s", id, rows[id], row))
			}
			rows[id] = row
		}
	}
	if !write {
		return stale, nil
	}
	known := all()
	var text strings.Builder
	text.WriteString(intro)
	for _, id := range slices.Sorted(maps.Keys(rows)) {
		if _, is := known[id]; is {
			fmt.Fprintf(&text, "| %s | %s |\n", id, rows[id])
		}
	}
	return nil, os.WriteFile(page, []byte(text.String()), 0o644)
}
