package userexport

import (
	"context"
	"io"
	"strconv"

	"latchkey/internal/audit"
	"latchkey/internal/requestwords"
)

// wordColumns are the columns of the words of requests: of how many requests a word is in the
// period and in the one before, and how surely it rises.
var wordColumns = []string{"word", "requests", "all_requests", "requests_before", "all_requests_before", "g2"}

// Words writes what people ask for help with.
func (x Export) Words(ctx context.Context, w io.Writer, s requestwords.Summary) error {
	if err := x.record(ctx, audit.WordsExported, Narrowed("?days="+strconv.Itoa(s.Days)), int64(len(s.Top))); err != nil {
		return err
	}
	file, err := x.file(w, wordColumns)
	if err != nil {
		return err
	}
	for _, word := range s.Top {
		g2 := strconv.FormatFloat(word.G2, 'f', 2, 64)
		if err := file.row(word.Word, word.Requests, s.Requests, word.Before, s.Before, g2); err != nil {
			return err
		}
	}
	return file.end()
}
