package web

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"latchkey/internal/auth"
	"latchkey/internal/secret"
)

// Without JavaScript nothing keeps a person from sending a form twice: Enter is pressed
// again because the answer is slow. The browser forgets the first answer, with the
// cookies in it, and shows the second, which would say that the code was used, or that
// the sign-in is over. So for a minute the answer to a form that succeeded is kept in
// memory, and a second copy of the form from the same browser gets it once more, without
// doing anything.
//
// A copy is known by everything that the browser sent: its cookies of ours, where it
// comes from, what it calls itself, the address and every byte of the form. Somebody who could
// send that already has the password or the code that is in the form, and the cookie of
// the very browser that sent it. Another browser, another form, a minute later: none is a
// copy, and the one-time thing is spent.

const (
	// againFor is how long an answer is kept.
	againFor = time.Minute
	// briefly is how long an answer is given once more that holds a new session although the
	// form had no password and no code in it, as when an app is removed: the second press of
	// Enter comes within it. For longer, an old cookie alone would still be worth a session
	// to somebody who has copied it (SE-02).
	briefly = 5 * time.Second
	// maxAnswers is how many are kept, 4,096, a few megabytes. With one more the oldest goes
	// of the network that has the most: a client that sends many forms takes nothing from others.
	//
	//limit:connections Answers kept for a minute for a form that is sent twice
	maxAnswers = 4096
	// maxReferer bounds what is kept of a header; anybody can send long ones.
	maxReferer = 500
)

// jar is what a browser holds of the cookies that tell one browser from another.
type jar struct{ session, pending, browser, form string }

func (j jar) empty() bool { return j == jar{} }

// values are the cookies that are there.
func (j jar) values() []string {
	return slices.DeleteFunc([]string{j.session, j.pending, j.browser, j.form}, func(s string) bool { return s == "" })
}

// answer is the answer to a form that succeeded.
type answer struct {
	ends     time.Time
	until    time.Time // when it is over before that; zero for never
	location string
	cookies  []string // as they were set
	keys     []string // of the form from this browser before the answer, and after it
	tokens   []string // cookies of the browser, before and after
	pages    []string // where the form stands
	network  string   // that it came from
	// session and pending must still be good for the answer to be given once more.
	session, pending string
}

// answers keeps the answers of a minute. It is safe for concurrent use.
type answers struct {
	secret []byte // of the keys, so that what stays in memory cannot be tried out
	kept   atomic.Int64

	mu      sync.Mutex
	byKey   map[string]*answer
	byToken map[string][]*answer
	order   []*answer      // the oldest first
	of      map[string]int // how many each network has
	turns   map[string]*turn
	running map[string]int // how many forms are being answered, by cookie of the browser
}

// turn is what copies of one form wait for while one of them is on its way.
type turn struct {
	free  chan struct{} // holds one value while nobody has the turn
	users int
}

func newAnswers() *answers {
	return &answers{secret: []byte(secret.Token()), byKey: map[string]*answer{}, byToken: map[string][]*answer{}, of: map[string]int{}, turns: map[string]*turn{}, running: map[string]int{}}
}

// key names a form: the parts, with their lengths, so that none runs into the next.
func (a *answers) key(parts ...string) string {
	mac := hmac.New(sha256.New, a.secret)
	for _, p := range parts {
		mac.Write(binary.BigEndian.AppendUint64(nil, uint64(len(p))))
		mac.Write([]byte(p))
	}
	return string(mac.Sum(nil))
}

// take waits until no other copy of the form is on its way. Call done then.
func (a *answers) take(ctx context.Context, key string) (done func(), err error) {
	a.mu.Lock()
	t := a.turns[key]
	if t == nil {
		t = &turn{free: make(chan struct{}, 1)}
		t.free <- struct{}{}
		a.turns[key] = t
	}
	t.users++
	a.mu.Unlock()
	leave := func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		if t.users--; t.users == 0 {
			delete(a.turns, key)
		}
	}
	select {
	case <-t.free:
		return func() { t.free <- struct{}{}; leave() }, nil
	case <-ctx.Done():
		leave()
		return nil, ctx.Err()
	}
}

