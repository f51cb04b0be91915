package e2e

import (
	"context"
	"strings"
	"time"

	"github.com/chromedp/chromedp"
)

// until waits until an expression is true on the page.
func (b *tab) until(expression string) {
	b.t.Helper()
	b.wait(expression, func() bool {
		// While a page is on its way out there is nothing to ask.
		ctx, cancel := context.WithTimeout(b.ctx, patience)
		defer cancel()
		yes, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("!!("+expression+")"))
		return err == nil && yes
	})
}

// wait asks again and again until the answer is yes.
func (b *tab) wait(what string, done func() bool) {
	b.t.Helper()
	again, over := time.NewTicker(20*time.Millisecond), time.After(patience)
	defer again.Stop()
	for !done() {
		select {
		case <-again.C:
		case <-over:
			b.t.Fatalf("%s: did not come true", what)
		}
	}
}

// text is what a person reads on the page, with single spaces.
func (b *tab) text() string {
	b.t.Helper()
	return strings.Join(strings.Fields(eval[string](b, "document.body.innerText")), " ")
}

// path is the address below base.
func (b *tab) path() string {
	b.t.Helper()
	return strings.TrimPrefix(eval[string](b, "location.href"), b.base)
}

// title is what the tab is called.
func (b *tab) title() string {
	b.t.Helper()
	return eval[string](b, "document.title")
}

// at wants the page at this address.
func (b *tab) at(path string) *tab {
	b.t.Helper()
	if got := b.path(); got != path {
		b.t.Fatalf("at %s, want %s:\n%s", got, path, b.text())
	}
	return b
}

// sees wants these texts on the page.
func (b *tab) sees(texts ...string) *tab {
	b.t.Helper()
	seen := b.text()
	for _, text := range texts {
		if !strings.Contains(seen, text) {
			b.t.Fatalf("%s does not say %q:\n%s", b.path(), text, seen)
		}
	}
	return b
}

// seesNot wants none of these texts on the page or in its source.
func (b *tab) seesNot(texts ...string) *tab {
	b.t.Helper()
	source := b.text() + eval[string](b, "document.documentElement.outerHTML")
	for _, text := range texts {
		if strings.Contains(source, text) {
			b.t.Fatalf("%s contains %q:\n%s", b.path(), text, b.text())
		}
	}
	return b
}
