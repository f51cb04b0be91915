package mail

import (
	"context"
	"errors"
	"fmt"
	"net/textproto"
	"regexp"
	"time"
)

var (
	errNoAddress  = errors.New("the recipient is not one plain email address")
	errNoSender   = errors.New("the sender is not one plain email address")
	errNoStartTLS = errors.New("the server does not offer STARTTLS, and nothing is sent in the clear")
	errNoUTF8     = errors.New("the mail server does not accept addresses with letters other than a to z before the @ (it lacks SMTPUTF8)")
	errNoAuth     = errors.New("the server takes no password in a way known here (PLAIN or LOGIN)")
)

// failure is why a message was not delivered.
type failure struct {
	step      string
	err       error
	permanent bool
}

// Error is one line without the password and without links.
func (f *failure) Error() string {
	return f.step + ": " + clean(withoutTokens(f.err.Error()), maxDetail)
}

// Unwrap returns the cause.
func (f *failure) Unwrap() error { return f.err }

// fail describes what went wrong in a step. Answer is what the server said, if it
// was the server.
func fail(ctx context.Context, step string, err error) (answer string, _ error) {
	said, ok := errors.AsType[*textproto.Error](err)
	switch {
	case ok:
		return spoken(said.Code, said.Msg), &failure{step: step, err: err}
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		err = fmt.Errorf("no answer in time: %w", ctx.Err())
	case ctx.Err() != nil:
		err = ctx.Err()
	}
	return "", &failure{step: step, err: err}
}

// refuse is fail for the steps in which the server decides about this message and
// this recipient. There a 5xx is final (RFC 5321, 4.2.1); 530 and 535 are about us
// (RFC 4954, 6), and mending the settings helps.
func refuse(ctx context.Context, step string, err error) (answer string, _ error) {
	answer, err = fail(ctx, step, err)
	said, ok := errors.AsType[*textproto.Error](err)
	final := ok && said.Code >= 500 && said.Code < 600 && said.Code != 530 && said.Code != 535
	err.(*failure).permanent = final
	return answer, err
}

// spoken is a server's answer as one bounded line, fit for a page. A server is
// foreign: it may say anything, over many lines.
func spoken(code int, text string) string {
	return clean(fmt.Sprintf("%d %s", code, withoutTokens(text)), maxDetail)
}

// token is what the secret part of a link of ours looks like: 256 bits in base64url.
var token = regexp.MustCompile(`[A-Za-z0-9_-]{43,}`)

// withoutTokens takes out what may be the secret of a link. A server that refuses a
// message may quote the address that it does not like, and what it says goes into the
// database, the log and a page of the administrators, while the link still works. It
// comes before any cutting: most of a token is as good as a token.
func withoutTokens(text string) string { return token.ReplaceAllString(text, "…") }

// Permanent reports whether trying again is of no use: the server refused this
// recipient or this message for good, or the recipient is not an address. It is
// false for whatever is wrong with the connection, the password or the sender,
// which somebody may put right.
func Permanent(err error) bool {
	f, ok := errors.AsType[*failure](err)
	return ok && f.permanent
}

// MaxTries is how often a message is tried before it is given up. With Backoff the
// last try is 24 hours and 15 minutes after the first, so that a server which is
// down for a day loses nothing (RFC 5321, 4.5.4.1, wants more of a relay; ours are
// notices).
const MaxTries = 14

const (
	firstWait = time.Minute
	maxWait   = 4 * time.Hour
)

// Backoff returns how long to wait after so many failed tries: one minute after
// the first, doubling to four hours.
func Backoff(tries int) time.Duration {
	wait := firstWait
	for range tries - 1 {
		if wait *= 2; wait >= maxWait {
			return maxWait
		}
	}
	return wait
}
