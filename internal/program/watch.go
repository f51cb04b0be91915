package program

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"latchkey/internal/instance"
)

// headEvery is how often the running server looks whether its files are still in their
// place, and brings the head file up to date if there are new rows: 5 seconds. A database
// that is put back is noticed if it is older than that; a shorter time would write more
// often, a longer one would let more pass.
const headEvery = 5 * time.Second

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
	return instance.Job{Name: "watching the data folder", Every: headEvery, Run: func(context.Context) error {
		w.look()
		return nil
	}}
}

// watch remembers what was last said about the key and the database.
type watch struct {
	program       *Program
	log           *slog.Logger
	key, database complaint
}

// look looks at the files once, and says what has changed.
func (w *watch) look() {
	w.key.say(w.log, w.program.Key.Check(), "the key file is in its place again")
	w.database.say(w.log, w.program.noteHead(), "the database is in its place again")
}

// noteHead brings the head file up to date. A database whose log lost rows while it was
// open was written over in its place: nothing more is acknowledged until a start has
// looked at it.
func (p *Program) noteHead() error {
	err := p.head.note(p.DB)
	if errors.Is(err, errHistory) {
		p.DB.Distrust("the database "+p.DB.Path()+" was replaced by an older copy", "stop the server, make sure the right database is there, and start it again")
		return p.DB.Lost()
	}
	return err
}
