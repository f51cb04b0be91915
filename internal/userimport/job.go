package userimport

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"latchkey/internal/instance"
	"latchkey/internal/store"
)

// GiveUpReading gives up the files that were being read when the server stopped. The
// imports that it interrupted are for Job. Where other servers may be reading theirs at this
// moment, those of one that stopped end with their time.
func GiveUpReading(i *instance.Instance) error {
	if i.DB.Shared() {
		return nil
	}
	return i.DB.Tx(context.Background(), func(tx *store.Tx) error { return tx.CutOffImports() })
}

// every is how often an import is looked for that stopped by itself, as on a full disk.
const every = time.Minute

// Job adds the rows of large imports beside the requests, a slice of each in turn. What a
// stop of the server interrupted goes on at the next start.
func Job(i *instance.Instance) instance.Job {
	return instance.Job{Name: "importing users", Every: every, Wake: i.ImportDue, Run: func(ctx context.Context) error { return goOn(ctx, i) }}
}

// goOn adds slices until nothing is left to add, or ctx ends. An import that fails waits
// for the next time; the others go on.
func goOn(ctx context.Context, i *instance.Instance) error {
	failed := map[string]error{}
	for ctx.Err() == nil {
		running, err := i.DB.RunningImports()
		if err != nil {
			return err
		}
		running = slices.DeleteFunc(running, func(b store.ImportJob) bool { return failed[b.ID] != nil })
		if len(running) == 0 {
			break
		}
		for _, b := range running {
			done, err := Import{Instance: i, Job: b}.Slice(context.WithoutCancel(ctx), i.Now())
			if err != nil {
				failed[b.ID] = fmt.Errorf("import %s: %w", b.ID, err)
			}
			if done {
				i.BulkDue.Send() // there may be invitations to send
			}
		}
	}
	return errors.Join(slices.Collect(maps.Values(failed))...)
}
