package app

import (
	"context"
	"log/slog"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
)

// tell says something to the service manager, if one asked for it (sd_notify(3)).
func tell(log *slog.Logger, state string) {
	if _, err := daemon.SdNotify(false, state); err != nil {
		log.Warn("the service manager could not be notified", "state", state, "error", err)
	}
}

// watchdog tells the service manager that the server works, twice as often as that
// wants to hear it, until ctx ends; it does nothing where nobody asked. It is silent
// while the database does not answer a reader, and systemd then starts the server
// again. A full disk is no reason for that: reading goes on, and a restart would not help.
func (p *program) watchdog(ctx context.Context) {
	every, err := daemon.SdWatchdogEnabled(false)
	if err != nil {
		p.site.Log.Warn("the watchdog cannot be served", "error", err)
	}
	if err != nil || every == 0 {
		return
	}
	tick := time.NewTicker(every / 2)
	defer tick.Stop()
	for {
		if _, err := p.db.Schema(); err != nil {
			p.site.Log.Error("the watchdog was not notified: the database does not answer", "error", err)
		} else {
			tell(p.site.Log, daemon.SdNotifyWatchdog)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}
