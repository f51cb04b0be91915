package mail

import (
	"encoding/json"
	netmail "net/mail"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"

	"latchkey/internal/mail/mailtest"
)

// arrives sends m and checks that what arrives has the form of every other message.
func arrives(t *testing.T, caught *mailtest.Server, m Message) {
	t.Helper()
	if _, err := sender(t, "smtp", "", caught.Address()).Send(t.Context(), "ada@acme.example", stored(t, m)); err != nil {
		t.Fatalf("%s: %v", m.Kind, err)
	}
	messages := caught.Messages()
	got := messages[len(messages)-1]
	if got.Sender != "latchkey@login.example" || !slices.Equal(got.Recipients, []string{"ada@acme.example"}) {
		t.Errorf("%s went from %q to %q", m.Kind, got.Sender, got.Recipients)
	}
	headers(t, got)
	for _, line := range strings.SplitAfter(got.Raw, "\r\n") {
		if line = strings.TrimSuffix(line, "\r\n"); len(line) > 998 || strings.ContainsFunc(line, notPrinted) {
			t.Errorf("%s: a line that no server has to take (RFC 5322, 2.1.1): %.200q", m.Kind, line)
		}
	}
	parts(t, got, m)
}

// stored returns m as it comes back from a queue that keeps JSON.
func stored(t *testing.T, m Message) (again Message) {
	t.Helper()
	text, err := json.Marshal(m)
	if err == nil {
		err = json.Unmarshal(text, &again)
	}
	if err != nil {
		t.Fatal(err)
	}
	return again
}

func notPrinted(r rune) bool { return r < ' ' || r > '~' }

// headers checks that there are exactly our fields, each once and with what
// belongs in it.
func headers(t *testing.T, got mailtest.Message) {
	t.Helper()
	want := []string{"Auto-Submitted", "Content-Type", "Date", "From", "Message-Id", "Mime-Version", "Subject", "To"}
	var have []string
	for name, values := range got.Header {
		have = append(have, name)
		if len(values) != 1 {
			t.Errorf("%s stands there %d times", name, len(values))
		}
	}
	if slices.Sort(have); !slices.Equal(have, want) {
		t.Errorf("header fields %q, want %q", have, want)
	}
	for field, address := range map[string]string{"From": "latchkey@login.example", "To": "ada@acme.example"} {
		list, err := got.Header.AddressList(field)
		if err != nil || len(list) != 1 || list[0].Address != address {
			t.Errorf("%s is %v, %v", field, list, err)
			continue
		}
		shown(t, field, list[0].Name, maxValue+1)
	}
	shown(t, "Subject", got.Subject, maxSubject+1)
	if id, err := netmail.ParseAddress(got.Header.Get("Message-Id")); err != nil || !strings.HasSuffix(id.Address, "@login.example") {
		t.Errorf("Message-ID %q", got.Header.Get("Message-Id"))
	}
}

// shown checks a decoded value as a reader sees it. One more than the limit is for
// the room put into an encoded word.
func shown(t *testing.T, field, text string, most int) {
	t.Helper()
	if n := utf8.RuneCountInString(text); n > most {
		t.Errorf("%s shows %d characters", field, n)
	}
	if strings.Contains(text, "=?") || strings.ContainsFunc(text, unseen) || !utf8.ValidString(text) {
		t.Errorf("%s shows %q", field, text)
	}
}

// unseen reports what changes a line without being seen.
func unseen(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co)
}

// parts checks that there are two bodies and that both say what m says.
func parts(t *testing.T, got mailtest.Message, m Message) {
	t.Helper()
	var kinds []string
	for _, part := range got.Parts {
		kinds = append(kinds, part.Get("Content-Type"))
		if len(part) != 2 || part.Get("Content-Transfer-Encoding") != "quoted-printable" {
			t.Errorf("a part has the fields %v", part)
		}
	}
	if !slices.Equal(kinds, []string{"text/plain; charset=UTF-8", "text/html; charset=UTF-8"}) {
		t.Errorf("parts %q", kinds)
	}
	if text := unix(m.Text()); got.Text != text {
		t.Errorf("%s: the text arrived as %.300q, want %.300q", m.Kind, got.Text, text)
	}
	markup(t, got.HTML, m)
}

// unix has the line breaks that quoted-printable makes of stray ones, and the mark
// that JSON makes of a broken byte.
func unix(text string) string {
	return strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(string([]rune(text)))
}

// markup checks that the page has our elements alone, as many as m has sentences,
// and that every link is one of m's.
func markup(t *testing.T, page string, m Message) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var links, paragraphs int
	for node := range root.Descendants() {
		switch {
		case node.Type == html.CommentNode:
			t.Errorf("%s: a comment: %q", m.Kind, node.Data)
		case node.Type != html.ElementNode:
			continue
		case !slices.Contains([]string{"html", "head", "meta", "title", "body", "p", "br", "a"}, node.Data):
			t.Errorf("%s: <%s>", m.Kind, node.Data)
		case node.Data == "p":
			paragraphs++
		case node.Data == "a":
			links++
		}
		for _, a := range node.Attr {
			if fixed := a.Key == "lang" || a.Key == "charset"; !fixed && (a.Key != "href" || !strings.HasPrefix(a.Val, "https://login.example/")) {
				t.Errorf("%s: %s=%q", m.Kind, a.Key, a.Val)
			}
		}
	}
	want := 0
	for _, p := range m.Paragraphs {
		if p.Link != "" {
			want++
		}
	}
	if paragraphs != len(m.Paragraphs)+1 || links != want {
		t.Errorf("%s: %d paragraphs and %d links, want %d and %d", m.Kind, paragraphs, links, len(m.Paragraphs)+1, want)
	}
}
