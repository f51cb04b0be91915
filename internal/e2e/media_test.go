package e2e

import (
	"bytes"
	"os"
	"regexp"
	"strconv"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"latchkey/internal/apptest"
)

// shows reports whether any element of a kind takes up room.
func (b *tab) shows(selector string) bool {
	b.t.Helper()
	return eval[bool](b, "[...document.querySelectorAll("+quote(selector)+")].some((e) => e.getClientRects().length > 0)")
}

// style is a computed property of the first element of a kind.
func (b *tab) style(selector, property string) string {
	b.t.Helper()
	return eval[string](b, "getComputedStyle(document.querySelector("+quote(selector)+")).getPropertyValue("+quote(property)+")")
}

var sheets = regexp.MustCompile(`/Type\s*/Page\b`)

// TestUX31_PrintedRecoveryCodes: one sheet with all that is needed and nothing
// else, also by somebody who reads in the dark.
func TestUX31_PrintedRecoveryCodes(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	b := signedIn(t, a, a.Admin)
	b.open("/security/recovery-codes/new").press("Make new codes")
	codes := recoveryCodes(b)
	if b.shows(".printonly") {
		t.Error("what is for paper shows on the screen")
	}
	call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print", Features: dark})
	for _, gone := range []string{"header", "nav", "button", ".btn", "footer", ".edge", "form", "input"} {
		if b.shows(gone) {
			t.Errorf("%s is printed", gone)
		}
	}
	b.sees(codes...).sees("Latchkey", a.URL, a.Admin.Username, "created 2 March 2026", "Each code signs you in once")
	if got := b.style("#codes", "grid-template-columns"); len(regexp.MustCompile(`[\d.]+px`).FindAllString(got, -1)) != 2 {
		t.Errorf("the codes are printed in columns of %s, want two", got)
	}
	if ink, paper := brightness(t, b.style("#codes li", "color")), brightness(t, b.style("body", "background-color")); ink > 0.2 || paper < 0.9 {
		t.Errorf("the codes are printed with %.2f on %.2f", ink, paper)
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

// TestUX32_Dark: the page is dark, and the QR code is not, since many apps cannot
// read it inverted.
func TestUX32_Dark(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	b := signedIn(t, a, a.Admin)
	b.open("/security/authenticators/new")
	for name, want := range map[string]struct{ paper, ink float64 }{"light": {0.95, 0.1}, "dark": {0.1, 0.9}} {
		b.look(1280, themes[name])
		paper, ink := brightness(t, b.style("body", "background-color")), brightness(t, b.style("body", "color"))
		if near := 0.08; paper < want.paper-near || paper > want.paper+near || ink < want.ink-near || ink > want.ink+near {
			t.Errorf("%s: %.2f on %.2f, want about %.2f on %.2f", name, ink, paper, want.ink, want.paper)
		}
		if got := brightness(t, b.style(".qrbox", "background-color")); got != 1 {
			t.Errorf("%s: the QR code lies on %.2f", name, got)
		}
	}
	if app := b.scan(); app.uri.Query().Get("secret") == "" {
		t.Errorf("in the dark the QR code says %s", app.uri)
	}
}

// TestUX32_ThemesDifferInColoursOnly is why axe-core looks at the layout in one
// theme only.
func TestUX32_ThemesDifferInColoursOnly(t *testing.T) {
	t.Parallel()
	css, err := os.ReadFile("../../static/files/app.css")
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(css, []byte("prefers-color-scheme")) {
		t.Error("a rule of the style sheet holds in one theme only")
	}
	for line := range bytes.Lines(css) {
		themed := bytes.Contains(line, []byte("light-dark(")) || bytes.Contains(line, []byte("data-theme"))
		colour := regexp.MustCompile(`^\s*(--[a-z-]+:\s*light-dark\(#[0-9a-f]{6},#[0-9a-f]{6}\);|:root\[data-theme=[a-z]+\]\{color-scheme:[a-z]+\})\s*$`)
		if themed && !colour.Match(line) {
			t.Errorf("the themes differ in more than the value of a colour: %s", line)
		}
	}
}

// TestUX18_ForcedColors: where the reader's colours replace ours, what had a
// background only has a border.
func TestUX18_ForcedColors(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	b := signedIn(t, a, a.Admin)
	b.look(1280, []*medium{{Name: "forced-colors", Value: "active"}, {Name: "prefers-color-scheme", Value: "dark"}})
	b.open("/admin/users/new").press("Add user")
	for _, selector := range []string{"button", ".btn", "input#username", ".note.bad", "header.top", "nav a[aria-current]"} {
		b.bordered(selector)
	}
	b.open("/admin/users")
	for _, selector := range []string{".tag", "select", ".tablewrap", "button.quiet"} {
		b.bordered(selector)
	}
	if edge, paper := b.style(".edge", "background-color"), b.style("body", "background-color"); edge == paper {
		t.Errorf("the edge has the colour of the page, %s", edge)
	}
	b.quiet("forced colours")
}

// bordered wants a border that can be told from the page.
func (b *tab) bordered(selector string) {
	b.t.Helper()
	width, style, colour := b.style(selector, "border-bottom-width"), b.style(selector, "border-bottom-style"), b.style(selector, "border-bottom-color")
	if width == "0px" || style != "solid" || colour == b.style("body", "background-color") {
		b.t.Errorf("%s has a border %s %s %s", selector, width, style, colour)
	}
}

// TestLook_ReducedMotion: nothing moves for readers who do not want it, and next
// to nothing for the others.
func TestLook_ReducedMotion(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	b := signedIn(t, a, a.Admin)
	moving := `Math.max(...[...document.querySelectorAll('*')].flatMap((e) => [e, '::before', '::after'].map((p) => {
		const s = getComputedStyle(e, typeof p === 'string' ? p : null);
		return Math.max(...(s.transitionDuration + ',' + (s.animationName === 'none' ? '0s' : s.animationDuration)).split(',').map(parseFloat));
	})))`
	b.open("/admin/users")
	if got := eval[float64](b, moving); got != 0 {
		t.Errorf("with reduced motion something takes %v s", got)
	}
	b.look(1280, []*medium{{Name: "prefers-reduced-motion", Value: "no-preference"}})
	if got := eval[float64](b, moving); got != 0.12 {
		t.Errorf("the slowest change takes %v s, want 0.12", got)
	}
}

// TestUX33_LargeTextOnAPhone: 200 % at 390 pixels, where it is hardest, loses no
// button of the sign-in.
func TestUX33_LargeTextOnAPhone(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	b := newTab(t, a.URL)
	b.look(390, light)
	for _, path := range []string{"/login", "/help"} {
		b.open(path)
		eval[bool](b, "document.documentElement.style.fontSize = '200%', true")
		b.fits(path, 390)
	}
	b.open("/login")
	eval[bool](b, "document.documentElement.style.fontSize = '200%', true")
	b.find("button", "Sign in")
}

var number = regexp.MustCompile(`[\d.]+`)

// brightness is how bright a computed colour is, from 0 to 1.
func brightness(t *testing.T, colour string) (sum float64) {
	t.Helper()
	parts := number.FindAllString(colour, -1)
	if len(parts) < 3 {
		t.Fatalf("%q is no colour", colour)
	}
	for i, share := range []float64{0.2126, 0.7152, 0.0722} {
		sum += share * parse(t, parts[i]) / 255
	}
	return sum
}

func parse(t *testing.T, s string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
