package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/pressly/goose/v3"

	"latchkey/internal/user"
	"latchkey/migrations"
)

// The text of a user is in two indexes: users_search has every three characters of it in
// their order, for words of three and more; users_grams every one and two, for words
// that are shorter. Triggers keep both to users.search_text, which is written together
// with the names. Their SQL is in migrations/sqlite/text.

// textParts are the words of a filter's text: those of three characters and more, which
// one index finds together, and the shorter ones, which another one does.
func (f UserFilter) textParts() (all []part) {
	var long, short []string
	for _, w := range user.SearchWords(f.Text) {
		if utf8.RuneCountInString(w) < 3 {
			short = append(short, w)
		} else {
			long = append(long, w)
		}
	}
	if len(long) > 0 {
		all = append(all, textPart("users_search", long))
	}
	if len(short) > 0 {
		all = append(all, textPart("users_grams", short))
	}
	return all
}

func textPart(index string, words []string) part {
	var row []clause
	for _, w := range words {
		row = append(row, sqlText(instr+`(u.search_text, ?) > 0`, w))
	}
	find := textFind(index, words)
	nums := sqlText(`SELECT ` + textNumber(index) + ` AS num FROM ` + textAlone(index) + ` WHERE `)
	return part{
		row: joined(row, ` AND `), text: true,
		nums: nums.then(find), many: nums.then(textFindMany(index, words)),
		from: throughText(index), find: find, number: textNumber(index), count: index,
	}
}

// grams is what users_gram_texts makes of a text: each character, alone and with the
// one behind it.
func grams(text string) string {
	runes := []rune(text)
	var b strings.Builder
	for i := range runes {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(runes[i])
		b.WriteByte(' ')
		b.WriteString(string(runes[i:min(i+2, len(runes))]))
	}
	return b.String()
}

// execer runs statements: a transaction or a connection.
type execer interface {
	ExecContext(ctx context.Context, text string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error)
	PrepareContext(ctx context.Context, text string) (*sql.Stmt, error)
}

// searchMigration is the second half of 0013_search: what the search compares can only
// be worked out by the program.
func searchMigration() *goose.Migration {
	return goose.NewGoMigration(14, &goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error {
		if err := writeSearchTexts(ctx, tx); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DROP TRIGGER users_search_add; DROP TRIGGER users_search_remove; DROP TRIGGER users_search_change;
			DROP TABLE users_search;`+migrations.SQLiteText("tables")); err != nil {
			return fmt.Errorf("making the indexes of text: %w", err)
		}
		if err := indexTexts(ctx, tx); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, migrations.SQLiteText("triggers"))
		return err
	}}, nil)
}

// textPiece is how many users are done at once: a few megabytes.
const textPiece = 10_000

// writeSearchTexts works the texts of all users out.
func writeSearchTexts(ctx context.Context, db execer) error {
	update, err := db.PrepareContext(ctx, `UPDATE users SET search_text = $1 WHERE num = $2`)
	if err != nil {
		return fmt.Errorf("writing what the search compares: %w", err)
	}
	defer update.Close()
	type names struct {
		num                   int64
		username, name, email string
	}
	return inPieces(ctx, db, `SELECT num, username, name, email FROM users WHERE num > $1 ORDER BY num LIMIT $2`,
		func(row scanner) (n names, err error) { return n, row.Scan(&n.num, &n.username, &n.name, &n.email) },
		func(n names) (int64, error) {
			_, err := update.ExecContext(ctx, user.SearchText(n.username, n.name, n.email), n.num)
			return n.num, err
		})
}

// indexTexts fills both indexes, which are empty, with what users.search_text holds.
func indexTexts(ctx context.Context, db execer) error {
	if _, err := db.ExecContext(ctx, rebuildSearch); err != nil {
		return fmt.Errorf("indexing texts: %w", err)
	}
	insert, err := db.PrepareContext(ctx, insertGrams)
	if err != nil {
		return fmt.Errorf("indexing texts: %w", err)
	}
	defer insert.Close()
	type text struct {
		num  int64
		text string
	}
	return inPieces(ctx, db, `SELECT num, search_text FROM users WHERE num > $1 ORDER BY num LIMIT $2`,
		func(row scanner) (t text, err error) { return t, row.Scan(&t.num, &t.text) },
		func(t text) (int64, error) {
			_, err := insert.ExecContext(ctx, t.num, grams(t.text))
			return t.num, err
		})
}

// inPieces calls do, which returns the row's number, with every row of a statement that
// reads the next ones behind a number.
func inPieces[T any](ctx context.Context, db execer, text string, scan func(scanner) (T, error), do func(T) (int64, error)) error {
	for last, n := int64(0), textPiece; n == textPiece; {
		rows, err := db.QueryContext(ctx, text, last, textPiece)
		if err != nil {
			return fmt.Errorf("reading users: %w", err)
		}
		piece, err := collect(rows, scan)
		if err != nil {
			return err
		}
		n = len(piece)
		for _, one := range piece {
			if last, err = do(one); err != nil {
				return fmt.Errorf("working off users: %w", err)
			}
		}
	}
	return nil
}
