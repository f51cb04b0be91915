package eventhubs

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"syscall"
	"time"
	"unicode"

	eh "github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2"
	"github.com/Azure/go-amqp"
)

// failure is what went wrong with an event hub, as a sentence.
type failure struct {
	text string
	err  error
	// lost says that the connection went away, and nothing else is known to be wrong.
	lost bool
	// event says that the hub does not like what it was sent.
	event bool
}

func (f *failure) Error() string { return f.text }
func (f *failure) Unwrap() error { return f.err }

// maxSaid is how many characters of what an event hub says are repeated.
const maxSaid = 300

// The conditions that are not in the standard.
const (
	busy       amqp.ErrCond = "com.microsoft:server-busy"
	timeout    amqp.ErrCond = "com.microsoft:timeout"
	disabled   amqp.ErrCond = "com.microsoft:entity-disabled"
	outOfRange amqp.ErrCond = "com.microsoft:argument-out-of-range"
	argument   amqp.ErrCond = "com.microsoft:argument-error"
)

// explain turns an error of the SDK into a failure.
func explain(to Connection, why *note, err error) error {
	f := &failure{err: err}
	dialed := why.err.Load()
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, context.DeadlineExceeded) && dialed == nil:
		f.text = fmt.Sprintf("%s did not answer within %s", to.Host, inWords(why.patience))
	case dialed != nil:
		f.text, f.err = unreachable(to, *dialed), *dialed
	default:
		f.text, f.lost, f.event = told(to, err)
	}
	return f
}

// inWords is a time as a reader says it, in full seconds.
func inWords(d time.Duration) string {
	if n := max(1, int(d.Round(time.Second).Seconds())); n > 1 {
		return fmt.Sprintf("%d seconds", n)
	}
	return "a second"
}

// unreachable says why there is no connection.
func unreachable(to Connection, err error) string {
	name := &net.DNSError{}
	authority := x509.UnknownAuthorityError{}
	host := x509.HostnameError{}
	invalid := x509.CertificateInvalidError{}
	record := tls.RecordHeaderError{}
	handshake := &handshakeError{}
	late := net.Error(nil)
	switch {
	case errors.As(err, &name) && name.IsNotFound:
		return fmt.Sprintf("the name %s is not known", to.Host)
	case errors.As(err, &name):
		return fmt.Sprintf("the name %s could not be looked up", to.Host)
	case errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Sprintf("nobody listens at %s", to.Address())
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &late) && late.Timeout():
		return fmt.Sprintf("%s does not answer on port %s; a firewall may be in the way", to.Host, to.Port)
	case errors.As(err, &authority):
		return fmt.Sprintf("the certificate of %s is signed by an authority that is not known here", to.Host)
	case errors.As(err, &host):
		return fmt.Sprintf("the certificate that %s shows is for another name", to.Host)
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return fmt.Sprintf("the certificate of %s is not valid today", to.Host)
	case errors.As(err, &record), errors.As(err, &handshake) && (errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET)):
		return fmt.Sprintf("%s does not speak TLS; the connection string of an emulator says UseDevelopmentEmulator=true", to.Address())
	case errors.As(err, &handshake):
		return fmt.Sprintf("no secure connection to %s: %s", to.Address(), clean(to, handshake.err.Error()))
	}
	return fmt.Sprintf("no connection to %s: %s", to.Address(), clean(to, err.Error()))
}

