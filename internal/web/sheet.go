package web

import (
	"strings"
	"time"

	"latchkey/internal/secret"
)

// sheetFor is how long new recovery codes may be looked at.
const sheetFor = 10 * time.Minute

func joinLines(lines []string) string { return strings.Join(lines, "\n") }

// Sheet is a set of new recovery codes that the person has not yet saved.
type Sheet struct {
	Codes []string
	Made  time.Time
}

// Sheet returns the recovery codes that this session may still see; ok is false
// if there are none.
func (v *Visitor) Sheet() (s Sheet, ok bool, err error) {
	stored, ok, err := v.DB.SheetOf(v.Session.ID, v.Now)
	if err != nil || !ok {
		return s, false, err
	}
	text, err := v.Open(secret.PurposeSheet, stored.Sealed, v.Session.ID)
	if err != nil {
		return s, false, err
	}
	return Sheet{Codes: strings.Split(string(text), "\n"), Made: stored.Made}, true, nil
}
