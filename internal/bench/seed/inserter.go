package seed

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"
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

func (f *filler) inserter(ctx context.Context, table, columns string) (*inserter, error) {
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

// collect reads all rows into values whose fields places names.
func collect[T any](rows *sql.Rows, places func(*T) []any) (all []T, err error) {
	defer rows.Close()
	for rows.Next() {
		var one T
		if err := rows.Scan(places(&one)...); err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}

// ms is a time as it is stored; the zero time is 0.
func ms(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// null is s as it is stored in a column that may be NULL: "" is NULL.
func null(s string) sql.NullString { return sql.NullString{String: s, Valid: s != ""} }

const auditColumns = `seq, at, event, result, actor_id, actor_name, subject_id, subject_name,
	ip, user_agent, request_id, details, mac`
