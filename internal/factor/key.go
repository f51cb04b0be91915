package factor

import (
	"encoding/base32"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"

	"latchkey/internal/problem"
)

// EncodeSecret returns the secret as people and apps pass it on: base32 (RFC
// 4648), upper case, without padding.
func EncodeSecret(secret []byte) string {
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(secret)
}

// ParseSecret reads a base32 secret from another system. Spaces, dashes, lower
// case and padding at the end are tolerated. It returns a problem.Problem for the
// field otp_secret, which never repeats the input, if the text is not base32 or
// does not hold 10 to 64 bytes.
func ParseSecret(s string) ([]byte, error) {
	text := strings.ToUpper(strings.TrimRight(strings.Map(dropSeparators, s), "="))
	secret, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(text)
	// The decoder drops a last letter that completes no byte; such a text has lost
	// its end. Left-over bits in the last letter are ignored, as apps do.
	if err != nil || len(EncodeSecret(secret)) != len(text) {
		return nil, problem.Field("otp_secret", "The authenticator secret is not base32.")
	}
	if len(secret) < minSecretSize {
		return nil, problem.Field("otp_secret", "The authenticator secret is shorter than 80 bits.")
	}
	if len(secret) > maxSecretSize {
		return nil, problem.Field("otp_secret", "The authenticator secret is longer than 512 bits.")
	}
	return secret, nil
}

// URI returns the otpauth address that the QR code holds and that opens an app on
// the same device. Everything but letters, digits and "-._~" is percent-encoded in
// issuer and account, so that an account named "a&secret=AAAA" stays a name and does
// not replace the secret. The issuer, in the form that Issuer returns, stands in the
// label and as a parameter, since apps differ in which they read
// (https://github.com/google/google-authenticator/wiki/Key-Uri-Format).
func URI(issuer, account string, secret []byte) string {
	issuer, account = percent(Issuer(issuer)), percent(labelPart(account))
	return "otpauth://totp/" + issuer + ":" + account +
		"?secret=" + EncodeSecret(secret) +
		"&issuer=" + issuer +
		"&algorithm=SHA1" +
		"&digits=" + strconv.Itoa(Digits) +
		"&period=" + strconv.Itoa(int(Period/time.Second))
}

// noIssuer stands for a name of which nothing is left.
const noIssuer = "Latchkey"

// Issuer returns the name of an instance as authenticator apps show it. A colon,
// plain or encoded, would end the issuer there: FreeOTP refuses such an address, other
// apps show the rest as part of the account. So every colon becomes a space, one
// that is spelled "%3A" too, because some apps decode twice. Space around the name and
// slashes before it go, since apps differ in whether they take them off.
func Issuer(name string) string {
	if name = labelPart(name); name != "" {
		return name
	}
	return noIssuer
}

// encodedColons finds a colon that is encoded, however often.
var encodedColons = regexp.MustCompile(`(?i)%(25)*(3A|EF%(25)*BC%(25)*9A)`)

// labelPart returns s without what separates the parts of a label.
func labelPart(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "")) // before anything is looked for that these could stand in
	s = strings.Map(func(r rune) rune {
		switch r {
		case ':', '\uff1a', '\ufe55', '\ufe13': // the other widths of a colon
			return ' '
		}
		return r
	}, encodedColons.ReplaceAllString(s, " "))
	return strings.TrimLeft(strings.Join(strings.Fields(s), " "), "/ ")
}

// percent encodes all but the unreserved characters of RFC 3986. A space is %20,
// since apps show the "+" of a form as a plus.
func percent(s string) string {
	return strings.ReplaceAll(url.QueryEscape(s), "+", "%20")
}
