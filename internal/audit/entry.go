package audit

import (
	"strconv"
	"time"

	"latchkey/internal/secret"
)

// Entry is one row of the audit log. Actor is who did it and Subject whom it was
// done to; their names are kept beside their ids, since users may be deleted.
type Entry struct {
	// Seq numbers the entries without gaps; it keeps the order when the clock steps.
	Seq int64
	// At is kept in Unix milliseconds; anything finer is lost.
	At          time.Time
	Event       Event
	Result      Result
	ActorID     string
	ActorName   string
	SubjectID   string
	SubjectName string
	IP          string
	UserAgent   string
	RequestID   string
	Details     []Detail
	// MAC is what Chain returned when the entry was written.
	MAC string
}

// The most runes that an entry keeps of each kind of text, and the most details.
const (
	maxID        = 64
	maxName      = 100
	maxUserAgent = 300
	maxDetail    = 500
	maxDetails   = 50
)

// Bounded returns the entry with every text that a stranger may have chosen
// cleaned and cut by CleanText, so that one event is one line of bounded length. Call
// it before Chain: what is chained must be what is stored.
func (e Entry) Bounded() Entry {
	e.ActorID, e.ActorName = CleanText(e.ActorID, maxID), CleanText(e.ActorName, maxName)
	e.SubjectID, e.SubjectName = CleanText(e.SubjectID, maxID), CleanText(e.SubjectName, maxName)
	e.IP, e.RequestID = CleanText(e.IP, maxID), CleanText(e.RequestID, maxID)
	e.UserAgent = CleanText(e.UserAgent, maxUserAgent)
	if len(e.Details) == 0 {
		return e
	}
	bounded := make([]Detail, 0, min(len(e.Details), maxDetails))
	for _, d := range e.Details[:min(len(e.Details), maxDetails)] {
		bounded = append(bounded, Detail{
			Name:   CleanText(d.Name, maxName),
			Before: CleanText(d.Before, maxDetail),
			After:  CleanText(d.After, maxDetail),
		})
	}
	e.Details = bounded
	return e
}

// Chain returns the MAC to store with this entry: over each of its fields and
// the MAC of the entry before it (empty for the first). A plain hash chain could be
// computed again by anyone who can write the file; this one needs the key too.
func (e Entry) Chain(ring *secret.Ring, previousMAC string) string {
	return ring.MAC(secret.PurposeAudit, e.parts(previousMAC, EncodeDetails(e.Details))...)
}

// Follows reports whether the entry's MAC is right for its fields and for the
// entry before it, under any key of the ring that c was made of. The details are the text
// that is stored of them; one that EncodeDetails would not have written never follows.
// That Seq is one more than before is for the caller to check. The Checker must be one for
// secret.PurposeAudit.
func (e Entry) Follows(c *secret.Checker, previousMAC, details string) bool {
	return c.Verify(e.MAC, e.parts(previousMAC, details)...)
}

// parts returns everything that the MAC covers, in a fixed order.
func (e Entry) parts(previousMAC, details string) []string {
	return []string{
		previousMAC,
		strconv.FormatInt(e.Seq, 10),
		strconv.FormatInt(e.At.UnixMilli(), 10),
		string(e.Event), string(e.Result),
		e.ActorID, e.ActorName,
		e.SubjectID, e.SubjectName,
		e.IP, e.UserAgent, e.RequestID,
		details,
	}
}
