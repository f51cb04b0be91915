package views

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// BackupsPath is the page of backups.
const BackupsPath = "/admin/backups"

// BackupOld is how old the newest backup may be until administrators are told on their overview: a
// week.
const BackupOld = 7 * 24 * time.Hour

// The commands of the page. What is between tags loses its line breaks.
const (
	restoreCommand = "latchkey restore --data /var/lib/latchkey-new \\\n    --identity safe-key.txt backup.age"
	swapCommands   = "mv /var/lib/latchkey /var/lib/latchkey-old\nmv /var/lib/latchkey-new /var/lib/latchkey\nsystemctl start latchkey"
)

// Backups is the page of backups, GET and POST /admin/backups.
// Fields: now, or every at keep recipients.
type Backups struct {
	Frame
	Now time.Time
	// Last is the newest one, Made the newest that was made; nil for none.
	Last, Made *Backup
	// Next is when the next one is due; zero for never.
	Next time.Time
	// Rows are the newest, or those before one of them; Older leads to the next ones.
	Rows  []Backup
	Older int64
	Kept  int // whose files are on this server
	// Paged says that these are not the newest ones.
	Paged bool
	// What the form has.
	Every, At, Keep, Recipients string
}

// Backup is a backup that was made or tried.
type Backup struct {
	Seq          int64
	Kind         string // nightly, page or command
	By           string
	State        string // running, done or failed
	Began, Ended time.Time
	Percent      int
	File         string // on this server; empty for none
	Bytes        int64
	Users        int
	HeadSeq      int64
	HeadMAC      string
	Encrypted    bool
	Recipients   []string
	Why          string
}

// Render draws the page.
func (p Backups) Render(ctx context.Context, w io.Writer) error {
	return p.page("Backups", p.body()).Render(ctx, w)
}

// health leads the page: how it stands, in one sentence, and why.
func (p Backups) health() (kind, heading, reason string) {
	switch {
	case p.Last != nil && p.Last.State == "running":
		return "", "A backup is being made.", fmt.Sprintf("%d%% done.", p.Last.Percent)
	case p.Last != nil && p.Last.State == "failed":
		return "bad", "The last backup failed.", capital(p.Last.Why) + ". " + p.since()
	case p.Made == nil:
		return "warn", "There is no backup yet.", "If this machine is lost, all users are lost with it." + p.upcoming()
	case p.Now.Sub(p.Made.Began) > BackupOld:
		return "warn", "The last backup is " + Span(p.Now.Sub(p.Made.Began)) + " old.", "What has changed since is in no backup." + p.upcoming()
	}
	return "good", "Backed up " + Span(p.Now.Sub(p.Made.Began)) + " ago, and the backup opens.",
		count(p.Made.Users, "user") + " counted, the audit log is unbroken." + p.upcoming()
}

// since says what there is behind a failure.
func (p Backups) since() string {
	if p.Made == nil {
		return "There is no other backup."
	}
	return "The last good one is " + Span(p.Now.Sub(p.Made.Began)) + " old."
}

func (p Backups) upcoming() string {
	if p.Next.IsZero() {
		return ""
	}
	return " The next one is made on " + p.Next.UTC().Format("2 January at 15:04 UTC") + "."
}

func (p Backups) running() bool { return p.Last != nil && p.Last.State == "running" }

// everyChoices are when backups are made.
func (p Backups) everyChoices() []radio {
	return []radio{
		{value: "night", words: "Every night", checked: p.Every == "night"},
		{value: "6h", words: "Every 6 hours", checked: p.Every == "6h"},
		{value: "off", words: "Only when I ask", checked: p.Every != "night" && p.Every != "6h"},
	}
}

func (p Backups) caption() string {
	words := count(len(p.Rows), "backup") + ", newest first"
	if p.Kept > 0 {
		words += ". " + thousands(p.Kept) + " kept on this server"
	}
	return words
}

// who says who wanted it.
func (b Backup) who() string {
	switch b.Kind {
	case "nightly":
		return "On schedule"
	case "command":
		return "By command, " + b.By
	}
	return "By " + b.By
}

func (b Backup) stateKind() string {
	switch b.State {
	case "done":
		return "good"
	case "failed":
		return "bad"
	}
	return "warn"
}

func (b Backup) stateWords() string {
	switch b.State {
	case "done":
		return "Opens"
	case "failed":
		return "Failed"
	}
	return "In progress"
}

func (b Backup) size() string {
	if b.State != "done" {
		return "–"
	}
	return megabytes(b.Bytes)
}

func (b Backup) users() string {
	if b.State != "done" {
		return "–"
	}
	return thousands(b.Users)
}

func (b Backup) head() string {
	if b.State != "done" {
		return "–"
	}
	return thousands(int(b.HeadSeq))
}

// mark is the beginning of the MAC of the head, without the id of its key.
func (b Backup) mark() string {
	_, mac, _ := strings.Cut(b.HeadMAC, ".")
	return mac[:min(12, len(mac))]
}

func (b Backup) path() string { return BackupsPath + "/" + strconv.FormatInt(b.Seq, 10) }

// short is a recipient as people compare it.
func shortRecipient(r string) string {
	if len(r) < 16 {
		return r
	}
	return r[:8] + "…" + r[len(r)-4:]
}

func megabytes(n int64) string {
	switch {
	case n < 10e6:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	case n < 10e9:
		return fmt.Sprintf("%d MB", n/1e6)
	}
	return fmt.Sprintf("%d GB", n/1e9)
}
