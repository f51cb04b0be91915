package e2e

import (
	"encoding/base32"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// phone is an authenticator app made of two programs that are not ours: zbarimg
// reads the QR code off the screen, oathtool computes the codes.
type phone struct {
	t *testing.T
	// uri is what the QR code said.
	uri *url.URL
	// last is the step of the newest code that was shown.
	last int64
}

// scan photographs the QR code on the page.
func (b *tab) scan() *phone {
	b.t.Helper()
	need(b.t, "oathtool")
	text := b.scanText()
	uri, err := url.Parse(text)
	if err != nil || uri.Scheme != "otpauth" || uri.Host != "totp" {
		b.t.Fatalf("the QR code says %q: %v", text, err)
	}
	return &phone{t: b.t, uri: uri}
}

// scanText is what the QR code on the screen says.
func (b *tab) scanText() string {
	b.t.Helper()
	need(b.t, "zbarimg")
	picture := filepath.Join(b.t.TempDir(), "screen.png")
	if err := os.WriteFile(picture, b.screenshot(), 0o600); err != nil {
		b.t.Fatal(err)
	}
	command := exec.Command("zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", picture)
	out, err := command.Output()
	if err != nil {
		b.t.Fatalf("zbarimg finds no QR code at %s: %v", b.path(), err)
	}
	return strings.TrimSpace(string(out))
}

// screenshot is the whole page as PNG.
func (b *tab) screenshot() []byte {
	b.t.Helper()
	eval[chromedp.Void](b, "document.fonts.ready.then(() => undefined)")
	picture, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	if err != nil {
		b.t.Fatalf("screenshot: %v", err)
	}
	return picture
}

// code shows a code that was not used yet and counts for ten seconds more at
// least. The server takes the step before and the one after, too, so nobody has to
// wait: two codes can be shown at any time.
func (p *phone) code() string {
	p.t.Helper()
	now := time.Now().Unix()
	step := max(p.last+1, (now+10+29)/30-2)
	if step > now/30+1 {
		p.t.Fatal("the phone has no code left that the server would take now")
	}
	p.last = step
	out, err := exec.Command("oathtool", "--totp", "--base32", "--now", fmt.Sprintf("@%d", step*30), p.secret()).Output()
	if err != nil {
		p.t.Fatalf("oathtool: %v", err)
	}
	return strings.TrimSpace(string(out))
}

// wrong is a code that counts at no step near now.
func (p *phone) wrong() string {
	p.t.Helper()
	now := time.Now().Unix()
	out, err := exec.Command("oathtool", "--totp", "--base32", "--window", "20", "--now", fmt.Sprintf("@%d", now-300), p.secret()).Output()
	if err != nil {
		p.t.Fatalf("oathtool: %v", err)
	}
	for _, code := range []string{"000000", "111111", "222222"} {
		if !strings.Contains(string(out), code) {
			return code
		}
	}
	return "333333"
}

func (p *phone) secret() string { return p.uri.Query().Get("secret") }

// key is the secret as bytes.
func (p *phone) key() []byte {
	p.t.Helper()
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(p.secret())
	if err != nil {
		p.t.Fatalf("the secret in the QR code: %v", err)
	}
	return key
}
