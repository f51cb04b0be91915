package e2e

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/chromedp"

	"latchkey/internal/apptest"
	"latchkey/internal/factor"
	"latchkey/internal/problem"
	"latchkey/internal/web"
	"latchkey/internal/web/route"
)

// TestPW11_ShowPassword shows and hides what was typed, and sends it as a password
// whatever was shown.
func TestPW11_ShowPassword(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	b := newTab(t, a.URL)
	kind := func() string { return eval[string](b, "document.getElementById('password').type") }
	b.open("/login").fill("Username or email", "alice", "Password", "wrong")
	b.click("Show password")
	if got := kind(); got != "text" {
		t.Errorf("shown, the field is of type %s", got)
	}
	b.sees("Your password is shown")
	b.click("Hide password")
	if got := kind(); got != "password" {
		t.Errorf("hidden, the field is of type %s", got)
	}
	b.click("Show password")
	// The listener was added after that of the script, so it sees what the script left.
	eval[bool](b, "document.forms[0].addEventListener('submit', () => sessionStorage.setItem('kind', document.getElementById('password').type)), true")
	b.press("Sign in")
	if got := eval[string](b, "sessionStorage.getItem('kind')"); got != "password" {
		t.Errorf("sent as %s, want password", got)
	}
	b.quiet("Show password")
}

// TestPW11_NoDeadButtonWithoutScript: what works with script only is not there
// without it.
func TestPW11_NoDeadButtonWithoutScript(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	b := newTab(t, a.URL)
	if b.open("/login").seek("button", "Show password").Count != 1 {
		t.Error("with script there is no button to show the password")
	}
	if b.noScript().open("/login").seek("button", "Show password").Count != 0 {
		t.Error("without script there is a button that does nothing")
	}
}

// TestUX27_TimesInTheReadersZone: the server writes UTC, the script the zone of
// the reader.
func TestUX27_TimesInTheReadersZone(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	first := a.Browser()
	first.SignIn(a.Admin)
	a.Clock.Add(time.Hour)
	b := signedIn(t, a, a.Admin)
	call(b, emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: "America/New_York"})
	times := "[...document.querySelectorAll('td time, th time')].map((e) => e.textContent)"
	b.open("/admin/audit")
	for _, text := range eval[[]string](b, times) {
		if !strings.HasPrefix(text, "2 Mar 2026, ") || !strings.HasSuffix(text, "GMT-5") || !strings.Contains(text, " 04:") && !strings.Contains(text, " 05:") {
			t.Errorf("in New York a time reads %q", text)
		}
	}
	if got := eval[string](b, "document.querySelector('time').title"); !strings.HasPrefix(got, "Monday") || !strings.HasSuffix(got, "GMT-5") {
		t.Errorf("the long form is %q", got)
	}
	call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	b.open("/admin/audit")
	all := eval[[]string](b, times)
	for _, text := range all {
		if !strings.HasPrefix(text, "2 Mar 2026, 09:") && !strings.HasPrefix(text, "2 Mar 2026, 10:") || !strings.HasSuffix(text, " UTC") {
			t.Errorf("without script a time reads %q", text)
		}
	}
	if len(all) < 4 {
		t.Errorf("only %d times looked at", len(all))
	}
	b.quiet("times")
}

// TestUX27_AChosenZoneStays: what the server wrote in the zone that the reader chose is
// not rewritten in the browser's.
func TestUX27_AChosenZoneStays(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	b := signedIn(t, a, a.Admin)
	call(b, emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: "America/New_York"})
	b.open("/profile/edit")
	eval[bool](b, "document.getElementById('time_zone').value = 'Asia/Kolkata', true")
	b.press("Save changes").at("/profile").open("/admin/audit")
	for _, text := range eval[[]string](b, "[...document.querySelectorAll('td time, th time')].map((e) => e.textContent)") {
		if !strings.HasPrefix(text, "2 Mar 2026, 14:3") || !strings.HasSuffix(text, " IST") {
			t.Errorf("a time reads %q", text)
		}
	}
	b.open("/profile").sees("2 March 2026")
	b.quiet("times in a chosen zone")
}

