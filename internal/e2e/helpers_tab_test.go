package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// finder is a function of JavaScript that finds what a person sees: the visible
// buttons or links with these words, or the field with this label. It scrolls the
// first one to the middle and says where that is.
const finder = `(kind, words) => {
	const clean = (s) => s.replace(/\s+/g, ' ').trim();
	const seen = (e) => e.getClientRects().length > 0 && e.checkVisibility();
	let all;
	if (kind === 'label') {
		const labels = [...document.querySelectorAll('label')].filter((l) => clean(l.innerText).replace(/ \(optional\)$/, '') === words);
		all = labels.map((l) => document.getElementById(l.htmlFor)).filter((e) => e && seen(e));
	} else {
		all = [...document.querySelectorAll(kind)].filter((e) => seen(e) && clean(e.innerText) === words);
	}
	window.found = all[0];
	if (!all.length) return {count: 0, x: 0, y: 0};
	all[0].scrollIntoView({block: 'center', behavior: 'instant'});
	const r = all[0].getClientRects()[0];
	return {count: all.length, x: r.x + r.width / 2, y: r.y + r.height / 2};
}`

// spot is where something is on the page.
type spot struct {
	Count int
	X, Y  float64
}

func (b *tab) seek(kind, words string) spot {
	b.t.Helper()
	return eval[spot](b, fmt.Sprintf("(%s)(%s, %s)", finder, quote(kind), quote(words)))
}

// find wants something that a person can see.
func (b *tab) find(kind, words string) spot {
	b.t.Helper()
	s := b.seek(kind, words)
	if s.Count == 0 {
		b.t.Fatalf("%s has no %s %q:\n%s", b.path(), kind, words, b.text())
	}
	return s
}

// quote writes a text as JavaScript does.
func quote(s string) string {
	out, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string always can be written
	}
	return string(out)
}

// open shows a page, following redirects.
func (b *tab) open(path string) *tab {
	b.t.Helper()
	if strings.HasPrefix(path, "/") {
		path = b.base + path
	}
	b.do("opening "+path, chromedp.Navigate(path))
	return b
}

// press presses a button and waits for the page that follows.
func (b *tab) press(words string) *tab {
	b.t.Helper()
	return b.load("pressing "+words, clicks(b.find("button", words), 1))
}

// signOut opens the person's own menu and signs out.
func (b *tab) signOut() *tab {
	b.t.Helper()
	b.openMenu()
	return b.press("Sign out")
}

// openMenu opens the person's own menu by a click.
func (b *tab) openMenu() *tab {
	b.t.Helper()
	words := eval[string](b, `document.querySelector('details.me > summary').innerText.replace(/\s+/g, ' ').trim()`)
	b.do("opening the menu", clicks(b.find("details.me > summary", words), 1))
	return b
}

// follow follows a link and waits for its page.
func (b *tab) follow(words string) *tab {
	b.t.Helper()
	return b.load("following "+words, clicks(b.find("a", words), 1))
}

// click presses a button that leads nowhere.
func (b *tab) click(words string) *tab {
	b.t.Helper()
	b.do("clicking "+words, clicks(b.find("button", words), 1))
	return b
}

// load runs a step and waits until the page that it leads to is there.
func (b *tab) load(what string, step chromedp.Action[chromedp.Void]) *tab {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if _, err := chromedp.RunResponse(ctx, step); err != nil {
		b.t.Fatalf("%s: %v\nat %s: %s", what, err, b.path(), b.text())
	}
	return b
}

// clicks is a click, or several at the same place in quick succession.
func clicks(s spot, times int) chromedp.Action[chromedp.Void] {
	var steps []chromedp.Action[chromedp.Void]
	for i := range times {
		steps = append(steps, chromedp.MouseClickXY(s.X, s.Y, chromedp.ClickCount(i+1)))
	}
	return chromedp.Steps(steps...)
}

// fill types into the fields with these labels, given as labels and texts by turns.
func (b *tab) fill(fields ...string) *tab {
	b.t.Helper()
	for i := 0; i+1 < len(fields); i += 2 {
		b.find("label", fields[i])
		eval[chromedp.Void](b, "found.focus(), found.select(), found.value = ''")
		call(b, input.InsertText, input.InsertTextParams{Text: fields[i+1]})
	}
	return b
}

// tick clicks on the box or choice with this label.
func (b *tab) tick(label string) *tab {
	b.t.Helper()
	b.do("ticking "+label, clicks(b.find("label", label), 1))
	return b
}

// back goes one page back in the history, as the button of the browser does.
func (b *tab) back() *tab {
	b.t.Helper()
	h := call(b, page.GetNavigationHistory, cdp.Empty{})
	if h.CurrentIndex < 1 {
		b.t.Fatal("there is no page to go back to")
	}
	// A page out of the back/forward cache does not load, so the navigation itself
	// is waited for, and then what it shows.
	id := h.Entries[h.CurrentIndex-1].ID
	step := func(ctx context.Context, _ *chromedp.Target) (chromedp.Void, error) {
		return chromedp.Void{}, second(chromedp.Call(ctx, page.NavigateToHistoryEntry, page.NavigateToHistoryEntryParams{EntryID: id}))
	}
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	main := func(e page.EventFrameNavigated) bool { return e.Frame.ParentID == "" }
	if _, err := chromedp.Run(ctx, chromedp.WaitEvent(page.FrameNavigated, main, step)); err != nil {
		b.t.Fatalf("going back: %v", err)
	}
	b.until("document.readyState === 'complete'")
	return b
}

// canGoBack reports whether there is a page of ours to go back to.
func (b *tab) canGoBack() bool {
	b.t.Helper()
	h := call(b, page.GetNavigationHistory, cdp.Empty{})
	return h.CurrentIndex > 0 && strings.HasPrefix(h.Entries[h.CurrentIndex-1].URL, b.base)
}

func second[T any](_ T, err error) error { return err }

// dropCookies takes all cookies away.
func (b *tab) dropCookies() {
	b.t.Helper()
	call(b, network.ClearBrowserCookies, cdp.Empty{})
}
