package auth

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"latchkey/internal/brand"
	"latchkey/internal/problem"
	"latchkey/internal/user"
)

// Contact is whom people ask for help. Each part may be empty.
type Contact struct {
	Name  string
	Phone string
	// Link is an https, http or mailto address.
	Link string
}

// Words are all parts on one line, as a text without links has them; "" if there are none.
func (c Contact) Words() string {
	var all []string
	for _, part := range []string{c.Name, c.Phone, strings.TrimPrefix(c.Link, "mailto:")} {
		if part != "" {
			all = append(all, part)
		}
	}
	return strings.Join(all, ", ")
}

const (
	maxPhone = 40
	maxLink  = 200
	// MaxText is how many characters a text of an administrator's own may have.
	MaxText = 10000
)

var (
	phoneForm = regexp.MustCompile(`^\+?[0-9][0-9 ()./-]*( ?(ext\.?|x) ?[0-9]{1,6})?$`)
	digit     = regexp.MustCompile(`[0-9]`)
)

// set changes one part, by the name of its setting.
func (c *Contact) set(name, value string) (err error) {
	switch name {
	case "contact_name":
		c.Name, err = user.CleanText(name, "Name or team", 100, value)
	case "contact_phone":
		c.Phone, err = checkPhone(name, value)
	case "contact_link":
		c.Link, err = checkLink(name, value)
	}
	return err
}

// checkPhone takes a telephone number as people write it.
func checkPhone(field, typed string) (string, error) {
	phone := strings.TrimSpace(typed)
	if phone == "" {
		return "", nil
	}
	// A bracket may come first, as in (020) 7946 0000.
	if len(phone) > maxPhone || !phoneForm.MatchString(strings.TrimPrefix(phone, "(")) || len(digit.FindAllString(phone, -1)) < 3 {
		return "", problem.Field(field, "Telephone number must be digits and spaces, like +44 20 7946 0000")
	}
	return phone, nil
}

// checkLink takes the address of a page, or of a mailbox, with or without mailto. No other
// scheme is taken: it stands on pages that strangers see.
func checkLink(field, typed string) (string, error) {
	wrong := problem.Field(field, "Web page or email address must begin with https:// or be an email address like help@example.com")
	text, err := user.CleanText(field, "Web page or email address", maxLink, typed)
	if err != nil || text == "" {
		return "", err
	}
	if address, isMail := strings.CutPrefix(text, "mailto:"); isMail || !strings.Contains(text, ":") && strings.Contains(text, "@") {
		email, _, err := user.CheckEmail(address)
		if err != nil || email == "" || strings.ContainsAny(email, `?&%#"<>\`) {
			return "", wrong
		}
		return "mailto:" + email, nil
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.User != nil || u.Opaque != "" ||
		strings.ContainsAny(text, " \"'<>\\`{}|^") {
		return "", wrong
	}
	return u.String(), nil
}

func setText(to *string, field, what, value string) error {
	text, err := user.CleanParagraphs(field, what, MaxText, value)
	if err == nil {
		*to = text
	}
	return err
}

func (s *Settings) setAccent(value string) error {
	accent, err := brand.CheckAccent(value)
	if err == nil {
		s.Accent = accent
	}
	return err
}

var logoForm = regexp.MustCompile(`^[0-9a-f]{64} [0-9]{1,4}x[0-9]{1,4} [0-9]{1,6}$`)

// LogoName is how the settings name a logo: by the hash of what is served, with its size.
func LogoName(hash string, width, height, bytes int) string {
	return fmt.Sprintf("%s %dx%d %d", hash, width, height, bytes)
}

// ParseLogo takes a LogoName apart; ok is false for "".
func ParseLogo(name string) (hash string, width, height int, ok bool) {
	n, err := fmt.Sscanf(name, "%64s %dx%d", &hash, &width, &height)
	return hash, width, height, err == nil && n == 3
}

func (s *Settings) setLogo(value string) error {
	if value != "" && !logoForm.MatchString(value) {
		return problem.Field("logo", "Upload a logo")
	}
	s.Logo = value
	return nil
}
