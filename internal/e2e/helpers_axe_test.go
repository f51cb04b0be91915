package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
)

// axeSource is the checker, see testdata/axe/README.md.
var axeSource = sync.OnceValues(func() ([]byte, error) { return os.ReadFile("testdata/axe/axe.min.js") })

// runAxe lists what is wrong with a document or some elements, one line each, and how many
// checks found something that is right, since a checker that looked at nothing finds
// nothing. Of the right ones it need not say where they are.
const runAxe = `((subject, tags) => subject.length === 0 ? {wrong: [], right: 0} :
	axe.run(subject, {runOnly: tags, resultTypes: ['violations'], preload: false}).then((r) => ({
		wrong: r.violations.flatMap((v) => v.nodes.map((n) => v.id + ' ' + n.target.join(' ') + ': ' + n.failureSummary.replace(/\s+/g, ' '))),
		right: r.passes.length,
	})))`

// colours are what axe-core judges colours by, of each element that takes up room.
const colours = `globalThis.colours = () => new Map([...document.querySelectorAll('body, body *')].filter((e) => e.checkVisibility()).map((e) => {
	const s = getComputedStyle(e);
	return [e, [s.color, s.backgroundColor, s.backgroundImage, s.opacity, s.clipPath].join()];
}));
globalThis.differing = () => {
	const now = colours();
	return others = [...new Set([...wide.keys(), ...now.keys()])].filter((e) => wide.get(e) !== now.get(e));
};`

// The themes differ in the values of their colours only, as a test of the style sheet holds
// fast. So all rules are asked once in each width, and the colours once in each theme;
// what has other colours in the other width, or can be seen in one of them only, is
// looked at in both themes and both widths.
var looks = []struct {
	theme string
	width int64
	rules string
	least int // so many checks must find their subject
}{
	{"light", 1280, `((globalThis.wide = colours(), document), ` + allRules + `)`, 10},
	{"light", 390, `(differing(), ['cat.color'])`, 0},
	{"dark", 390, `(document, ` + allRules + `)`, 10},
	{"dark", 1280, `(others, ['cat.color'])`, 0},
}

const allRules = `['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']`

// verdict is what the checker says of a page.
type verdict struct {
	Wrong []string
	Right int
}

// axeWorld is where axe-core lives, beside the page: the content policy does not let it
// in, and must not be weakened for it.
const axeWorld = "axe"

// learnAxe hands axe-core to the tab, for this page and all later ones: to send its
// 650 kB for each page took as long as a check of it. Nothing runs before checker asks.
func (b *tab) learnAxe() {
	b.t.Helper()
	source, err := axeSource()
	if err != nil {
		b.t.Fatal(err)
	}
	call(b, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
		Source: "globalThis.startAxe = () => {" + string(source) + "};" + colours, WorldName: axeWorld, RunImmediately: new(true),
	})
	b.knowsAxe = true
}

// checker starts axe-core beside the page.
func (b *tab) checker() func(rules string) verdict {
	b.t.Helper()
	if !b.knowsAxe {
		b.learnAxe()
	}
	frame := call(b, page.GetFrameTree, cdp.Empty{}).FrameTree.Frame.ID
	world := call(b, page.CreateIsolatedWorld, page.CreateIsolatedWorldParams{FrameID: frame, WorldName: axeWorld}).ExecutionContextID
	evaluate := func(expression string) *runtime.RemoteObject {
		b.t.Helper()
		answer := call(b, runtime.Evaluate, runtime.EvaluateParams{
			Expression: expression, ContextID: world, AwaitPromise: new(true), ReturnByValue: new(true),
		})
		if answer.ExceptionDetails != nil {
			b.t.Fatalf("axe-core at %s: %s", b.path(), answer.ExceptionDetails.Exception.Description)
		}
		return answer.Result
	}
	evaluate("globalThis.axe || startAxe(); 0")
	return func(rules string) (v verdict) {
		b.t.Helper()
		if err := json.Unmarshal(evaluate(runAxe+rules).Value, &v); err != nil {
			b.t.Fatalf("the verdict of axe-core: %v", err)
		}
		return v
	}
}

// themes are what readers may have set.
var themes = map[string][]*medium{"light": light, "dark": dark}

// inspect checks the page that is shown (WE-13, UX-33): nothing for axe-core to find in both themes and widths, no sideways scroll there, at 320
// pixels and with text twice as large, an empty console, nothing asked of others.
func (b *tab) inspect(name string) {
	b.t.Helper()
	check := b.checker()
	for _, look := range looks {
		b.look(look.width, themes[look.theme])
		v := check(look.rules)
		for _, wrong := range v.Wrong {
			b.t.Errorf("%s, %s, %d wide: %s", name, look.theme, look.width, wrong)
		}
		if v.Right < look.least {
			b.t.Errorf("%s, %s: only %d checks of axe-core found their subject", name, look.theme, v.Right)
		}
		b.fits(name, look.width)
		if look.width == 390 && look.theme == "dark" {
			b.look(320, dark) // on the way, since a new width takes a tenth of a second
			b.fits(name, 320)
		}
	}
	b.enlarged(name)
	b.look(1280, light)
	b.quiet(name)
}

// fits wants no sideways scroll.
func (b *tab) fits(name string, width int64) {
	b.t.Helper()
	if got := eval[int64](b, "document.scrollingElement.scrollWidth"); got > width {
		b.t.Errorf("%s: %d wide in a window of %d; too wide: %s", name, got, width, b.wide(width))
	}
}

// wide names the innermost elements that stick out.
func (b *tab) wide(width int64) string {
	b.t.Helper()
	return eval[string](b, fmt.Sprintf(`[...document.querySelectorAll('body *')].filter((e) =>
		e.getBoundingClientRect().right > %d && !e.closest('.tablewrap') && ![...e.children].some((c) => c.getBoundingClientRect().right > %d)
	).map((e) => e.outerHTML.slice(0, 120)).join(' | ')`, width, width))
}

// enlarged wants no sideways scroll with text of 200 % (WCAG 1.4.4).
func (b *tab) enlarged(name string) {
	b.t.Helper()
	eval[bool](b, "document.documentElement.style.fontSize = '200%', true")
	b.fits(name+", text of 200 %", 1280)
	eval[bool](b, "document.documentElement.style.fontSize = '', true")
}

// quiet wants an empty console and no request to anybody else, and begins anew.
func (b *tab) quiet(name string) {
	b.t.Helper()
	for _, message := range b.console() {
		b.t.Errorf("%s: the console says %s", name, message)
	}
	if urls := b.foreign(b.base); len(urls) > 0 {
		b.t.Errorf("%s: asked others for %q", name, urls)
	}
	b.visited = append(b.visited, b.shown()...)
	b.forget()
}

// shown is the paths of the pages that were shown since forget.
func (w *watch) shown() (paths []string) {
	for _, r := range w.requests() {
		if r.document && r.method == "GET" && r.status == 200 {
			path, _, _ := strings.Cut(strings.TrimPrefix(r.url, "http://"), "?")
			_, path, _ = strings.Cut(path, "/")
			paths = append(paths, "/"+path)
		}
	}
	return paths
}
