package views

import (
	"context"
	"io"
	"strconv"
)

// TryRecoveryCode tries a recovery code without using it up, GET and POST
// /security/recovery-codes/try. Field: recovery_code.
type TryRecoveryCode struct {
	Frame
}

// Render draws the page.
func (p TryRecoveryCode) Render(ctx context.Context, w io.Writer) error {
	return p.page("Test a recovery code", p.body()).Render(ctx, w)
}

// DoneOf says how many of the tasks are done; nothing where all are.
func DoneOf(tasks []Task) string {
	done := 0
	for _, t := range tasks {
		if t.Done {
			done++
		}
	}
	if done == len(tasks) {
		return ""
	}
	return strconv.Itoa(done) + " of " + strconv.Itoa(len(tasks)) + " steps done to prepare for a lost phone."
}
