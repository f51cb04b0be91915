// Package problem is the short list of ways an action can fail, each with a
// sentence that is safe and useful to show to the person who asked.
//
// Rules return a *Problem; package web alone knows which HTTP status and page
// each kind becomes, and the commands print the same sentence on one line. Any
// other error is a fault of ours: people see a reference, the log sees the cause.
package problem

import (
	"errors"
	"strings"
	"time"
)

// Kind says what went wrong in the terms of the person who has to react to it.
type Kind int

// The kinds. The HTTP status each becomes is in package web.
const (
	// Invalid is input that the person can put right: the same form is shown again.
	Invalid Kind = iota + 1
	// Conflict is a change that no longer fits, such as an edit of an old version.
	Conflict
	// NotFound is something that does not exist, or must look as if it did not.
	NotFound
	// TooMany is a limit reached; RetryAfter says when to come back.
	TooMany
	// Unavailable is a refusal because something we need does not work now.
	Unavailable
	// BadRequest is a request that no page of ours could have sent.
	BadRequest
)

// ErrDamaged is in the chain of every failure whose cause is a damaged database: waiting
// does not help then, only a backup does.
var ErrDamaged = errors.New("the database is damaged")

// ErrLost is in the chain of every failure whose cause is that the files of the database
// were deleted or replaced while they were in use: nothing is saved until the same files
// are back or the server was started again.
var ErrLost = errors.New("the database file was deleted or replaced")

// Problem is one failure. The zero value of every field but Kind and Message is
// fine. It is safe to share between goroutines as long as nobody changes it.
type Problem struct {
	Kind Kind
	// Message is a whole sentence for people, without secrets.
	Message string
	// Title is the heading of its page; empty for that of its kind.
	Title string
	// Field is the name of the form field at fault, if it is one.
	Field string
	// Link is the page where something can be done about it, and LinkWords what it is
	// called; empty for none.
	Link, LinkWords string
	// Ways are further pages where something can be done about it.
	Ways []Way
	// RetryAfter is how long to wait, for TooMany and Unavailable.
	RetryAfter time.Duration
	// Closed says that waiting alone does not help; the message says what does.
	Closed bool
	// SameForm says that a TooMany is told in the form that was sent, with what was typed.
	SameForm bool
	// Err is the cause for the log; it is never shown.
	Err error
}

// Way is a page where something can be done about a failure, and what it is called.
type Way struct{ Link, Words string }

// Error returns the message, and the cause behind it if there is one.
func (p *Problem) Error() string {
	if p.Err != nil {
		return strings.TrimSuffix(p.Message, ".") + ": " + p.Err.Error()
	}
	return p.Message
}

// Unwrap returns the cause.
func (p *Problem) Unwrap() error { return p.Err }

// Field returns an Invalid problem with the given form field.
func Field(field, message string) *Problem {
	return &Problem{Kind: Invalid, Field: field, Message: message}
}

// New returns a problem of the given kind.
func New(kind Kind, message string) *Problem {
	return &Problem{Kind: kind, Message: message}
}

// As returns the Problem in err's chain, or nil if there is none.
func As(err error) *Problem {
	if p, ok := errors.AsType[*Problem](err); ok {
		return p
	}
	return nil
}

// Is reports whether err's chain holds a Problem of this kind.
func Is(err error, kind Kind) bool {
	p := As(err)
	return p != nil && p.Kind == kind
}

// All returns every Problem in err's tree in their order, where As returns the
// first. What a Problem has as its cause is left out. The first one decides how the
// answer looks.
func All(err error) []*Problem {
	switch e := err.(type) {
	case *Problem:
		return []*Problem{e}
	case interface{ Unwrap() error }:
		return All(e.Unwrap())
	case interface{ Unwrap() []error }:
		var all []*Problem
		for _, one := range e.Unwrap() {
			all = append(all, All(one)...)
		}
		return all
	}
	return nil
}

// Sentence is the message of the Problem in err's chain with a full stop behind it, for a
// report of several. err must have one.
func Sentence(err error) string { return strings.TrimSuffix(As(err).Message, ".") + "." }

// Only returns err if it is about mistakes that a person can put right, and nil for all else:
// for what is looked up only to tell more mistakes at once.
func Only(err error) error {
	if Is(err, Invalid) {
		return err
	}
	return nil
}
