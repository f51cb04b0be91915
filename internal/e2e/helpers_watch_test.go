package e2e

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
)

// request is something that the browser asked for.
type request struct {
	method, url string
	document    bool
	status      int64 // 0 until there is an answer
	redirected  string
	encoding    string  // Content-Encoding of the answer
	took        float64 // bytes of the answer as they were sent, with the headers; 0 until all are there
}

// watch keeps what a tab asked for and what its console said.
type watch struct {
	mu       sync.Mutex
	asked    []*request
	byID     map[network.RequestID]*request
	messages []string
	cached   bool // the last page came out of the back/forward cache
}

// note runs for every event of the tab, in order.
func (w *watch) note(event any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		w.ask(e)
	case *network.EventResponseReceived:
		if r := w.byID[e.RequestID]; r != nil {
			r.status = e.Response.Status
			r.encoding, _ = e.Response.Headers["Content-Encoding"].(string)
		}
	case *network.EventLoadingFinished:
		if r := w.byID[e.RequestID]; r != nil {
			r.took = e.EncodedDataLength
		}
	case *runtime.EventConsoleAPICalled:
		w.messages = append(w.messages, fmt.Sprintf("console.%s: %s", e.Type, arguments(e.Args)))
	case *runtime.EventExceptionThrown:
		d := e.ExceptionDetails
		text := d.Text
		if d.Exception != nil {
			text += " " + d.Exception.Description
		}
		w.messages = append(w.messages, "exception: "+text)
	case *log.EventEntryAdded:
		w.messages = append(w.messages, fmt.Sprintf("%s %s: %s %s", e.Entry.Source, e.Entry.Level, e.Entry.Text, e.Entry.URL))
	case *page.EventFrameNavigated:
		if e.Frame.ParentID == "" {
			w.cached = e.Type == page.NavigationTypeBackForwardCacheRestore
		}
	}
}

func arguments(args []*runtime.RemoteObject) string {
	var all []string
	for _, a := range args {
		all = append(all, string(a.Value)+a.Description)
	}
	return strings.Join(all, " ")
}

func (w *watch) ask(e *network.EventRequestWillBeSent) {
	if w.byID == nil {
		w.byID = map[network.RequestID]*request{}
	}
	if before := w.byID[e.RequestID]; before != nil && e.RedirectResponse != nil {
		before.status, before.redirected = e.RedirectResponse.Status, e.Request.URL
	}
	r := &request{method: e.Request.Method, url: e.Request.URL, document: e.Type == network.ResourceTypeDocument}
	w.asked, w.byID[e.RequestID] = append(w.asked, r), r
}

// forget begins anew.
func (w *watch) forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked, w.byID, w.messages = nil, nil, nil
}

// requests is everything asked for since forget.
func (w *watch) requests() []request {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := make([]request, len(w.asked))
	for i, r := range w.asked {
		all[i] = *r
	}
	return all
}

// restored reports whether the page that is shown came out of the back/forward cache.
func (w *watch) restored() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.cached
}

// posts counts the forms sent since forget.
func (w *watch) posts() (n int) {
	for _, r := range w.requests() {
		if r.method == "POST" {
			n++
		}
	}
	return n
}

// console is what the console said since forget, but for three things that are no
// complaint: that a page itself was answered with an error status, that signing out
// cleared the site's data, as we ask for, and that a test was faster than autofocus.
func (w *watch) console() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(w.messages), func(m string) bool {
		switch {
		case strings.HasPrefix(m, "other info: Clear-Site-Data header on "),
			strings.HasPrefix(m, "rendering info: Autofocus processing was blocked because a document already has a focused element."):
			return true
		case strings.HasPrefix(m, "network error: Failed to load resource: the server responded with a status of "):
			return slices.ContainsFunc(w.asked, func(r *request) bool {
				return r.document && r.status >= 400 && strings.HasSuffix(m, " "+r.url)
			})
		}
		return false
	})
}

// foreign is what was asked of anybody but base (WE-13).
func (w *watch) foreign(base string) (urls []string) {
	for _, r := range w.requests() {
		if !strings.HasPrefix(r.url, base+"/") && !strings.HasPrefix(r.url, "about:") && !strings.HasPrefix(r.url, "data:") {
			urls = append(urls, r.url)
		}
	}
	return urls
}
