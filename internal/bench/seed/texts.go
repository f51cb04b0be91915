package seed

import (
	"context"
	"fmt"
	"strings"
)

// indexTexts fills the two indexes of the search, which the dropped triggers did not. The
// triggers would take ten times as long to take the texts apart.
func (f *filler) indexTexts(ctx context.Context) error {
	for _, text := range []string{"BEGIN", `INSERT INTO users_search (users_search) VALUES ('rebuild')`} {
		if err := f.exec(ctx, text); err != nil {
			return err
		}
	}
	insert, err := f.conn.PrepareContext(ctx, `INSERT INTO users_grams (rowid, grams) VALUES ($1, $2)`)
	if err != nil {
		return fmt.Errorf("indexing texts: %w", err)
	}
	defer insert.Close()
	const piece = 10_000 // a few megabytes
	type text struct {
		num  int64
		text string
	}
	for last, n := int64(0), piece; n == piece; {
		rows, err := f.conn.QueryContext(ctx, `SELECT num, search_text FROM users WHERE num > $1 ORDER BY num LIMIT $2`, last, piece)
		if err != nil {
			return fmt.Errorf("reading users: %w", err)
		}
		all, err := collect(rows, func(t *text) []any { return []any{&t.num, &t.text} })
		if err != nil {
			return err
		}
		for _, t := range all {
			if _, err := insert.ExecContext(ctx, t.num, grams(t.text)); err != nil {
				return fmt.Errorf("indexing texts: %w", err)
			}
			last = t.num
		}
		n = len(all)
	}
	return f.exec(ctx, "COMMIT")
}

// grams is what the index of short words holds of a text, as the view users_gram_texts
// makes it: each character, alone and with the one behind it.
func grams(text string) string {
	runes := []rune(text)
	all := make([]string, 0, 2*len(runes))
	for i := range runes {
		all = append(all, string(runes[i]), string(runes[i:min(i+2, len(runes))]))
	}
	return strings.Join(all, " ")
}