// told says what the hub said.
func told(to Connection, err error) (text string, lost, event bool) {
	var known *eh.Error
	is := func(c eh.ErrorCode) bool { return errors.As(err, &known) && known.Code == c }
	condition, code, words := answer(to, err)
	switch {
	case is(eh.ErrorCodeUnauthorizedAccess) || condition == amqp.ErrCondUnauthorizedAccess || code == http.StatusUnauthorized:
		text = fmt.Sprintf("%s refuses the policy “%s”; check its key, and that it may send, and listen for reading back (%s)", to.Host, clean(to, to.Policy), words)
	case is(eh.ErrorCodeOwnershipLost):
		text = "another reader of the same consumer group has taken the partition"
	case condition == amqp.ErrCondNotFound || code == http.StatusNotFound:
		text = fmt.Sprintf("%s has no event hub %s, or not that partition or consumer group (%s)", to.Host, to.Hub, words)
	case condition == outOfRange:
		text = fmt.Sprintf("the event hub %s does not have that partition (%s)", to.Hub, words)
	case condition == busy || condition == timeout || code == http.StatusServiceUnavailable:
		text = fmt.Sprintf("%s is busy (%s)", to.Host, words)
	case condition == amqp.ErrCondResourceLimitExceeded:
		text = fmt.Sprintf("%s has used up its quota (%s)", to.Host, words)
	case condition == disabled:
		text = fmt.Sprintf("the event hub %s is switched off", to.Hub)
	case condition == amqp.ErrCondMessageSizeExceeded:
		return "that is too large for the event hub", false, true
	case condition == argument || condition == amqp.ErrCondDecodeError || condition == amqp.ErrCondInvalidField:
		return fmt.Sprintf("the event hub does not take it (%s)", words), false, true
	case condition == "" && code != 0:
		text = fmt.Sprintf("the event hub answered %d (%s)", code, words)
	case condition == "" || is(eh.ErrorCodeConnectionLost):
		return fmt.Sprintf("the connection to %s was lost (%s)", to.Host, words), true, false
	default:
		text = fmt.Sprintf("the event hub answered %s (%s)", clean(to, string(condition)), words)
	}
	return text, false, false
}

// answer takes what the hub said out of an error: the condition of a link or a batch, or the
// code of an answer to a question.
func answer(to Connection, err error) (condition amqp.ErrCond, code int, words string) {
	var (
		said    *amqp.Error
		replied interface {
			error
			RPCCode() int
		}
	)
	if errors.As(err, &replied) {
		code = replied.RPCCode()
	}
	if errors.As(err, &said) {
		return said.Condition, code, clean(to, said.Description)
	}
	return "", code, clean(to, plain(err.Error()))
}

var (
	// wrapping is what the SDK puts before the words of a hub.
	wrapping = regexp.MustCompile(`^(?:\([a-z]+\): )?(?:rpc: failed, status code \d+ and description: )?`)
	// printed is how go-amqp prints an error of the other side.
	printed = regexp.MustCompile(`\*Error\{Condition: ([^,]*), Description: (.*), Info: .*\}`)
	// closed ends what the operating system says when the other side is gone.
	closed = regexp.MustCompile(`(?:^|: )(?:EOF|broken pipe|connection reset by peer)$`)
)

// plain takes off what only a programmer understands.
func plain(words string) string {
	words = printed.ReplaceAllString(wrapping.ReplaceAllString(words, ""), "$1: $2")
	if closed.MatchString(words) {
		return "the other side closed it"
	}
	return words
}

var (
	// tracking is what support of Azure wants to know, and a page does not.
	tracking = regexp.MustCompile(`(?i)[.,]?\s*(?:TrackingId|Reference|Timestamp)\s*:.*$`)
	// signature is a token that a hub may repeat while it still works.
	signature = regexp.MustCompile(`(?i)SharedAccessSignature\s+\S+|sig=[^&\s]*`)
)

// clean is what an event hub said as one bounded line, without the key.
func clean(to Connection, text string) string {
	if to.key != "" {
		text = strings.ReplaceAll(text, to.key, "…")
	}
	text = signature.ReplaceAllString(text, "…")
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, ""))
	text = strings.TrimRight(tracking.ReplaceAllString(strings.TrimSpace(text), ""), ". ")
	if runes := []rune(text); len(runes) > maxSaid {
		text = string(runes[:maxSaid]) + "…"
	}
	if text == "" {
		return "no reason given"
	}
	return text
}
