package cookies

import (
	"net/http"
	"slices"

	"latchkey/internal/secret"
)

// Jar is what a browser holds of the cookies that tell one browser from another.
type Jar struct{ Session, Pending, Browser, Form string }

// Empty reports whether there is none.
func (j Jar) Empty() bool { return j == Jar{} }

// Values are the cookies that are there.
func (j Jar) Values() []string {
	return slices.DeleteFunc([]string{j.Session, j.Pending, j.Browser, j.Form}, func(s string) bool { return s == "" })
}

// Jar returns the cookies of this browser; ok is false if one of ours came twice, or is
// none that we made: what is kept of each is bounded.
func (c *Cookies) Jar() (j Jar, ok bool) {
	for _, f := range j.fields() {
		value, found := read(c.r, c.store.cookieName(f.name))
		if *f.value = value; found > 1 || len(value) > 2*TokenLength+1 {
			return Jar{}, false
		}
	}
	return j, true
}

// field is one cookie of a jar.
type field struct {
	name  string
	value *string
}

func (j *Jar) fields() [4]field {
	return [...]field{{Session, &j.Session}, {Pending, &j.Pending}, {Browser, &j.Browser}, {Form, &j.Form}}
}

// After is the jar after the browser read an answer with these cookies.
func (c *Cookies) After(j Jar, set []*http.Cookie) Jar {
	for _, f := range j.fields() {
		for _, one := range set {
			if one.Name == c.store.cookieName(f.name) {
				*f.value = one.Value
			}
		}
	}
	return j
}

// MarkBrowser gives a browser that has none a cookie by which two copies of a form are
// known to come from one browser. It grants nothing and is kept nowhere. It is for the
// pages of forms that are sent before anybody has signed in.
func (c *Cookies) MarkBrowser() {
	if session, doubled := c.sent(Form); len(session.ID) != TokenLength && !doubled {
		c.Set(Form, secret.Token(), formFor)
	}
}
