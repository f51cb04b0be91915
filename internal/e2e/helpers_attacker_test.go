package e2e

import (
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// attacker serves pages on another origin that do something with the forms, or
// with a page of the target: each method below is one of them.
type attacker struct {
	target string
	forms  []form
}

// serve serves the pages until the test ends and returns their origin.
func (a attacker) serve(t *testing.T) string {
	t.Helper()
	mux := http.NewServeMux()
	for path, page := range map[string]func(*http.Request) (body, script string){
		"/top": a.top, "/frames": a.frames, "/null": a.frames, "/fetch": a.fetch, "/embed": a.embed,
	} {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			if path == "/null" { // a sandboxed document has the origin "null"
				w.Header().Set("Content-Security-Policy", "sandbox allow-forms allow-scripts")
			}
			body, script := page(r)
			fmt.Fprintf(w, "<!DOCTYPE html><title>Win a prize</title>%s<script>%s</script>", body, script)
		})
	}
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}

// markup is a form that shows its answer in the frame with this name.
func (a attacker) markup(one form, frame string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<form method="post" action="%s" target="%s">`, a.target+one.Path, frame)
	for name, value := range one.Fields {
		fmt.Fprintf(&b, `<input type="hidden" name="%s" value="%s">`, name, html.EscapeString(value))
	}
	return b.String() + "</form>"
}

// top sends the form in its query in place of itself.
func (a attacker) top(r *http.Request) (body, script string) {
	var one form
	if err := json.Unmarshal([]byte(r.URL.Query().Get("form")), &one); err != nil {
		return err.Error(), ""
	}
	return a.markup(one, "_top"), "document.forms[0].submit()"
}

// frames sends every form behind the visitor's back.
func (a attacker) frames(*http.Request) (body, script string) {
	for i, one := range a.forms {
		body += a.markup(one, fmt.Sprint("f", i)) + fmt.Sprintf(`<iframe name="f%d"></iframe>`, i)
	}
	return body, "for (const f of document.forms) f.submit()"
}

// fetch sends every form by script, as itself and as the plain text that needs no
// permission either.
func (a attacker) fetch(*http.Request) (body, script string) {
	list, err := json.Marshal(a.forms)
	if err != nil {
		return err.Error(), ""
	}
	return "", fmt.Sprintf(`for (const f of %s) for (const type of ['application/x-www-form-urlencoded', 'text/plain'])
		fetch(%q + f.Path, {method: 'POST', mode: 'no-cors', credentials: 'include', headers: {'Content-Type': type}, body: new URLSearchParams(f.Fields ?? {}).toString()})`,
		list, a.target)
}

// embedded are pages that embed shows in frames.
var embedded = []string{"/login", "/profile", "/admin/users", "/help", "/nowhere", "/healthz"}

// embed shows pages of the target in frames.
func (a attacker) embed(*http.Request) (body, script string) {
	for _, path := range embedded {
		body += fmt.Sprintf(`<iframe src="%s"></iframe>`, a.target+path)
	}
	return body, ""
}
