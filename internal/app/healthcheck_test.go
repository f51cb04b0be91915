package app

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"latchkey/internal/app/cli"
)

func TestHealthcheck_OnlyAYesOfTheServerItself(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		answer http.HandlerFunc
		want   string // in the error; "" for none
	}{
		{"ready", func(w http.ResponseWriter, r *http.Request) { w.Write([]byte(r.URL.Path)) }, ""},
		{"not ready", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "stopping", http.StatusServiceUnavailable) }, "is not ready: stopping; its log says why"},
		{"redirect", func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/readyz" {
				http.Redirect(w, r, "/login", http.StatusSeeOther)
			}
		}, "is not ready"},
	} {
		server := httptest.NewServer(c.answer)
		defer server.Close()
		var out bytes.Buffer
		err := healthcheckCommand{Addr: strings.TrimPrefix(server.URL, "http://")}.Run(&cli.Run{Stdout: &out})
		if c.want == "" && (err != nil || out.String() != "ok\n") {
			t.Errorf("%s: %q, %v", c.name, &out, err)
		}
		if c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || out.Len() > 0) {
			t.Errorf("%s: %q, %v, want %q", c.name, &out, err, c.want)
		}
	}
}
