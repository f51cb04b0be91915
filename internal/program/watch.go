package program

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"latchkey/internal/audit"
	"latchkey/internal/instance"
	"latchkey/internal/keys"
)

// LookEvery is how often the running server looks whether its files are still in their
// place, and brings the head file up to date if there are new rows: 5 seconds. A database
// that is put back is noticed if it is older than that; a shorter time would write more
// often, a longer one would let more pass. A key that was added is taken up as often, if the
// server does not meet it before.
const LookEvery = 5 * time.Second

// complaint is a trouble that is said once, and once more when it is over.
type complaint struct{ said string }

func (c *complaint) say(log *slog.Logger, err error, over string) {
	text := ""
	if err != nil {
		text = err.Error()
	}
	switch {
	case text == c.said:
		return
	case text == "":
		log.Info(over)
	default:
		log.Error(text)
	}
	c.said = text
}

// WatchFiles is the job that looks after the files of the data folder.
func (p *Program) WatchFiles() instance.Job {
	w := watch{program: p, log: p.Instance.Log}
	return instance.Job{Name: "watching the data folder", Every: LookEvery, Wake: p.DB.FoundLost(), Run: func(ctx context.Context) error {
		w.look()
		return w.noteKeys(ctx)
	}}
}

// watch remembers what was last said about the key and the database.
type watch struct {
	program       *Program
	log           *slog.Logger
	key, database complaint
	unnoted       string // the key that the database did not know of the last time
}

// look looks at the files once, and says what has changed.
func (w *watch) look() {
	w.key.say(w.log, w.program.Instance.Ring.Refresh(), "the key file is in its place again")
	w.database.say(w.log, w.program.noteHead(), "the database is in its place again")
}

// noteHead brings the head file up to date. A database whose log lost rows while it was
// open was written over in its place: nothing more is acknowledged until a start has
// looked at it. Whatever became of the files, that start compares them with the last row
// that somebody was told of.
func (p *Program) noteHead() error {
	err := p.head.note(p.DB)
	if p.DB.Lost() != nil {
		err = errors.Join(err, p.head.noteAcknowledged(p.DB))
	}
	if errors.Is(err, errHistory) {
		p.DB.Distrust("the database "+p.DB.Path()+" was replaced by an older copy", "stop the server, make sure the right database is there, and start it again")
		return p.DB.Lost()
	}
	return err
}

// noteKeys writes down a key that was added to the key file by somebody who came no further.
// Whoever adds one writes that down a moment later, so it waits until the second look.
func (w *watch) noteKeys(ctx context.Context) error {
	id, err := keys.Unnoted(w.program.Instance)
	if err != nil || id == "" || id != w.unnoted {
		w.unnoted = id
		return err
	}
	return w.program.NoteKeys(ctx, w.program.Instance.Now())
}

// NoteKeys brings the database up to date with the key file; a server does it at its start.
func (p *Program) NoteKeys(ctx context.Context, now time.Time) error {
	made := time.Time{} // that of a database from before keys were noted
	if p.fresh {
		made = now
	}
	done, err := keys.Note(ctx, p.Instance, audit.Entry{At: now, ActorName: "server"}, made)
	if err == nil && done.Finished {
		p.Instance.Log.Warn("there is a new key in the key file, which is used from now on", "key", done.New)
	}
	return err
}
