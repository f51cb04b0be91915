package instance

import (
	"context"
	"log/slog"
	"time"
)

// Job is work that a running server does in the background.
type Job struct {
	// Name says what it does, as the log has it: "sending mail".
	Name string
	// Every is how often it runs when nobody wakes it.
	Every time.Duration
	// Wake makes it run at once; nil for one that nobody wakes.
	Wake Signal
	// Run does what there is to do and returns; it stops early when ctx ends. An error is
	// written into the log, and the work is tried again when its time comes.
	Run func(ctx context.Context) error
}

// Start runs the job at once and whenever its time has come, in a goroutine of its own,
// until stop is called. stop returns when the run under way has ended.
func (j Job) Start(log *slog.Logger) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		j.repeat(ctx, log)
	}()
	return func() { cancel(); <-done }
}

func (j Job) repeat(ctx context.Context, log *slog.Logger) {
	tick := time.NewTicker(j.Every)
	defer tick.Stop()
	for ctx.Err() == nil {
		if err := j.Run(ctx); err != nil && ctx.Err() == nil {
			log.Error(j.Name, "error", err)
		}
		select {
		case <-tick.C:
		case <-j.Wake:
		case <-ctx.Done():
		}
	}
}

// Signal wakes a job. Signals that come while it runs make it run once more.
type Signal chan struct{}

func newSignal() Signal { return make(Signal, 1) }

// Send wakes the job. It never waits.
func (s Signal) Send() {
	select {
	case s <- struct{}{}:
	default: // it will look anyway
	}
}

// inUseFor is how long after a request work that can wait still makes room for the next one, 10
// seconds: somebody who works on the pages asks for one more often than that.
const inUseFor = 10 * time.Second

// NoteRequest notes that a request has come.
func (i *Instance) NoteRequest() { i.asked.Store(i.Now().UnixNano()) }

// InUse reports whether somebody has asked for something in the last ten seconds, and so probably will
// again: long work in the background then leaves gaps for it.
func (i *Instance) InUse() bool {
	return i.Now().UnixNano()-i.asked.Load() < int64(inUseFor)
}
