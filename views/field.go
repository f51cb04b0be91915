package views

import (
	"strconv"
	"time"

	"github.com/a-h/templ"
)

// kind chooses the attributes of an input. Password managers learn them, so they are
// the same on every page (PW-11).
type kind int

const (
	plain         kind = iota
	username           // my own, to sign in with
	password           // the one in use
	newPassword        // one to be set
	code               // from an authenticator app
	recoveryCode       //
	ownName            // my own
	ownEmail           // my own
	otherUsername      // somebody else's, so never filled in by a browser
	otherEmail         //
	otherPhone         //
	number             //
	day                //
	secretText         // a key of another system, never filled in
	search             //
)

// field is one control with its label. Name is its id, too.
type field struct {
	kind                      kind
	name, label, value, error string
	// errorLink leads to where something can be done about the error; nil for nowhere.
	errorLink *Link
	// hint stands between label and control; empty for none.
	hint string
	// id replaces the name as id, where two forms of a page have the same field.
	id string
	// minLength is for newPassword, in characters.
	minLength int
	// focus puts the first focus here; only pages for one task use it.
	focus bool
	// rows is how high an area is, accept what a file may be; both have a default.
	rows   int
	accept string
	// optional marks a field that may stay empty.
	optional bool
	// errorAt is the name of the field whose message describes this one as well.
	errorAt string
}

func (f field) key() string {
	if f.id != "" {
		return f.id
	}
	return f.name
}

// state returns the attributes that depend on hint, error and focus.
func (f field) state() templ.OrderedAttributes {
	var a templ.OrderedAttributes
	if f.error != "" {
		a = append(a, attr("aria-invalid", "true"))
	}
	if d := f.describedBy(); d != "" {
		a = append(a, attr("aria-describedby", d))
	}
	if f.focus {
		a = append(a, templ.KeyValue[string, any]{Key: "autofocus", Value: true})
	}
	return a
}

func (f field) describedBy() string {
	d := ""
	if f.hint != "" {
		d = f.key() + "-hint"
	}
	if f.error == "" {
		return d
	}
	at := f.key()
	if f.errorAt != "" {
		at = f.errorAt
	}
	if d != "" {
		d += " "
	}
	return d + at + "-error"
}

func attr(key, value string) templ.KeyValue[string, any] {
	return templ.KeyValue[string, any]{Key: key, Value: value}
}

// passwordRules is read by Safari and 1Password when they make up a password.
func (f field) passwordRules() string {
	return "minlength: " + strconv.Itoa(f.minLength) + "; maxlength: 256; allowed: ascii-printable;"
}

// newPasswordField returns the field for a password to be set, with the rule up front.
func (f Frame) newPasswordField(label string, minLength int) field {
	return field{
		kind: newPassword, name: "new_password", label: label, minLength: minLength, error: f.Errors.For("new_password"),
		hint: "At least " + strconv.Itoa(minLength) + " characters. A few random words work well.",
	}
}

// focused returns the field with the first focus if first is true.
func (f field) focused(first bool) field {
	f.focus = first
	return f
}

// radio is one of several choices, with a line that explains it.
type radio struct {
	value, words, note string
	checked            bool
}

// day returns the value if a browser's date control can show it.
func (f field) day() string {
	if _, err := time.Parse(time.DateOnly, f.value); err != nil {
		return ""
	}
	return f.value
}
