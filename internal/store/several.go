package store

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// each asks a question for each of several arguments and hands over every row with the number of its
// arguments, in their order. All of them make one way to the database and back.
func (tx *Tx) each(text string, args [][]any, read func(i int, row scanner) error) error {
	if len(args) == 0 {
		return nil
	}
	tx.w.ran.Add(uint64(len(args)))
	return tx.w.conn.each(text, args, read)
}

func (s *sqliteConnection) each(text string, args [][]any, read func(i int, row scanner) error) error {
	for i, a := range args {
		rows, err := s.query(context.Background(), text, a...)
		if err != nil {
			return err
		}
		if _, err := collect(rows, func(row scanner) (struct{}, error) { return struct{}{}, read(i, row) }); err != nil {
			return err
		}
	}
	return nil
}

func (s *postgresConnection) each(text string, args [][]any, read func(i int, row scanner) error) error {
	if s.gone() {
		return errEnded
	}
	batch := s.take()
	before := batch.Len()
	for _, a := range args {
		a, err := plain(a)
		if err != nil {
			return err
		}
		batch.Queue(postgresText(text), a...)
	}
	answers, err := s.answers(batch, before, len(args))
	if err != nil {
		return err
	}
	for i, h := range answers {
		for h.Next() {
			if err := read(i, h); err != nil {
				return err
			}
		}
	}
	return nil
}

// answers sends statements and returns the rows of the last n; those of the ones before do not matter.
func (s *postgresConnection) answers(batch *pgx.Batch, before, n int) (all []*held, err error) {
	ctx, done := watched(context.Background(), s.conn)
	defer done()
	sent := s.conn.SendBatch(ctx, batch)
	err = skip(sent, before)
	for range n {
		if err != nil {
			break
		}
		var h *held
		if h, err = hold(s.conn, sent); err == nil {
			all = append(all, h)
		}
	}
	if err = firstOf(err, sent.Close()); err != nil {
		return nil, s.failed(told(ctx, err))
	}
	return all, nil
}
