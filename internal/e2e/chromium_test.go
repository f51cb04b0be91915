package e2e

import (
	"context"
	"os"
	"os/exec"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/security"
	"github.com/chromedp/chromedp"
)

// patience is how long one step in the browser may take on a busy machine.
const patience = time.Minute

const (
	// headless is Chromium without the windows that nobody sees here, which takes a quarter of the
	// processor time of the whole one.
	headless = "chromium-headless-shell"
	// whole is the Chromium that people use. It alone keeps pages for the Back button as they were.
	whole = "chromium"
)

// packages are the Debian packages that bring each tool.
var packages = map[string]string{
	headless: headless, whole: whole, "zbarimg": "zbar-tools", "oathtool": "oathtool",
	"nginx": "nginx", "caddy": "caddy", "haproxy": "haproxy", "apache2": "apache2-bin", "radicale": "radicale",
}

// need skips the test where a tool is missing, and says which. Where CI=true a
// test that was not run must not pass for one that was.
func need(t testing.TB, tools ...string) {
	t.Helper()
	for _, tool := range tools {
		if installed(tool) != "" {
			continue
		}
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s is missing (Debian package %s), and CI=true", tool, packages[tool])
		}
		t.Skipf("skipped: %s is missing; install the package %s, or run make tools", tool, packages[tool])
	}
}

// installed is the path of a program, or "". Debian has servers where only root looks.
func installed(name string) string {
	for _, name := range []string{name, "/usr/sbin/" + name} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

func TestMain(m *testing.M) {
	code := m.Run()
	for _, do := range atEnd.all {
		do()
	}
	os.Exit(code)
}

// atEnd is what TestMain does last.
var atEnd ending

type ending struct {
	mu  sync.Mutex
	all []func()
}

func (e *ending) add(do ...func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.all = append(e.all, do...)
}

// browsers are started once for all tests. They can reach nothing but this machine.
var browsers = map[string]func() (context.Context, error){
	headless: sync.OnceValues(func() (context.Context, error) { return startBrowser(headless) }),
	whole:    sync.OnceValues(func() (context.Context, error) { return startBrowser(whole) }),
}

func startBrowser(name string) (context.Context, error) {
	path, err := exec.LookPath(name)
	if err != nil {
		return nil, err
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.NoSandbox, // it sees our own pages only, and root has no sandbox
		chromedp.Flag("host-resolver-rules", mapped()+"MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1"),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("no-proxy-server", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-domain-reliability", true),
		chromedp.Flag("hide-scrollbars", true),
	)
	allocator, end := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(allocator)
	atEnd.add(cancel, end)
	return ctx, chromedp.Do(ctx)
}

// newTab opens a tab in a profile of its own: no cookies, no history, 1280 pixels
// wide, light. Base is the address of the product.
func newTab(t *testing.T, base string) *tab {
	t.Helper()
	return newTabOf(t, headless, base)
}

// newTabOf opens a tab of one of the two browsers.
func newTabOf(t *testing.T, name, base string) *tab {
	t.Helper()
	need(t, name)
	parent, err := browsers[name]()
	if err != nil {
		t.Fatalf("Chromium does not start: %v", err)
	}
	return openTab(t, parent, base, chromedp.WithNewBrowserContext())
}

// sibling opens another tab in the same profile.
func (b *tab) sibling() *tab {
	b.t.Helper()
	return openTab(b.t, b.ctx, b.base)
}

func openTab(t *testing.T, parent context.Context, base string, options ...chromedp.ContextOption) *tab {
	t.Helper()
	b := &tab{t: t, base: base, watch: &watch{}}
	var end context.CancelFunc
	b.ctx, end = chromedp.NewContext(parent, append(options, chromedp.WithListener(b.watch.note))...)
	t.Cleanup(end)
	if err := chromedp.Do(b.ctx); err != nil {
		t.Fatalf("opening a tab: %v", err)
	}
	// That of the proxies is of an authority of these tests, which their other client checks.
	call(b, security.SetIgnoreCertificateErrors, security.SetIgnoreCertificateErrorsParams{Ignore: true})
	b.look(1280, light)
	return b
}

// tab is one tab and the person in front of it, who finds fields and buttons by
// their words. It belongs to one goroutine. What cannot be done ends the test.
type tab struct {
	*watch
	t    *testing.T
	ctx  context.Context
	base string
	// width and wishes are what look set.
	width  int64
	wishes []*medium
	// landed is where the last way of next_test.go ended.
	landed string
	// visited is the paths of the pages that were inspected.
	visited []string
	// knowsAxe says that learnAxe was called.
	knowsAxe bool
}

// do runs steps, each in reasonable time.
func (b *tab) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.t.Fatalf("%s: %v\nat %s", what, err, b.path())
	}
}

// call sends one command of the protocol.
func call[P, R any](b *tab, command cdp.Command[P, R], p P) R {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	answer, err := chromedp.Call(ctx, command, p)
	if err != nil {
		b.t.Fatalf("%s: %v", command.Method, err)
	}
	return answer
}

// eval returns the value of an expression on the page; it works with scripts off.
func eval[T any](b *tab, expression string) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// noScript blocks scripts of pages in this tab.
func (b *tab) noScript() *tab {
	b.t.Helper()
	call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	return b
}

type medium = emulation.MediaFeature

// The two themes. Transitions are off, so that a colour is never caught on its way.
var (
	light = []*medium{{Name: "prefers-color-scheme", Value: "light"}, {Name: "prefers-reduced-motion", Value: "reduce"}}
	dark  = []*medium{{Name: "prefers-color-scheme", Value: "dark"}, {Name: "prefers-reduced-motion", Value: "reduce"}}
)

// look gives the window a width and the reader's wishes. What stays as it is costs
// nothing.
func (b *tab) look(width int64, wishes []*medium) {
	b.t.Helper()
	if b.width != width {
		b.do("resizing", chromedp.EmulateViewport(width, 900))
		b.width = width
	}
	if !slices.Equal(b.wishes, wishes) {
		call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: wishes})
		b.wishes = wishes
	}
}