// doubleClick presses Sign in, and once more while the form is on its way, where
// it is held up until then. It returns how many forms left the browser.
func doubleClick(b *tab) (sent int) {
	b.t.Helper()
	b.open("/login").fill("Username or email", "alice", "Password", apptest.Password)
	call(b, fetch.Enable, fetch.EnableParams{Patterns: []*fetch.RequestPattern{{URLPattern: "*/login"}}})
	b.forget()
	click := clicks(b.find("button", "Sign in"), 1)
	b.do("a double click", func(ctx context.Context, tab *chromedp.Target) (none chromedp.Void, err error) {
		if _, err := chromedp.WaitEvent(fetch.RequestPaused, nil, click)(ctx, tab); err != nil {
			return none, err
		}
		if _, err := click(ctx, tab); err != nil {
			return none, err
		}
		return none, second(cdp.Call(ctx, tab, fetch.Disable, cdp.Empty{}))
	})
	b.until("location.pathname === '/login/code' && document.readyState === 'complete'")
	return b.posts()
}

func TestScript_DoubleClickSendsOnce(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	a.AddUser("alice")
	if got := doubleClick(newTab(t, a.URL).noScript()); got != 2 {
		t.Errorf("without script a double click sends %d forms: this test sees nothing", got)
	}
	if got := doubleClick(newTab(t, a.URL)); got != 1 {
		t.Errorf("a double click sends %d forms, want 1", got)
	}
}

// TestAgain_DoubleClickWithoutScript signs in, sets an app up and saves the codes with two
// clicks on each button.
func TestAgain_DoubleClickWithoutScript(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice, nell := a.AddUser("alice"), a.AddUser("nell", apptest.NoPhone)
	twice := func(b *tab, button, to string) *tab { // the first load is given up, which is no mistake
		b.do("clicking twice", clicks(b.find("button", button), 2))
		b.until("location.pathname === '" + to + "' && document.readyState === 'complete'")
		return b
	}
	b := newTab(t, a.URL).noScript()
	b.open("/login?next=%2Fsecurity").fill("Username or email", "alice", "Password", alice.Password)
	twice(b, "Sign in", "/login/code").fill("Code", alice.Code())
	twice(b, "Continue", "/security")
	c := newTab(t, a.URL).noScript()
	c.open("/login").fill("Username or email", "nell", "Password", nell.Password)
	twice(c, "Sign in", "/security/authenticators/new")
	key, err := factor.ParseSecret(eval[string](c, "document.getElementById('key').textContent"))
	if err != nil {
		t.Fatal(err)
	}
	c.fill("6-digit code", a.CodeFor(key))
	twice(c, "Turn on", "/security/recovery-codes").tick("I have saved these codes somewhere safe")
	twice(c, "Finish", "/profile")
	for _, u := range []*apptest.User{alice, nell} {
		sessions, err := a.DB.Sessions(u.ID, a.Clock.Now())
		if err != nil || len(sessions) != 1 {
			t.Errorf("%d sessions of %s, want 1: %v", len(sessions), u.Username, err)
		}
	}
}

// TestUX11_FocusGoesToTheSummary: and from there to the field at fault.
func TestUX11_FocusGoesToTheSummary(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	b := newTab(t, a.URL)
	b.open("/login").press("Sign in")
	if got := eval[string](b, "document.activeElement.id"); got != "problem" {
		t.Errorf("the focus is on %q, want the summary", got)
	}
	b.follow("Enter your password")
	if got := eval[string](b, "document.activeElement.id"); got != "password" {
		t.Errorf("the link in the summary leads to %q", got)
	}
	b.open("/login").until(`document.activeElement.id === "username"`) // the first field; a browser moves the focus when it first draws
	b.quiet("focus")
}

// TestScript_WaitEnds: the page that asks to wait says when the time has come.
func TestScript_WaitEnds(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Mount: func(s *web.Site) {
		s.Get("/test", route.Anyone, func(*web.Visitor) error {
			return &problem.Problem{Kind: problem.TooMany, RetryAfter: 4 * time.Second}
		})
	}})
	b := newTab(t, a.URL)
	a.Clock.Add(time.Since(a.Clock.Now())) // the browser's clock cannot be moved
	b.open("/test").sees("Too many attempts")
	if got := eval[string](b, "document.getElementById('live').textContent"); got != "" {
		t.Errorf("at once it says %q", got)
	}
	b.until("document.getElementById('live').textContent === 'You can try again now'")
	b.quiet("wait")
}
