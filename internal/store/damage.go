package store

import (
	"errors"
	"fmt"

	"latchkey/internal/problem"
)

// damage is the error of a file that does not hold the database that was written to it.
// Its path is set where the database is opened, for the operator.
type damage struct {
	path  string
	cause error
}

// errNotOurs is what a file is that SQLite reads and that has nothing of Latchkey.
var errNotOurs = &damage{cause: errors.New("it is not a database of Latchkey, or lost its content")}

// Error returns the cause, and where the file is known what to do about it.
func (d *damage) Error() string {
	if d.path == "" {
		return d.cause.Error()
	}
	return fmt.Sprintf("the database %s is damaged: %v; stop the server and restore latchkey.db from a backup", d.path, d.cause)
}

// Is makes it a problem.ErrDamaged.
func (d *damage) Is(target error) bool { return target == problem.ErrDamaged }

// Unwrap returns the cause.
func (d *damage) Unwrap() error { return d.cause }

// asDamage returns the damage that err tells of, or nil for an error of another kind.
func asDamage(err error) *damage {
	if d, ok := errors.AsType[*damage](err); ok {
		return d
	}
	if isDamage(err) {
		return &damage{cause: err}
	}
	return nil
}

// opening names the file in an error of opening it, if the file is what is wrong, and says what to
// do if the disk is full.
func opening(path string, err error) error {
	if isFull(err) && problem.As(err) == nil {
		return advise(err)
	}
	if d := asDamage(err); d != nil {
		return &damage{path: path, cause: d.cause}
	}
	return err
}
