package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// inserter adds rows to a table, many in a statement: the way through database/sql
// costs more than the row.
type inserter struct {
	conn  *sql.Conn
	text  string // up to VALUES
	row   string // (?, …)
	many  *sql.Stmt
	width int
	args  []any
}

// perStatement is how many rows an inserter writes at once.
const perStatement = 50

func (f *Filler) inserter(ctx context.Context, table, columns string) (*inserter, error) {
	width := strings.Count(columns, ",") + 1
	i := &inserter{
		conn: f.conn, width: width, text: "INSERT INTO " + table + " (" + columns + ") VALUES ",
		row: "(" + strings.TrimSuffix(strings.Repeat("?, ", width), ", ") + ")",
	}
	var err error
	if i.many, err = f.conn.PrepareContext(ctx, i.statement(perStatement)); err != nil {
		return nil, fmt.Errorf("preparing to fill %s: %w", table, err)
	}
	return i, nil
}

func (i *inserter) statement(rows int) string {
	return i.text + strings.TrimSuffix(strings.Repeat(i.row+", ", rows), ", ")
}

func (i *inserter) add(values ...any) error {
	if i.args = append(i.args, values...); len(i.args) < perStatement*i.width {
		return nil
	}
	_, err := i.many.Exec(i.args...)
	i.args = i.args[:0]
	return err
}

func (i *inserter) flush() error {
	if len(i.args) == 0 {
		return nil
	}
	_, err := i.conn.ExecContext(context.Background(), i.statement(len(i.args)/i.width), i.args...)
	i.args = i.args[:0]
	return err
}
