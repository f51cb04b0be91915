package e2e

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"latchkey/internal/apptest"
	"latchkey/internal/store"
)

// covered names what is focused and lies under something else, or "".
const covered = `(() => {
	const e = document.activeElement, r = e.getBoundingClientRect();
	const top = document.elementFromPoint(r.x + r.width / 2, r.y + r.height / 2);
	return e === document.body || !top || e.contains(top) || top.contains(e) ? '' : e.outerHTML.slice(0, 80);
})()`

// TestWE13_OpenMenuCoversNoFocus walks by keyboard through the open menu and on over
// the page, with and without script: what has the focus is always to be seen (WCAG
// 2.4.11). Escape closes the menu and gives the focus back.
func TestWE13_OpenMenuCoversNoFocus(t *testing.T) {
	t.Parallel()
	need(t, headless)
	a := apptest.Start(t, apptest.Options{})
	for _, script := range []bool{true, false} {
		b := signedIn(t, a, a.Admin)
		if !script {
			b.noScript()
		}
		b.open("/admin").openMenu()
		for range 14 {
			b.do("going on", chromedp.KeyEvent(kb.Tab))
			if got := eval[string](b, covered); got != "" {
				t.Errorf("script %t: covered while it has the focus: %s", script, got)
			}
		}
		if !script {
			continue
		}
		b.open("/admin").openMenu()
		b.do("going on", chromedp.KeyEvent(kb.Tab))
		b.do("closing", chromedp.KeyEvent(kb.Escape))
		if eval[bool](b, "document.querySelector('.me').open") || !eval[bool](b, "document.activeElement.matches('.me > summary')") {
			t.Error("Escape does not close the menu and go back to its button")
		}
	}
}

// TestUX_HeaderStaysOneLine: with the longest names the header of administrators keeps
// to one line of entries, and nothing is wider than the window.
func TestUX_HeaderStaysOneLine(t *testing.T) {
	t.Parallel()
	need(t, headless)
	a := apptest.Start(t, apptest.Options{})
	b := signedIn(t, a, a.Admin)
	for _, name := range []string{"Acme Portal", "Wiltshire Council Libraries and Archives", "WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW"} {
		a.Tx(func(tx *store.Tx) error { return tx.SetSetting("instance_name", name) })
		if err := a.Site.LoadSettings(); err != nil {
			t.Fatal(err)
		}
		for _, width := range []int64{1280, 1152, 1024, 961, 960, 768, 390, 320} {
			b.look(width, light)
			b.open("/admin/users")
			b.fits(name, width)
			if n := eval[int](b, "new Set([...document.querySelectorAll('.top a, .top summary')].filter((e) => e.checkVisibility()).map((e) => { const r = e.getBoundingClientRect(); return Math.round((r.top + r.bottom) / 2) })).size"); n != 1 {
				t.Errorf("%s, %d wide: the header has %d lines", name, width, n)
			}
		}
	}
}
