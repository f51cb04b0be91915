package views

import (
	"encoding/xml"
	"io"
	"strings"
	"testing"
)

// wellFormed draws a chart and fails unless it is well-formed.
func wellFormed(t *testing.T, c WordChart) string {
	t.Helper()
	var b strings.Builder
	if err := c.Picture(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	for d := xml.NewDecoder(strings.NewReader(b.String())); ; {
		if _, err := d.Token(); err == io.EOF {
			return b.String()
		} else if err != nil {
			t.Fatalf("%v\n%s", err, b.String())
		}
	}
}

func TestPicture_StandsByItself(t *testing.T) {
	t.Parallel()
	got := wellFormed(t, WordChart{Title: `Words of <"a" & b>`, Note: "3 words.", Bars: []Bar{{"phone", 1200}, {"<svg onload=alert(1)>", 3}, {strings.Repeat("ü", 200), 1}, {"日本語", 0}}})
	for _, want := range []string{
		`<svg xmlns="http://www.w3.org/2000/svg"`, `role="img" aria-labelledby="title words"`, `<title id="title">Words of &lt;&#34;a&#34; &amp; b&gt;</title>`,
		`phone 1,200, `, `prefers-color-scheme:dark`, strings.Repeat("ü", 29) + "…</text>", "<title>" + strings.Repeat("ü", 200) + "</title>", `width="370.0"`, `width="1.0"`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	for _, not := range []string{"<svg onload", "href", "url(", "<script"} {
		if strings.Contains(got, not) {
			t.Errorf("%q in\n%s", not, got)
		}
	}
	wellFormed(t, WordChart{Title: "Nothing"})
}
