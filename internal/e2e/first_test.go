package e2e

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httputil"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/css"
	"github.com/chromedp/cdproto/dom"

	"latchkey/internal/apptest"
	"latchkey/static"
)

// What a first visit may cost, headers included.
const (
	firstBytes    = 45_000
	firstRequests = 6
)

// TestFirstVisit opens the sign-in page with nothing in the cache: few requests and few bytes, the page
// itself not compressed (decision 113), and all that it says, and a password, drawn with the font that is preloaded.
func TestFirstVisit(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	b := newTab(t, a.URL)
	b.open("/login").fill("Username or email", "alice", "Password", "correct horse").until("document.fonts.status === 'loaded'")
	b.wait("all of the page", func() bool {
		return !slices.ContainsFunc(b.requests(), func(r request) bool { return r.took == 0 })
	})
	all := b.requests()
	icon := static.Path("icon.svg")
	if !slices.ContainsFunc(all, func(r request) bool { return r.url == a.URL+icon }) {
		all = append(all, iconOf(t, a.URL+icon)) // which a browser without a window has no place for
	}
	var sum float64
	var list []string
	for _, r := range all {
		sum += r.took
		list = append(list, fmt.Sprintf("%s: %.0f bytes, %q", strings.TrimPrefix(r.url, a.URL), r.took, r.encoding))
		text := strings.HasSuffix(r.url, ".css") || strings.HasSuffix(r.url, ".js") || strings.HasSuffix(r.url, ".svg")
		if text && r.encoding != "br" || !text && r.encoding != "" {
			t.Errorf("%s came with the encoding %q", r.url, r.encoding)
		}
		if strings.HasSuffix(r.url, ".woff2") && r.url != a.URL+static.Path("sans.woff2") {
			t.Errorf("the first page needs another font, %s", r.url)
		}
	}
	t.Logf("%d requests, %.0f bytes:\n%s", len(all), sum, strings.Join(list, "\n"))
	if len(all) > firstRequests || sum > firstBytes {
		t.Errorf("%d requests and %.0f bytes, want at most %d and %d", len(all), sum, firstRequests, firstBytes)
	}
	if fonts := b.fonts(); len(fonts) != 1 || !strings.HasPrefix(fonts[0], "Atkinson Hyperlegible Next") {
		t.Errorf("the page is written with %q", fonts)
	}
}

// iconOf asks for the icon as Chromium would.
func iconOf(t *testing.T, url string) request {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept-Encoding", "gzip, deflate, br, zstd")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	head, err := httputil.DumpResponse(answer, false)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return request{url: url, encoding: answer.Header.Get("Content-Encoding"), took: float64(len(head) + len(body))}
}

// fonts are those that the texts of the page are drawn with: the names that the page gave them, or
// those of the system's own.
func (b *tab) fonts() (names []string) {
	b.t.Helper()
	call(b, dom.Enable, dom.EnableParams{})
	call(b, css.Enable, cdp.Empty{})
	root := call(b, dom.GetDocument, dom.GetDocumentParams{}).Root
	for _, id := range call(b, dom.QuerySelectorAll, dom.QuerySelectorAllParams{NodeID: root.NodeID, Selector: "body, body *"}).NodeIDs {
		for _, f := range call(b, css.GetPlatformFontsForNode, css.GetPlatformFontsForNodeParams{NodeID: id}).Fonts {
			name := fmt.Sprintf("%s (loaded: %t)", f.FamilyName, f.IsCustomFont)
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}