// begin notes that a form from a browser with these cookies is being answered, until end
// is called.
func (a *answers) begin(tokens []string) (end func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, token := range tokens {
		a.running[token]++
	}
	return func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		for _, token := range tokens {
			if a.running[token]--; a.running[token] == 0 {
				delete(a.running, token)
			}
		}
	}
}

// concern reports whether a form from a browser with one of these cookies was answered
// within the minute, or is being answered now.
func (a *answers) concern(tokens []string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.ContainsFunc(tokens, func(token string) bool { return a.running[token] > 0 || len(a.byToken[token]) > 0 })
}

func (a *answers) find(key string, now time.Time) (*answer, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.forgetOld(now)
	found, ok := a.byKey[key]
	return found, ok
}

// keep keeps an answer. What the same browser did before is not a copy of anything any
// more: the same form sent now is meant.
func (a *answers) keep(n *answer, now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.forgetOld(now)
	for _, token := range n.tokens {
		for _, old := range slices.Clone(a.byToken[token]) {
			a.forget(old)
		}
	}
	if len(a.order) >= maxAnswers {
		a.forget(a.oldestOfMost())
	}
	a.order = append(a.order, n)
	a.of[n.network]++
	for _, key := range n.keys {
		a.byKey[key] = n
	}
	for _, token := range n.tokens {
		a.byToken[token] = append(a.byToken[token], n)
	}
	a.kept.Store(int64(len(a.order)))
}

// oldestOfMost is the oldest answer of the network that has the most. a.mu is held.
func (a *answers) oldestOfMost() *answer {
	most := 0
	for _, n := range a.of {
		most = max(most, n)
	}
	for _, n := range a.order {
		if a.of[n.network] == most {
			return n
		}
	}
	return a.order[0]
}

// leave forgets the answers to forms that stand on this page, which a browser with these
// cookies asks for anew.
func (a *answers) leave(page string, tokens []string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, token := range tokens {
		for _, old := range slices.Clone(a.byToken[token]) {
			if slices.Contains(old.pages, page) {
				a.forget(old)
			}
		}
	}
}

// forgetOld forgets what is over, or of a time that is still to come because the clock
// was set back. a.mu is held.
func (a *answers) forgetOld(now time.Time) {
	for len(a.order) > 0 && (!now.Before(a.order[0].ends) || now.Before(a.order[0].ends.Add(-againFor-time.Second))) {
		a.forget(a.order[0])
	}
}

// forget forgets one answer. a.mu is held.
func (a *answers) forget(old *answer) {
	for _, key := range old.keys {
		if a.byKey[key] == old {
			delete(a.byKey, key)
		}
	}
	for _, token := range old.tokens {
		left := slices.DeleteFunc(a.byToken[token], func(n *answer) bool { return n == old })
		if a.byToken[token] = left; len(left) == 0 {
			delete(a.byToken, token)
		}
	}
	a.order = slices.DeleteFunc(a.order, func(n *answer) bool {
		if n == old {
			if a.of[n.network]--; a.of[n.network] == 0 {
				delete(a.of, n.network)
			}
		}
		return n == old
	})
	a.kept.Store(int64(len(a.order)))
}

// jar returns the cookies of this browser; ok is false if one of ours came twice, or is
// none that we made: what is kept of each is bounded.
func (v *Visitor) jar() (j jar, ok bool) {
	for name, value := range j.fields() {
		session, doubled := v.sentCookie(name)
		if *value = session.ID; doubled || len(*value) > 2*tokenLength+1 {
			return jar{}, false
		}
	}
	return j, true
}

func (j *jar) fields() map[string]*string {
	return map[string]*string{sessionCookie: &j.session, pendingCookie: &j.pending, browserCookie: &j.browser, formCookie: &j.form}
}

