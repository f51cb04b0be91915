package mail

import (
	"net/netip"
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"latchkey/internal/user"
)

// The most code points of a value inside a sentence.
const (
	maxValue  = 64  // names and labels
	maxDetail = 200 // reasons, addresses and what a server said
)

// clean returns text as one line of at most max code points, with … where it was
// cut. Line breaks and other control characters become spaces: they would end the
// line, and with it a header. Dropped are invisible format characters, among them
// those that turn the direction of writing (CVE-2021-42574), private and broken
// ones.
func clean(text string, max int) string {
	// Nobody's browser or label is this long; reading on would only cost time.
	if most := 16 * max; len(text) > most {
		text = text[:most]
	}
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r):
			return ' '
		case unicode.In(r, unicode.Cf, unicode.Co, unicode.Cs), r == unicode.ReplacementChar:
			return -1
		}
		return r
	}, text)
	runes := []rune(norm.NFC.String(strings.Join(strings.Fields(text), " ")))
	if len(runes) > max {
		return strings.TrimSpace(string(runes[:max-1])) + "…"
	}
	return string(runes)
}

// header returns text fit for a header field. An encoded word (RFC 2047) in it is
// taken apart: the reader's program would decode what was cleaned here, and show
// a line break or a reversed name after all.
func header(text string, max int) string {
	return strings.ReplaceAll(clean(text, max), "=?", "= ?")
}

// likeLink finds what mail programs turn into a link by themselves: a scheme, a
// mailbox, or a dot before at least two letters, so that "e.g." is not one.
var likeLink = regexp.MustCompile(`(?i)://|mailto:|www\.|\S@\S|[\pL\pN][.。]\pL{2}`)

// quoted returns free text in quotation marks, or nothing if it is empty or could
// be read as a link: a message of ours must not carry a stranger's address, or
// anyone who may name an authenticator could phish in our name. Quotation marks in
// it are made plain, so that it cannot end its quotation and speak as we do.
func quoted(text string, max int) string {
	text = clean(text, max)
	if text == "" || likeLink.MatchString(norm.NFKC.String(text)) {
		return ""
	}
	return "“" + strings.NewReplacer("“", "'", "”", "'", "„", "'", `"`, "'").Replace(text) + "”"
}

// plain is quoted without the quotation marks, for values with a form of their own.
func plain(text string, max int) string {
	return strings.Trim(quoted(text, max), "“”")
}

// numbers returns an IP address in its usual form, or nothing.
func numbers(ip string) string {
	a, err := netip.ParseAddr(ip)
	if err != nil {
		return ""
	}
	return a.WithZone("").String()
}

// username returns a user name as it is if it is spelt like one, else
// nobody's: the sentences need a word there, but not a stranger's.
func username(name string) string {
	if checked, err := user.CheckSpelling(name); err != nil || checked != name {
		return "somebody"
	}
	return name
}

// mailbox returns a single bare address as it is, or nothing.
func mailbox(typed string) string {
	checked, _, err := user.CheckEmail(typed)
	if err != nil || checked != typed {
		return ""
	}
	return checked
}

// linkPath is what may follow the base URL: RFC 3986 without what ends a link in
// text or markup.
var linkPath = regexp.MustCompile(`^/[A-Za-z0-9._~/?=&%-]*$`)

// absolute returns the address of a path on this site. A link's host comes from
// the base URL alone (MA-01); what is not a path leads to the first page.
func absolute(base, path string) string {
	base = strings.TrimSuffix(base, "/")
	if !linkPath.MatchString(path) {
		return base + "/"
	}
	return base + path
}
