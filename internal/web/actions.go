package web

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"latchkey/internal/auth"
	"latchkey/internal/problem"
	"latchkey/internal/store"
)

// What succeeds is limited too, for each user and kind: a program that is signed in must
// not fill the audit log, the queue of mail or the processors, which are everybody's
// (EX-01). This is the one place for it. Every form of somebody who is signed in counts
// once, in the first transaction that it commits, and every download of the table below;
// a form that is refused for what is in it counts nowhere. Somebody who has done too much of
// one kind is told when it goes on, in the form with what was typed where there is one.

// actions are the kinds of routes that have figures of their own, by method and path.
var actions = map[string]auth.Bucket{
	"POST /profile/edit":                       auth.ActionProfile,
	"POST /profile/email/send-again":           auth.ActionProfile,
	"POST /profile/email/cancel":               auth.ActionProfile,
	"POST /security/password":                  auth.ActionPassword,
	"POST /confirm":                            auth.ActionProof,
	"POST /security/recovery-codes":            auth.ActionApps,
	"POST /security/recovery-codes/try":        auth.ActionProof,
	"POST /security/recovery-codes/new":        auth.ActionCodes,
	"POST /security/authenticators/new":        auth.ActionApps,
	"POST /security/authenticators/:id/rename": auth.ActionApps,
	"POST /security/authenticators/:id/remove": auth.ActionApps,
	"POST /security/sessions/end-others":       auth.ActionSessions,
	"POST /security/sessions/:id/end":          auth.ActionSessions,
	"POST /security/browsers/:id/forget":       auth.ActionSessions,
	// Nobody who shares the session may use this one up: it puts them out, and ends itself.
	"POST /security/not-me":            "",
	"GET /profile/data.json":           auth.ActionDownload,
	"GET /security/recovery-codes.txt": auth.ActionDownload,
	"POST /admin/settings/mail":        auth.ActionTestMail,
	"GET /admin/users.csv":             auth.ActionExport,
	"GET /admin/users.jsonl":           auth.ActionExport,
	"GET /admin/audit.csv":             auth.ActionExport,
	"GET /admin/audit.jsonl":           auth.ActionExport,
}

// actionOf is what a route counts as; "" if it counts as nothing.
func (s *Site) actionOf(method, path string, a Access) auth.Bucket {
	if b, ok := actions[strings.Replace(method, http.MethodHead, http.MethodGet, 1)+" "+path]; ok {
		return b
	}
	if method != http.MethodPost {
		return ""
	}
	switch a {
	case SignedIn, Fresh, EnrolStage:
		return auth.ActionOwn
	case Administrator:
		if s.uploads[path] {
			return auth.ActionUpload
		}
		return auth.ActionAdmin
	}
	return ""
}

// begin notes what this request counts as, after the visitor was let in. A download is
// counted here, before it begins and once it has a place; it goes on where nothing can be
// written.
func (v *Visitor) begin(b auth.Bucket) error {
	if b == "" || v.c.Request().Method == http.MethodHead { // it gets the headers of a file only
		return nil
	}
	if v.action = b; v.posts() {
		return nil
	}
	if err := v.takePlace(); err != nil {
		return err
	}
	err := v.Tx(func(*store.Tx) error { return nil })
	if problem.Is(err, problem.Unavailable) {
		return nil
	}
	return err
}

// mayAct refuses what the visitor has done too often, without writing anything.
func (v *Visitor) mayAct() error {
	if v.action == "" || v.acted {
		return nil
	}
	t, err := v.DB.Tries(v.action, v.User.ID)
	if err != nil {
		return err
	}
	if _, wait := auth.LimitOf(v.action).Try(t, v.Now); wait > 0 {
		return v.tooOften(v.action, wait)
	}
	return nil
}

// countAct counts what the visitor does, once in a request.
func (v *Visitor) countAct(tx *store.Tx) error {
	if v.action == "" || v.acted {
		return nil
	}
	return v.countDone(tx, v.action, v.User.ID)
}

// countDone counts something that a user does in the transaction in which it is done.
func (v *Visitor) countDone(tx *store.Tx, b auth.Bucket, userID string) error {
	_, wait, err := tx.Count(b, userID, auth.LimitOf(b), v.Now)
	if err == nil && wait > 0 {
		err = v.tooOften(b, wait)
	}
	return err
}

// tooOften is the refusal of something that was done too often.
func (v *Visitor) tooOften(b auth.Bucket, wait time.Duration) error {
	words, times := auth.ActionWords(b)
	return &problem.Problem{
		Kind: problem.TooMany, RetryAfter: wait, SameForm: true,
		Message: fmt.Sprintf("You have %s %d times in the last hour, which is the limit. You can do it again in %s.", words, times, inWords(wait)),
	}
}

// inWords says how long to wait, in whole minutes.
func inWords(wait time.Duration) string {
	minutes := int((wait + time.Minute - 1) / time.Minute)
	if minutes == 1 {
		return "a minute"
	}
	return fmt.Sprint(minutes, " minutes")
}
