package server

import (
	"context"
	"fmt"
	"log/slog"

	"latchkey/internal/instance"

	"github.com/coreos/go-systemd/v22/daemon"
)

// tell says something to the service manager, if one asked for it (sd_notify(3)).
func tell(log *slog.Logger, state string) {
	if _, err := daemon.SdNotify(false, state); err != nil {
		log.Warn("the service manager could not be notified", "state", state, "error", err)
	}
}

// watchdog is the job that tells the service manager that the server works, twice as often
// as that wants to hear it; ok is false where nobody asked. It is silent while the database
// does not answer a reader, and systemd then starts the server again. A full disk is no
// reason for that: reading goes on, and a restart would not help.
func (s *Server) watchdog() (j instance.Job, ok bool) {
	every, err := daemon.SdWatchdogEnabled(false)
	if err != nil {
		s.Instance.Log.Warn("the watchdog cannot be served", "error", err)
	}
	return instance.Job{Name: "notifying the watchdog", Every: every / 2, Run: func(context.Context) error {
		if _, err := s.DB.Schema(); err != nil {
			return fmt.Errorf("the database does not answer: %w", err)
		}
		tell(s.Instance.Log, daemon.SdNotifyWatchdog)
		return nil
	}}, err == nil && every > 0
}
