package user

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"latchkey/internal/problem"
)

const (
	maxName    = 100
	maxAppName = 50
	maxReason  = 500
)

// CheckName returns a display name fit to store: NFC, trimmed, at most 100 code
// points, perhaps empty. The error is a problem with the field "name".
func CheckName(typed string) (string, error) {
	return CleanText("name", "Name", maxName, typed)
}

// CheckLabel returns the name a user gives an authenticator, 1 to 50 code
// points. The error is a problem with the field "label".
func CheckLabel(typed string) (string, error) {
	label, err := CleanText("label", "Name", maxAppName, typed)
	if err == nil && label == "" {
		return "", problem.Field("label", "Enter a name for this app")
	}
	return label, err
}

// CheckReason returns an administrator's reason for an action, 1 to 500 code
// points on one line. Line breaks become spaces, so that a reason cannot be
// made to look like a second entry in a log. The error is a problem with the
// field "reason".
func CheckReason(typed string) (string, error) {
	line := strings.NewReplacer("\r\n", " ", "\n", " ", "\t", " ").Replace(typed)
	reason, err := CleanText("reason", "Reason", maxReason, line)
	if err == nil && reason == "" {
		return "", problem.Field("reason", "Enter a reason")
	}
	return reason, err
}

// maxNote is how long a note may be: as much as the audit log keeps of it.
const maxNote = 500

// CheckNote returns a note with its lines, or a problem with the field "note".
func CheckNote(typed string) (string, error) {
	text, err := CleanParagraphs("note", "Note", maxNote, typed)
	if err == nil && text == "" {
		err = problem.Field("note", "Enter a note")
	}
	return text, err
}

// CleanText returns free text in NFC without space around it, perhaps empty, or
// a problem with the given field whose sentence calls the text what. Refused are
// more than max code points, broken UTF-8, control characters, the marks that
// turn the direction of writing (they can make one name or file read as
// another, CVE-2021-42574), and text of which nothing would be seen.
func CleanText(field, what string, max int, typed string) (string, error) {
	if !utf8.ValidString(typed) || strings.ContainsFunc(typed, hidden) {
		return "", problem.Field(field, what+" must not contain control characters")
	}
	text := strings.TrimSpace(norm.NFC.String(typed))
	if utf8.RuneCountInString(text) > max {
		return "", problem.Field(field, fmt.Sprintf("%s must be %d characters or fewer", what, max))
	}
	if text != "" && !strings.ContainsFunc(text, visible) {
		return "", problem.Field(field, what+" must have letters that can be seen")
	}
	return text, nil
}

// CleanParagraphs is CleanText for a text of several lines: lines end with \n and have no
// space at their ends, and between two paragraphs is one empty line.
func CleanParagraphs(field, what string, max int, typed string) (string, error) {
	var lines []string
	for line := range strings.SplitSeq(strings.ReplaceAll(typed, "\r\n", "\n"), "\n") {
		line = strings.TrimRightFunc(strings.ReplaceAll(line, "\t", " "), unicode.IsSpace)
		if line == "" && (len(lines) == 0 || lines[len(lines)-1] == "") {
			continue
		}
		if strings.ContainsFunc(line, hidden) || !utf8.ValidString(line) {
			return "", problem.Field(field, what+" must not contain control characters")
		}
		lines = append(lines, line)
	}
	text := strings.TrimSpace(norm.NFC.String(strings.Join(lines, "\n")))
	if n := utf8.RuneCountInString(text); n > max {
		return "", problem.Field(field, fmt.Sprintf("%s must be %d characters or fewer. It has %d", what, max, n))
	}
	if text != "" && !strings.ContainsFunc(text, visible) {
		return "", problem.Field(field, what+" must have letters that can be seen")
	}
	return text, nil
}

// hidden reports control characters, line separators and the Bidi_Control
// characters of Unicode.
func hidden(r rune) bool {
	return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || unicode.Is(unicode.Bidi_Control, r)
}

// visible reports what leaves ink on the page; the Hangul fillers and the empty
// Braille pattern count as letter and symbol but leave none.
func visible(r rune) bool {
	switch r {
	case '\u115f', '\u1160', '\u3164', '\uffa0', '\u2800':
		return false
	}
	return unicode.In(r, unicode.L, unicode.N, unicode.P, unicode.S)
}
