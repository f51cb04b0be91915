package webhook

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// The sizes of a key in bytes, by the standard.
const (
	minKey = 24
	maxKey = 64
)

// keyPrefix begins every key as it is written.
const keyPrefix = "whsec_"

// Key signs events.
type Key []byte

// NewKey returns 256 random bits.
func NewKey() Key {
	k := make(Key, 32)
	rand.Read(k)
	return k
}

// ParseKey reads a key as it is written: whsec_ and base64. The error does not repeat it.
func ParseKey(text string) (Key, error) {
	body, ok := strings.CutPrefix(strings.TrimSpace(text), keyPrefix)
	if !ok {
		return nil, errors.New("a signing key begins with whsec_")
	}
	k, err := base64.StdEncoding.DecodeString(body)
	if err != nil {
		return nil, errors.New("after whsec_ a signing key is base64")
	}
	if len(k) < minKey || len(k) > maxKey {
		return nil, fmt.Errorf("a signing key has %d to %d bytes; this one has %d", minKey, maxKey, len(k))
	}
	return k, nil
}

// Text is the key as it is written, for the receiver.
func (k Key) Text() string { return keyPrefix + base64.StdEncoding.EncodeToString(k) }

// Mark is a short fingerprint, by which people tell keys apart. It is made of the key but
// says nothing about it.
func (k Key) Mark() string {
	sum := sha256.Sum256(append([]byte("latchkey key mark "), k...))
	return base64.RawURLEncoding.EncodeToString(sum[:3])
}

// Format keeps a key out of log lines and panics, whatever the verb.
func (k Key) Format(f fmt.State, _ rune) { fmt.Fprint(f, "signing key "+k.Mark()) }

// sign returns the signature of a message, as it goes into the header.
func (k Key) sign(id string, at time.Time, body []byte) string {
	m := hmac.New(sha256.New, k)
	fmt.Fprintf(m, "%s.%d.", id, at.Unix())
	m.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(m.Sum(nil))
}

// maxURL bounds a URL, in bytes.
const maxURL = 2000

// Check returns what is wrong with a URL to send to, as a sentence; nil if nothing is. It must be
// https, except for addresses of this machine itself, which only --stream-networks opens.
func Check(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Hostname() == "" || u.Opaque != "" || len(text) > maxURL || strings.ContainsAny(text, " \t\r\n"):
		return errors.New("enter a URL such as https://events.example/latchkey")
	case u.User != nil:
		return errors.New("leave the user name and password out of the URL. Events are signed instead")
	case strings.ContainsFunc(u.Host, func(r rune) bool { return !unicode.IsGraphic(r) || unicode.IsSpace(r) }):
		return errors.New("the URL has a character in its host that cannot be seen")
	case strings.ContainsFunc(u.Host, isOdd):
		return errors.New("the URL has a character in its host that no host has")
	case !isPort(u.Port()):
		return errors.New("a port is a number from 1 to 65535")
	case strings.Contains(text, "#"):
		return errors.New("leave out the # and what follows it")
	case u.Scheme == "https", u.Scheme == "http" && isLocal(u.Hostname()):
		return nil
	}
	return errors.New("the URL must begin with https://")
}

// isOdd reports whether an ASCII character is in no name or address of a host.
func isOdd(r rune) bool {
	return r < unicode.MaxASCII && !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-._:[]%", r)
}

// isPort reports whether there can be such a port; "" is the one of the scheme.
func isPort(port string) bool {
	n, err := strconv.ParseUint(port, 10, 16)
	return port == "" || err == nil && n > 0
}

// isLocal reports whether a host is this machine.
func isLocal(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.IsLoopback()
}

// Address is the part of a URL that people may see: paths and queries can hold tokens.
func Address(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return ""
	}
	return u.Host
}
