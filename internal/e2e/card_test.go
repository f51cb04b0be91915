package e2e

import (
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"latchkey/internal/apptest"
)

// TestUX31_PrintedPasswordLink: one sheet to hand over, with what its reader needs;
// the phone that scans it opens the link.
func TestUX31_PrintedPasswordLink(t *testing.T) {
	t.Parallel()
	need(t, headless, "zbarimg")
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	b := signedIn(t, a, a.Admin)
	b.open("/admin/users/" + alice.ID + "/password-link").press("Show the link")
	link := eval[string](b, "document.getElementById('link').textContent")
	if b.shows(".printonly") || b.scanText() != link {
		t.Error("what is for paper shows on the screen, or the QR code is not the link")
	}
	call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
	for _, gone := range []string{"header", "nav", "button", ".btn", "footer", ".edge", ".note"} {
		if b.shows(gone) {
			t.Errorf("%s is printed", gone)
		}
	}
	b.sees("Latchkey · username alice", link, "Works once, until 3 Mar 2026")
	if got := b.scanText(); got != link {
		t.Errorf("on paper the QR code says %q", got)
	}
	pdf, err := chromedp.Run(b.ctx, chromedp.PrintToPDF())
	if err != nil {
		t.Fatal(err)
	}
	if got := len(sheets.FindAllIndex(pdf, -1)); got != 1 {
		t.Errorf("printed on %d sheets, want 1", got)
	}
	b.quiet("print")
}
