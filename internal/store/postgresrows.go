package store

import (
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// held are rows that were read.
type held struct {
	conn   *pgx.Conn
	fields []pgconn.FieldDescription
	all    [][][]byte
	at     int // the row under way, from 1
	tag    pgconn.CommandTag
}

// hold reads all rows of the next statement.
func hold(conn *pgx.Conn, sent pgx.BatchResults) (*held, error) {
	found, err := sent.Query()
	if err != nil {
		return nil, err
	}
	h := &held{conn: conn}
	for found.Next() {
		if h.fields == nil {
			h.fields = found.FieldDescriptions()
		}
		raw := found.RawValues()
		row := make([][]byte, len(raw))
		for i, value := range raw {
			if value != nil { // NULL
				row[i] = append([]byte{}, value...)
			}
		}
		h.all = append(h.all, row)
	}
	found.Close()
	h.tag = found.CommandTag()
	return h, found.Err()
}

// Next goes to the next row.
func (h *held) Next() bool { h.at++; return h.at <= len(h.all) }

// Scan reads the row.
func (h *held) Scan(dest ...any) error {
	return pgx.ScanRow(h.conn.TypeMap(), h.fields, h.all[h.at-1], dest...)
}

// Err is nil: rows are only handed over when all of them were read.
func (h *held) Err() error { return nil }

// Close does nothing.
func (h *held) Close() error { return nil }

// closing are rows of a transaction of its own.
type closing struct{ pgx.Rows }

// Close closes them.
func (r closing) Close() error {
	r.Rows.Close()
	return r.Err()
}

// onlyRow is the first of the rows, as sql.Row is.
type onlyRow struct{ held *held }

// Scan reads it; pgx.ErrNoRows, which is sql.ErrNoRows, if there is none.
func (r onlyRow) Scan(dest ...any) error {
	if !r.held.Next() {
		return pgx.ErrNoRows
	}
	return r.held.Scan(dest...)
}

// noRow is the row of a statement that was not asked.
type noRow struct{ err error }

// Scan returns why.
func (r noRow) Scan(...any) error { return r.err }
