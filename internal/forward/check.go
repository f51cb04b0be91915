package forward

import (
	"net/http"
	"strings"
	"sync"
	"time"

	"latchkey/internal/access"
	"latchkey/internal/auth"
	"latchkey/internal/problem"
	"latchkey/internal/secret"
	"latchkey/internal/store"
	"latchkey/internal/web"
	"latchkey/internal/web/cookies"
)

// verdict is what is to happen to a request to an application.
type verdict int

const (
	malformed verdict = iota // what the proxy says of it cannot be read
	refused                  // nobody may do this
	noAccess                 // this person may not
	nobody                   // it is not known who asks
	passes
)

// found is an ask with everything that decides it.
type found struct {
	ask
	verdict
	gate store.Gate
	// opened is who asks, for passes and noAccess; without a user on a public path.
	opened store.Opened
}

// door answers proxies. It is safe for concurrent use.
type door struct {
	mu    sync.Mutex
	asked map[string]int64 // in which minute the proxy of an application was last noted to ask
}

// answer is the handler of a question: read takes it from the headers, and say writes the answer.
func (d *door) answer(read func(http.Header) (ask, bool), say func(*web.Visitor, found) error) web.Handler {
	return func(v *web.Visitor) error {
		f, err := d.check(v, v.Param("app"), read)
		if err != nil {
			return err
		}
		return say(v, f)
	}
}

// passes answers a question if the request may pass, and reports whether it did.
func (d *door) passes(read func(http.Header) (ask, bool)) func(*web.Visitor, string) bool {
	return func(v *web.Visitor, slug string) bool {
		f, err := d.check(v, slug, read)
		return err == nil && f.verdict == passes && identify(v, f) == nil
	}
}

// check decides about one request. Somebody who has the application open costs one SELECT at most, which also tells what
// another process has changed. An error is one of the database: nobody passes.
func (d *door) check(v *web.Visitor, slug string, read func(http.Header) (ask, bool)) (f found, err error) {
	asked, ok := read(v.R.Header)
	f.ask = asked
	ours := access.IsOwn(f.host, v.URL)
	if token := appToken(v, f.host); ok && !ours && token != "" {
		o, in, err := v.DB.OpenedByHash(secret.HashToken(token), slug, f.host, v.Now)
		if err != nil {
			return f, err
		}
		if err := v.RefreshTo(o.Session.Version); err != nil {
			return f, err
		}
		if in && usable(v, o) {
			f.gate, f.opened = o.Gate, o
			d.note(v, slug)
			f.verdict = f.decide(true)
			return f, nil
		}
	}
	if err := v.Refresh(); err != nil || !ok {
		return f, err
	}
	if ours {
		f.verdict = refused
		return f, nil
	}
	f.gate, err = v.DB.Gate(slug, f.host)
	if problem.Is(err, problem.NotFound) {
		f.verdict = refused
		return f, nil
	}
	if err != nil {
		return f, err
	}
	d.note(v, slug)
	f.verdict = f.decide(false)
	return f, nil
}

// decide applies the rules of the application. A disabled one lets nobody in, on public paths
// neither.
func (f *found) decide(known bool) verdict {
	switch path := f.path(); {
	case !f.gate.HostIsOurs, f.gate.Disabled && !known:
		return refused
	case f.gate.Disabled:
		return noAccess
	case len(f.gate.Public) > 0 && access.IsAmbiguous(path):
		return refused
	case known && f.opened.MayOpen():
		return passes
	case access.IsPublic(f.gate.Public, path):
		f.opened = store.Opened{} // nobody as far as the application is concerned
		return passes
	case known:
		return noAccess
	}
	return nobody
}

// usable reports whether a session opens applications: within the times in force, with all steps
// that the policy demands, and with a proof as recent as the application wants it. Use of an
// application is use of the session.
func usable(v *web.Visitor, o store.Opened) bool {
	if !v.InTime(o.Session) || v.StepFor(o.User, o.Session.Proofs) != auth.StepDone {
		return false
	}
	if o.ProofMinutes > 0 && !auth.ProvedWithin(o.Session.Proofs, auth.FactsOf(o.User), proofTime(o.Gate), v.Now) {
		return false
	}
	v.Use(o.Session, o.User)
	return true
}

func proofTime(g store.Gate) time.Duration { return time.Duration(g.ProofMinutes) * time.Minute }

// appToken is the token in the cookie of an application's host, or "".
func appToken(v *web.Visitor, host string) string {
	if host == "" {
		return ""
	}
	jar := v.AppCookies(host)
	return jar.Token(cookies.Application)
}

// note writes down, at most once a minute for each application, that its proxy asked. That it
// cannot be written is no reason to refuse anybody.
func (d *door) note(v *web.Visitor, slug string) {
	minute := v.Now.Unix() / 60
	d.mu.Lock()
	due := d.asked[slug] != minute
	d.asked[slug] = minute
	d.mu.Unlock()
	if !due {
		return
	}
	err := v.Record(func(tx *store.Tx) error { return tx.NoteAsked(slug, v.Way.From(), v.Now) })
	if err != nil {
		v.Log.Error("noting that a proxy asked", "id", v.RequestID, "application", slug, "error", err)
	}
}

// whole is the address that was asked for, for a way back to it.
func (f *found) to() string { return safeTo(f.uri) }

// named are the groups of who asks, as a header has them.
func (f *found) named() string { return strings.Join(f.opened.Groups, ",") }
