package e2e

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"latchkey/internal/apptest"
)

// clipboard lets pages of this tab's profile read and write the clipboard.
func (b *tab) clipboard() {
	b.t.Helper()
	for _, name := range []string{"clipboard-read", "clipboard-write"} {
		_, err := chromedp.CallBrowser(b.ctx, browser.SetPermission, browser.SetPermissionParams{
			Permission: &browser.PermissionDescriptor{Name: name}, Setting: browser.PermissionSettingGranted,
			BrowserContextID: chromedp.FromContext(b.ctx).BrowserContextID,
		})
		if err != nil {
			b.t.Fatalf("granting %s: %v", name, err)
		}
	}
	call(b, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
}

// paste presses the keys for pasting in a field.
func (b *tab) paste(label string) {
	b.t.Helper()
	b.find("label", label)
	eval[bool](b, "found.focus(), true")
	call(b, input.DispatchKeyEvent, input.DispatchKeyEventParams{
		Type: input.DispatchKeyEventTypeKeyDown, Key: "v", Code: "KeyV", Modifiers: int64(chromedp.ModifierCtrl), Commands: []string{"Paste"},
	})
}

// TestPW11_CopyAndPaste copies what is to be kept and pastes it into the fields
// that want it. The tests in a browser have one clipboard, so it is one test.
func TestPW11_CopyAndPaste(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	b := signedIn(t, a, a.Admin)
	b.clipboard()
	b.open("/security/authenticators/new").click("Copy setup key")
	b.until("document.getElementById('live').textContent === 'Setup key copied'")
	b.until("document.querySelector('[data-js=copy]').textContent.startsWith('Copied')")
	if got, want := eval[string](b, "navigator.clipboard.readText()"), strings.ReplaceAll(eval[string](b, "document.getElementById('key').textContent"), " ", ""); got != want {
		t.Errorf("the clipboard holds %q, want %q", got, want)
	}
	b.open("/security/recovery-codes/new").press("Make new codes")
	codes := recoveryCodes(b)
	b.click("Copy")
	b.until("document.getElementById('live').textContent === 'Recovery codes copied'")
	if got := eval[string](b, "navigator.clipboard.readText()"); got != strings.Join(codes, "\n") {
		t.Errorf("the clipboard holds %q, want %q", got, codes)
	}
	b.signOut()
	for label, id := range map[string]string{"Username or email": "username", "Password": "password"} {
		b.paste(label)
		b.until("document.getElementById(" + quote(id) + ").value.startsWith(" + quote(codes[0]) + ")")
	}
	if got := eval[string](b, "[...document.querySelectorAll('input:not([type=hidden])')].map((e) => e.autocomplete).join(' ')"); got != "username current-password" {
		t.Errorf("the fields are for %q", got)
	}
	b.quiet("copy and paste")
}
