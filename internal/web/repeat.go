package web

import (
	"net/http"
	"net/url"
	"slices"
	"time"

	"latchkey/internal/auth"
	"latchkey/internal/secret"
	"latchkey/internal/web/cookies"
	"latchkey/internal/web/forms"
	"latchkey/internal/web/repeat"
)

const (
	// briefly is how long an answer is given once more that holds a new session although the
	// form had no password and no code in it, as when an app is removed: the second press of
	// Enter comes within it. For longer, an old cookie alone would still be worth a session
	// to somebody who has copied it (SE-02).
	briefly = 5 * time.Second
	// maxReferer bounds what is kept of a header; anybody can send long ones.
	maxReferer = 500
)

// formKey names the form of this request from a browser with these cookies.
func (v *Visitor) formKey(j cookies.Jar) string {
	return v.answers.Key(v.c.Request().RequestURI, string(v.sent), auth.Network(v.IP()), v.UserAgent(), j.Session, j.Pending, j.Browser, j.Form)
}

// once lets do answer a form, unless it is a second copy of one that succeeded: then
// the answer is that of the first.
//
// Where other processes serve the same people, the browser can have been to one of them since, and the same
// form can be meant. There it is a copy only if it came before the first was answered.
func (v *Visitor) once(do func() error) error {
	before, ok := v.Cookies.Jar()
	if !ok || before.Empty() || v.sent == nil {
		return do()
	}
	defer v.answers.Begin(before.Values())()
	since := int64(0)
	if v.DB.Shared() {
		since = v.answers.Total()
	}
	key := v.formKey(before)
	done, err := v.answers.Take(v.Context(), key)
	if err != nil {
		return err
	}
	defer done()
	v.Now = v.Site.Now() // it may have waited for its turn
	if first, ok := v.answers.Find(key, v.Now, since); ok {
		if good, err := v.stillGood(first); err != nil || good {
			return orElse(err, func() error { return v.repeat(first) })
		}
	}
	if err := do(); err != nil {
		return err
	}
	if v.c.Response().Status == http.StatusSeeOther {
		v.keepAnswer(key, before)
	} else { // such as a page on which to look at what is about to happen, with a form of its own
		v.answers.Leave(v.Path(), before.Values())
	}
	return nil
}

func orElse(err error, otherwise func() error) error {
	if err != nil {
		return err
	}
	return otherwise()
}

// stillGood reports whether what the answer gave the browser was not ended since.
func (v *Visitor) stillGood(first *repeat.Answer) (bool, error) {
	if !first.Until.IsZero() && !v.Now.Before(first.Until) {
		return false, nil
	}
	if first.Session != "" {
		s, _, ok, err := v.DB.SessionByHash(secret.HashToken(first.Session), v.Now)
		if err != nil || !ok || !v.InTime(s) {
			return false, err
		}
	}
	if first.Pending != "" {
		_, _, ok, err := v.DB.PendingByHash(secret.HashToken(first.Pending), v.Now)
		return ok, err
	}
	return true, nil
}

// repeat gives an answer once more.
func (v *Visitor) repeat(first *repeat.Answer) error {
	h := v.c.Response().Header()
	for _, cookie := range first.Cookies {
		h.Add("Set-Cookie", cookie)
	}
	return v.Redirect(first.Location)
}

func (v *Visitor) keepAnswer(key string, before cookies.Jar) {
	h := v.c.Response().Header()
	sent := http.Response{Header: h}
	after := v.Cookies.After(before, sent.Cookies())
	n := &repeat.Answer{
		Ends: v.Now.Add(repeat.For), Location: h.Get("Location"), Cookies: slices.Clone(h.Values("Set-Cookie")),
		Keys: []string{key, v.formKey(after)}, Tokens: unique(append(before.Values(), after.Values()...)), Pages: v.formPages(), Network: auth.Network(v.IP()),
	}
	if to, err := url.Parse(n.Location); err == nil && !forms.HasSecret(v.sent) {
		n.LeadsTo = to.EscapedPath()
	}
	switch given := v.Cookies.After(cookies.Jar{}, sent.Cookies()); {
	case given.Session != "" || given.Pending != "":
		n.Session, n.Pending = given.Session, given.Pending
		if given.Session != "" && !forms.HasSecret(v.sent) {
			n.Until = v.Site.Now().Add(briefly) // from now: the answer may have taken long
		}
	case v.IsIn():
		n.Session = after.Session
	}
	v.answers.Keep(n, v.Now)
}

func unique(all []string) []string {
	slices.Sort(all)
	return slices.Compact(all)
}

// formPages are the paths on which the form of this request may stand.
func (v *Visitor) formPages() []string {
	pages := []string{v.page()}
	if from, err := url.Parse(v.c.Request().Referer()); err == nil && from.Path != "" && len(from.Path) <= maxReferer && from.Path != pages[0] {
		pages = append(pages, from.Path)
	}
	return pages
}

// leaveForm notes that the browser asks for a page: if it sends the form there once more,
// that is meant. So is any form without a password or code once somebody has gone on from where it led.
func (v *Visitor) leaveForm() {
	if v.answers.None(v.Now) {
		return
	}
	if j, ok := v.Cookies.Jar(); ok {
		v.answers.Leave(v.Path(), j.Values())
	}
}
