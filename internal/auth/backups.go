package auth

import (
	"regexp"
	"strings"
	"time"

	"latchkey/internal/problem"
)

// BackupEvery is how often the server makes backups.
type BackupEvery string

// The choices.
const (
	BackupsOff      BackupEvery = "off" // only when somebody asks
	BackupsNightly  BackupEvery = "night"
	BackupsSixHours BackupEvery = "6h"
)

// Backups is what administrators decide about the backups of the server.
type Backups struct {
	Every BackupEvery
	Time  string // of day, UTC, as 15:04
	Keep  int
	// Recipients are those of age, one a line; "" encrypts nothing.
	Recipients string
}

// BackupNames are the settings of the page "Backups", in its order.
func BackupNames() []string {
	return []string{"backup_every", "backup_time", "backup_keep", "backup_recipients"}
}

const (
	// backupKeepMost is how many backups the server keeps at most.
	backupKeepMost = 365
	// recipientsMost bounds the recipients, in characters: twenty, of which the longest kind has
	// some two thousand.
	recipientsMost = 50000
)

// recipientLine is what a recipient looks like; package backup knows which are real.
var recipientLine = regexp.MustCompile(`^age1[0-9a-z]{20,}$`)

func (b *Backups) set(name, value string) error {
	switch name {
	case "backup_every":
		switch e := BackupEvery(value); e {
		case BackupsOff, BackupsNightly, BackupsSixHours:
			b.Every = e
			return nil
		}
		return problem.Field(name, "Choose when to make backups")
	case "backup_time":
		at, err := time.Parse("15:04", value)
		if err != nil || at.Format("15:04") != value {
			return problem.Field(name, "The time must be one like 03:00")
		}
		b.Time = value
		return nil
	case "backup_keep":
		return setNumber(&b.Keep, name, value, 1, backupKeepMost)
	}
	return b.setRecipients(value)
}

func (b *Backups) setRecipients(value string) error {
	var all []string
	for line := range strings.Lines(value) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		if !recipientLine.MatchString(line) {
			return problem.Field("backup_recipients", "Each line must be an age recipient, which begins with age1")
		}
		all = append(all, line)
	}
	if b.Recipients = strings.Join(all, "\n"); len(b.Recipients) > recipientsMost {
		return problem.Field("backup_recipients", "These are too many recipients")
	}
	return nil
}

// period is the time between two backups, 0 for none.
func (b Backups) period() time.Duration {
	switch b.Every {
	case BackupsNightly:
		return 24 * time.Hour
	case BackupsSixHours:
		return 6 * time.Hour
	}
	return 0
}

// Before returns the newest time at which a backup was due; ok is false if none ever is.
func (b Backups) Before(now time.Time) (due time.Time, ok bool) {
	period := b.period()
	at, err := time.Parse("15:04", b.Time)
	if period == 0 || err != nil {
		return time.Time{}, false
	}
	now = now.UTC()
	due = now.Truncate(24 * time.Hour).Add(time.Duration(at.Hour())*time.Hour + time.Duration(at.Minute())*time.Minute)
	for due.After(now) {
		due = due.Add(-period)
	}
	for !due.Add(period).After(now) {
		due = due.Add(period)
	}
	return due, true
}

// Next returns when the next one is due; ok is false if none is.
func (b Backups) Next(now time.Time) (due time.Time, ok bool) {
	due, ok = b.Before(now)
	return due.Add(b.period()), ok
}
