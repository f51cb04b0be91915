package server

import (
	"context"
	"time"

	"latchkey/internal/backup"
	"latchkey/internal/bulk"
	"latchkey/internal/instance"
	"latchkey/internal/lease"
	"latchkey/internal/stream"
	"latchkey/internal/userimport"
)

const (
	// sweepEvery is how often expired rows are removed.
	sweepEvery = time.Hour
	// bulkEvery is how often work on users in bulk is looked for that nobody told of: what
	// was left over after an error, such as a full disk.
	bulkEvery = time.Minute
)

// jobs are what the server does in the background, in the order in which they are started.
func (s *Server) jobs() []instance.Job {
	i := s.Instance
	all := []instance.Job{
		s.WatchFiles(),
		s.watchClock(),
		lease.Alone(i, instance.Job{Name: "removing what is over", Every: sweepEvery, Run: s.sweep}),
		i.MailJob(),
		lease.Alone(i, instance.Job{Name: "changing users in bulk", Every: bulkEvery, Wake: i.BulkDue, Run: func(ctx context.Context) error { return bulk.Run(ctx, i) }}),
		lease.Alone(i, userimport.Job(i)),
		lease.Alone(i, stream.NewRunner(i).Job()),
		lease.Alone(i, backup.Job(i)),
	}
	all = append(all, s.Site.Jobs()...)
	if watchdog, asked := s.watchdog(); asked {
		all = append(all, watchdog)
	}
	return all
}

// startJobs starts them all. stop ends them, the last first, and waits for each.
func (s *Server) startJobs() (stop func()) {
	var stops []func()
	for _, j := range s.jobs() {
		stops = append(stops, j.Start(s.Instance.Log))
	}
	return func() {
		for n := len(stops) - 1; n >= 0; n-- {
			stops[n]()
		}
	}
}
