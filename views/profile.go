package views

import (
	"context"
	"io"
	"strings"
	"time"
	"unicode"
)

// Profile shows the facts about me, GET /profile.
type Profile struct {
	Frame
	Username, Name, Email string
	// EmailPending is a new address that waits to be confirmed, empty for none.
	EmailPending string
	// EmailUnconfirmed says that Email itself has not been confirmed.
	EmailUnconfirmed bool
	// Role is "user" or "admin".
	Role  string
	Since time.Time
	// TwoStep says that at least one authenticator is on.
	TwoStep bool
	// CodesLeft counts unused recovery codes.
	CodesLeft int
	// LastSignIn is the sign-in before this one; zero when there was none.
	LastSignIn time.Time
}

// ProfileEdit changes name and address, GET and POST /profile/edit. Fields: name email.
type ProfileEdit struct {
	Frame
	Username, Name, Email string
	// EmailNeedsConfirm says that mail works: a new address counts once its link was opened.
	EmailNeedsConfirm bool
}

// Render draws the page.
func (p Profile) Render(ctx context.Context, w io.Writer) error {
	return p.page("Profile", p.body()).Render(ctx, w)
}

// Render draws the page.
func (p ProfileEdit) Render(ctx context.Context, w io.Writer) error {
	return p.page("Edit profile", p.body()).Render(ctx, w)
}

func (p ProfileEdit) emailHint() string {
	if p.EmailNeedsConfirm {
		return "We send a link to a new address. The old one stays until you open it."
	}
	return "A new address counts at once."
}

// initials returns one or two letters: of the first and last word of the name, or
// else of the user name.
func initials(name, username string) string {
	words := strings.Fields(name)
	if len(words) == 0 {
		words = []string{username}
	}
	s := first(words[0])
	if len(words) > 1 {
		s += first(words[len(words)-1])
	}
	return strings.ToUpper(s)
}

// first returns the first letter of a word, or nothing when there is none in it.
func first(word string) string {
	for _, r := range word {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return string(r)
		}
	}
	return ""
}

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

func roleWords(role string) string {
	if role == "admin" {
		return "Administrator"
	}
	return "User"
}
