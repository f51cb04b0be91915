package route

import (
	"net/http"
	"strings"

	"latchkey/internal/auth"
)

// What succeeds is limited too, for each user and kind: a program that is signed in must
// not fill the audit log, the queue of mail or the processors, which are everybody's
// (EX-01). What a route counts as is listed here; package session does the counting. Every form of
// somebody who is signed in counts once, in the first transaction that it commits, and
// every download of the table below; a form that is refused for what is in it counts
// nowhere. Somebody who has done too much of one kind is told when it goes on, in the form
// with what was typed where there is one.

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
	"GET /admin/streams/:id/check":     auth.ActionCheck,
	"GET /admin/requests/words.csv":    auth.ActionExport,
}

// CountsAs is what a route counts as; "" if it counts as nothing.
func (t *Table) CountsAs(method, path string) auth.Bucket {
	if b, ok := actions[strings.Replace(method, http.MethodHead, http.MethodGet, 1)+" "+path]; ok {
		return b
	}
	if method != http.MethodPost {
		return ""
	}
	switch t.Access(method, path) {
	case SignedIn, Fresh, EnrolStage:
		return auth.ActionOwn
	case Administrator:
		if t.Uploads[path] {
			return auth.ActionUpload
		}
		return auth.ActionAdmin
	}
	return ""
}
