package views

import (
	"context"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"
)

// Steps is where in a process of several pages one is. The zero value is a page that
// stands alone.
type Steps struct {
	At, Of int
}

// EnrolAuthenticator shows a new authenticator's secret and asks for its first
// code, GET and POST /security/authenticators/new. Fields: enrollment label code.
type EnrolAuthenticator struct {
	Frame
	Steps
	// Forced is the enrolment that policy demands before anything else: no menu,
	// no way back, only out (POST /login/cancel).
	Forced bool
	// Enrollment is the id of the pending authenticator that the code confirms.
	Enrollment string
	// Label is the name for the app.
	Label string
	// Next is where somebody is led on to who was on their way to an application; "" for nowhere.
	Next string
	// URI is the otpauth:// address; any other scheme is not rendered.
	URI string
	// Key is the secret in base32; it is shown in groups of four.
	Key string
	// QRSize is the side of the QR code in modules, quiet zone included, and QRPath
	// the path of its dark modules ("M4 4h7v1h-7z…") in that square.
	QRSize int
	QRPath string
}

// RecoveryCodes shows new codes once, GET and POST /security/recovery-codes. Field: saved.
type RecoveryCodes struct {
	Frame
	Steps
	Codes []string
	// URL, Username and Made are printed beside the codes, so that a paper says what it opens.
	URL, Username string
	Made          time.Time
	// Next is where a sign-in was going; empty for nowhere.
	Next string
}

// NewRecoveryCodes asks before old codes stop working, GET and POST /security/recovery-codes/new.
type NewRecoveryCodes struct {
	Frame
	// Left is the number of unused codes that will stop working.
	Left int
}

// Render draws the page.
func (p EnrolAuthenticator) Render(ctx context.Context, w io.Writer) error {
	if p.Forced {
		p.Nav, p.pending = nil, true
	}
	return p.page("Set up an authenticator app", p.body()).Render(ctx, w)
}

// Render draws the page.
func (p RecoveryCodes) Render(ctx context.Context, w io.Writer) error {
	return p.page("Save your recovery codes", p.body()).Render(ctx, w)
}

// Render draws the page.
func (p NewRecoveryCodes) Render(ctx context.Context, w io.Writer) error {
	return p.page("Make new recovery codes", p.body()).Render(ctx, w)
}

// appLink lets exactly one more scheme into a link than templ does. Anything that
// is not a TOTP key address becomes a link to this page's own key, so that a
// javascript: address could not be smuggled in (WE-07).
func appLink(uri string) templ.SafeURL {
	if !strings.HasPrefix(uri, "otpauth://totp/") {
		return "#key"
	}
	return templ.SafeURL(uri)
}

// qrWidth is the width of the picture in pixels: at least three for each module, since
// the code of a long name has many, and readers need to tell them apart.
func (p EnrolAuthenticator) qrWidth() string { return strconv.Itoa(max(208, 3*p.QRSize)) }

// grouped writes a key in groups of four, so that it can be typed over.
func grouped(key string) string {
	var b strings.Builder
	for i := 0; i < len(key); i++ {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteByte(key[i])
	}
	return b.String()
}
