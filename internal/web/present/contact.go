package present

import (
	"net/url"
	"strings"

	"latchkey/internal/auth"
	"latchkey/views"
)

// Contact puts whom to ask into the form in which pages show it.
func Contact(c auth.Contact) views.Contact {
	shown := views.Contact{Name: c.Name, Phone: c.Phone, Link: c.Link}
	if c.Phone != "" {
		shown.Tel = "tel:" + dialled(c.Phone)
	}
	if address, isMail := strings.CutPrefix(c.Link, "mailto:"); isMail {
		shown.LinkWords = address
	} else if u, err := url.Parse(c.Link); err == nil && u.Host != "" {
		shown.LinkWords = u.Host + strings.TrimSuffix(u.Path, "/")
	}
	return shown
}

// dialled is a telephone number without what stands in it for the eye; an extension is
// left for its reader.
func dialled(phone string) string {
	number, _, _ := strings.Cut(strings.ReplaceAll(phone, "ext", "x"), "x")
	return strings.Map(func(r rune) rune {
		if r == '+' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, number)
}
