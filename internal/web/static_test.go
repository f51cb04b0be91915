package web

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"

	"latchkey/static"
)

// TestWE15_FormsOfAFile: a file goes out in the form that was asked for, with the headers of that form; all
// that is no file goes out as it is, whatever was asked for.
func TestWE15_FormsOfAFile(t *testing.T) {
	t.Parallel()
	site := newSite(t, "http://localhost:1", nil)
	paths := map[string]static.Asset{"/favicon.ico": static.Icon()}
	for _, a := range static.Assets() {
		paths["/static/"+a.Name] = a
	}
	for path, a := range paths {
		vary := "Accept-Encoding"
		if a.ContentType == "font/woff2" {
			vary = ""
		}
		for accept, form := range map[string]struct {
			body     []byte
			encoding string
		}{"gzip, deflate, br": {a.Brotli, "br"}, "br;q=0, gzip": {a.Gzip, "gzip"}, "gzip;q=0": {a.Body, ""}, "": {a.Body, ""}} {
			if form.body == nil {
				form.body, form.encoding = a.Body, ""
			}
			for _, method := range []string{http.MethodGet, http.MethodHead} {
				w := ask(site, method, path, accept)
				h := w.Header()
				if w.Code != http.StatusOK || h.Get("Content-Encoding") != form.encoding || h.Get("Vary") != vary ||
					h.Get("Content-Type") != a.ContentType || h.Get("Content-Length") != strconv.Itoa(len(form.body)) {
					t.Errorf("%s %s for %q: %d, %v", method, path, accept, w.Code, h)
				}
				if method == http.MethodGet && !bytes.Equal(w.Body.Bytes(), form.body) {
					t.Errorf("%s for %q: %d bytes, want %d", path, accept, w.Body.Len(), len(form.body))
				}
			}
		}
	}
	for _, path := range []string{"/healthz", "/readyz", "/nowhere", "/static/app.css", "/static/app.css.br"} {
		h := ask(site, http.MethodGet, path, "gzip, br").Header()
		if h.Get("Content-Encoding") != "" || h.Get("Vary") != "" {
			t.Errorf("%s is no file of ours, and goes out as %q, Vary %q", path, h.Get("Content-Encoding"), h.Get("Vary"))
		}
	}
}

func ask(site *Site, method, path, accept string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://localhost:1"+path, nil)
	if accept != "" {
		r.Header.Set("Accept-Encoding", accept)
	}
	w := httptest.NewRecorder()
	site.ServeHTTP(w, r)
	return w
}
