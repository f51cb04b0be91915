package e2e

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/google/go-cmp/cmp"

	"latchkey/internal/apptest"
	"latchkey/internal/store"
)

// form is one that an attacker would like somebody else's browser to send.
type form struct {
	Path   string
	Fields map[string]string
}

// bait is a form for every action that there is, with everything right in it that
// an attacker could know, so that only where it comes from can be held against it.
func bait(t *testing.T, a *apptest.App, victim *apptest.User) (forms []form) {
	t.Helper()
	alice := a.AddUser("alice")
	fields := map[string]map[string]string{
		"/login":                          {"username": "alice", "password": alice.Password},
		"/login/code":                     {"code": alice.Code()},
		"/login/recovery":                 {"recovery_code": alice.Codes[0]},
		"/confirm":                        {"password": victim.Password, "code": victim.Code()},
		"/profile/edit":                   {"name": "Eve", "email": "eve@evil.example"},
		"/security/password":              {"current_password": victim.Password, "new_password": guestPassword},
		"/security/recovery-codes":        {"saved": "1"},
		"/admin/users/new":                {"username": "eve", "role": "admin", "first_sign_in": "link"},
		"/admin/users/:id/edit":           {"username": "alice", "name": "Eve", "email": "", "role": "admin", "version": "1"},
		"/admin/users/:id/delete":         {"confirm_username": "alice"},
		"/admin/users/:id/reset-two-step": {"reason": "because"},
		"/admin/settings/general":         {"instance_name": "Evil"},
		"/admin/settings/sign-in":         {"two_step": "optional", "password_min": "8", "session_idle": "60", "session_max": "1440"},
	}
	routes, err := a.Site.Routes()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range routes {
		if r.Method == http.MethodPost {
			forms = append(forms, form{strings.ReplaceAll(r.Path, ":id", alice.ID), fields[r.Path]})
		}
		delete(fields, r.Path)
	}
	if len(fields) > 0 {
		t.Errorf("there is no action at %v", fields)
	}
	return forms
}

// TestWE04_ForeignFormsChangeNothing: an administrator with a fresh proof looks at
// a page of somebody else's. It lies on the same site and on another one: to the
// first, browsers send all our cookies.
func TestWE04_ForeignFormsChangeNothing(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	forms := bait(t, a, a.Admin)
	b := signedIn(t, a, a.Admin)
	before := dump(t, a)
	port := attacker{a.URL, forms}.serve(t)
	site := strings.Replace(port, "127.0.0.1", "localhost", 1)
	for page, sent := range map[string]int{
		port + "/null": len(forms), port + "/fetch": 2 * len(forms), site + "/frames": len(forms), site + "/fetch": 2 * len(forms),
	} {
		refused := refusals(a)
		b.open(page)
		b.wait(page, func() bool { return refusals(a) == refused+sent })
	}
	for _, one := range forms {
		text, _ := json.Marshal(one)
		b.open(port + "/top?form=" + url.QueryEscape(string(text)))
		b.until("location.origin === " + quote(a.URL) + " && document.readyState === 'complete'")
		b.at(one.Path).sees("We could not check this form")
	}
	if diff := cmp.Diff(before, dump(t, a)); diff != "" {
		t.Fatalf("foreign forms changed the database:\n%s", diff)
	}
	// A form of our own does change something.
	b.open("/profile").signOut().at("/login?notice=signed-out")
	if cmp.Diff(before, dump(t, a)) == "" {
		t.Error("signing out changed nothing, so this test sees nothing")
	}
}

// refusals counts the forms that the program refused. The page that sent them
// cannot see it, and the browser does not always tell.
func refusals(a *apptest.App) (n int) {
	for line := range strings.Lines(a.Log.String()) {
		var entry struct {
			Msg, Method string
			Status      int
		}
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			a.TB.Fatalf("a line of the log: %v", err)
		}
		if entry.Msg == "request" && entry.Method == http.MethodPost && entry.Status == http.StatusForbidden {
			n++
		}
	}
	return n
}

// TestWE04_ForeignFormSignsNobodyIn: signing somebody in as the attacker is an
// attack too, and so is an enrolment.
func TestWE04_ForeignFormSignsNobodyIn(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	nora := a.AddUser("nora", apptest.NoPhone)
	bob := a.AddUser("bob", apptest.Invited)
	b := newTab(t, a.URL)
	b.open("/login").fill("Username or email", "nora", "Password", nora.Password).press("Sign in").at("/security/authenticators/new")
	enrolment := form{"/security/authenticators/new", map[string]string{
		"enrollment": eval[string](b, "document.querySelector('[name=enrollment]').value"), "label": "Eve's", "code": codeOnScreen(b, a),
	}}
	invited := newTab(t, a.URL)
	invited.open(bob.Link(store.PurposeInvite)).at("/invite")
	for victim, one := range map[*tab]form{b: enrolment, invited: {"/invite", map[string]string{"new_password": guestPassword}}} {
		evil := attacker{a.URL, []form{one, {"/login", map[string]string{"username": a.Admin.Username, "password": a.Admin.Password}}}}.serve(t)
		before := dump(t, a)
		refused := refusals(a)
		victim.open(evil + "/frames")
		victim.wait(one.Path, func() bool { return refusals(a) == refused+2 })
		if diff := cmp.Diff(before, dump(t, a)); diff != "" {
			t.Errorf("%s changed the database:\n%s", one.Path, diff)
		}
	}
}

// TestWE01_NoPageInAFrame: clickjacking needs one.
func TestWE01_NoPageInAFrame(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	b := signedIn(t, a, a.Admin)
	b.open(attacker{target: a.URL}.serve(t) + "/embed")
	frames := call(b, page.GetFrameTree, cdp.Empty{}).FrameTree.ChildFrames
	if len(frames) != len(embedded) {
		t.Fatalf("%d frames, want %d", len(frames), len(embedded))
	}
	for _, f := range frames {
		if !strings.HasPrefix(f.Frame.URL, "chrome-error://") || !strings.HasPrefix(f.Frame.UnreachableURL, a.URL) {
			t.Errorf("a frame shows %s", f.Frame.URL)
		}
	}
	refusals := 0
	for _, message := range b.console() {
		if strings.Contains(message, "frame-ancestors 'none'") {
			refusals++
		}
	}
	if refusals != len(frames) {
		t.Errorf("%d of %d frames were refused because of frame-ancestors: %q", refusals, len(frames), b.console())
	}
}