// after is the jar after the browser read an answer with these cookies.
func (v *Visitor) after(j jar, set []*http.Cookie) jar {
	for name, value := range j.fields() {
		for _, c := range set {
			if c.Name == v.cookieName(name) {
				*value = c.Value
			}
		}
	}
	return j
}

// formKey names the form of this request from a browser with these cookies.
func (v *Visitor) formKey(j jar) string {
	return v.answers.key(v.c.Request().RequestURI, string(v.sent), auth.Network(v.IP()), v.UserAgent(), j.session, j.pending, j.browser, j.form)
}

// once lets do answer a form, unless it is a second copy of one that succeeded: then
// the answer is that of the first.
func (v *Visitor) once(do func() error) error {
	before, ok := v.jar()
	if !ok || before.empty() || v.sent == nil {
		return do()
	}
	defer v.answers.begin(before.values())()
	key := v.formKey(before)
	done, err := v.answers.take(v.Context(), key)
	if err != nil {
		return err
	}
	defer done()
	v.Now = v.Site.Now() // it may have waited for its turn
	if first, ok := v.answers.find(key, v.Now); ok {
		if good, err := v.stillGood(first); err != nil || good {
			return orElse(err, func() error { return v.repeat(first) })
		}
	}
	if err := do(); err != nil {
		return err
	}
	if v.c.Response().Status == http.StatusSeeOther {
		v.keepAnswer(key, before)
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
func (v *Visitor) stillGood(first *answer) (bool, error) {
	if !first.until.IsZero() && !v.Now.Before(first.until) {
		return false, nil
	}
	if first.session != "" {
		s, _, ok, err := v.DB.SessionByHash(secret.HashToken(first.session), v.Now)
		if err != nil || !ok || !v.inTime(s) {
			return false, err
		}
	}
	if first.pending != "" {
		_, _, ok, err := v.DB.PendingByHash(secret.HashToken(first.pending), v.Now)
		return ok, err
	}
	return true, nil
}

// repeat gives an answer once more.
func (v *Visitor) repeat(first *answer) error {
	h := v.c.Response().Header()
	for _, cookie := range first.cookies {
		h.Add("Set-Cookie", cookie)
	}
	return v.Redirect(first.location)
}

func (v *Visitor) keepAnswer(key string, before jar) {
	h := v.c.Response().Header()
	sent := http.Response{Header: h}
	after := v.after(before, sent.Cookies())
	n := &answer{
		ends: v.Now.Add(againFor), location: h.Get("Location"), cookies: slices.Clone(h.Values("Set-Cookie")),
		keys: []string{key, v.formKey(after)}, tokens: unique(append(before.values(), after.values()...)), pages: v.formPages(), network: auth.Network(v.IP()),
	}
	switch given := v.after(jar{}, sent.Cookies()); {
	case given.session != "" || given.pending != "":
		n.session, n.pending = given.session, given.pending
		if given.session != "" && !v.sentProof() {
			n.until = v.Site.Now().Add(briefly) // from now: the answer may have taken long
		}
	case v.signedIn:
		n.session = after.session
	}
	v.answers.keep(n, v.Now)
}

// sentProof reports whether the form has a password or a code in it: then a copy of it is
// as good as what the first one proved.
func (v *Visitor) sentProof() bool {
	sent, err := v.formValues()
	for name, values := range sent {
		if secretField(name) && slices.ContainsFunc(values, func(s string) bool { return s != "" }) {
			return err == nil
		}
	}
	return false
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
// that is meant.
func (v *Visitor) leaveForm() {
	if v.answers.kept.Load() == 0 {
		return
	}
	if j, ok := v.jar(); ok {
		v.answers.leave(v.c.Request().URL.EscapedPath(), j.values())
	}
}

// MarkBrowser gives a browser that has none a cookie by which two copies of a form are
// known to come from one browser. It grants nothing and is kept nowhere. It is for the
// pages of forms that are sent before anybody has signed in.
func (v *Visitor) MarkBrowser() {
	if session, doubled := v.sentCookie(formCookie); len(session.ID) != tokenLength && !doubled {
		v.setToken(formCookie, secret.Token(), formFor)
	}
}
