package web

import (
	"container/list"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"latchkey/internal/problem"
	"latchkey/internal/secret"
)

const (
	// maxBodies is how many forms may be on their way at once: 256, which take 16 MiB at
	// most. A form arrives with its request or a moment later; only a slow line or somebody
	// who means harm keeps one under way.
	maxBodies = 256
	// maxNetworkBodies is how many of them may come from one network: 64. What a trusted
	// proxy sends counts for the network of its client.
	maxNetworkBodies = 64
	// bodyAgainIn is how long somebody whose form was cut off is asked to wait.
	bodyAgainIn = 5 * time.Second
	// drainBody is how long the rest of a form that nobody reads may still arrive, so that
	// the browser reads our answer and shows no error of its own: 2 seconds.
	drainBody = 2 * time.Second
	// firstBuffer is how much is set aside for a form before anything of it is there.
	firstBuffer = 2 << 10
)

// bodies are the forms that are under way. Where a bound is reached the oldest makes room
// for the next: of the same network, or of the one that has most. One that arrives at once
// is never the oldest, so somebody else's is always read (EX-01). It is safe for concurrent use.
type bodies struct {
	bounds

	mu      sync.Mutex
	held    int
	senders map[string]*list.List // of *body, the oldest first
}

// body is one of them.
type body struct {
	network string
	since   time.Time
	stop    func() // ends the reading
	cut     bool
}

func newBodies() *bodies {
	return &bodies{bounds: bounds{network: maxNetworkBodies, all: maxBodies}, senders: map[string]*list.List{}}
}

// enter counts a form in until leave is called, which reports whether it was cut off.
// Network is "" for those of many people who cannot be told apart.
func (b *bodies) enter(network string, stop func()) (leave func() (cut bool)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if mine := b.senders[network]; network != "" && mine != nil && mine.Len() >= b.network {
		b.drop(network)
	} else if b.held >= b.all {
		b.drop(b.largest())
	}
	if b.senders[network] == nil {
		b.senders[network] = list.New()
	}
	one := &body{network: network, since: time.Now(), stop: stop}
	at := b.senders[network].PushBack(one)
	b.held++
	return func() bool {
		b.mu.Lock()
		defer b.mu.Unlock()
		if !one.cut {
			b.remove(at)
		}
		return one.cut
	}
}

// drop cuts off the oldest form of a network. It is still counted in nowhere, and its
// reader finds out by an error.
func (b *bodies) drop(network string) {
	at := b.senders[network].Front()
	one := at.Value.(*body)
	one.cut = true
	b.remove(at)
	one.stop()
}

func (b *bodies) remove(at *list.Element) {
	network := at.Value.(*body).network
	all := b.senders[network]
	if all.Remove(at); all.Len() == 0 {
		delete(b.senders, network)
	}
	b.held--
}

// largest is the network with most forms under way; of several the one with the oldest.
func (b *bodies) largest() (network string) {
	most, oldest := 0, time.Time{}
	for name, all := range b.senders {
		first := all.Front().Value.(*body).since
		if all.Len() > most || all.Len() == most && first.Before(oldest) {
			network, most, oldest = name, all.Len(), first
		}
	}
	return network
}

// sender is the network whose form this is; "" behind a proxy that does not say.
func (v *Visitor) sender() string {
	if v.way.trusted && (!v.way.clear || v.way.who == v.way.from) {
		return ""
	}
	return Network(v.IP())
}

// readBody reads the body of a form into memory that grows with what has arrived, not with
// what was announced.
func (v *Visitor) readBody() ([]byte, error) {
	r, most := v.c.Request(), v.most()
	if r.ContentLength > most {
		return nil, echo.NewHTTPError(http.StatusRequestEntityTooLarge)
	}
	if r.Body == http.NoBody {
		return []byte{}, nil
	}
	control := http.NewResponseController(v.c.Response())
	leave := v.bodies.enter(v.sender(), func() { control.SetReadDeadline(time.Unix(1, 0)) })
	raw, err := readGrowing(http.MaxBytesReader(v.c.Response(), r.Body, most), most)
	switch cut := leave(); {
	case cut:
		return nil, &problem.Problem{Kind: problem.Unavailable, RetryAfter: bodyAgainIn, Err: errCutOff}
	case err == nil:
		return raw, nil
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, echo.NewHTTPError(http.StatusRequestEntityTooLarge)
	}
	return nil, badRequest("The form did not arrive whole.", err)
}

var errCutOff = errors.New("too many forms were under way, and this was the slowest")

// readGrowing reads all there is, most bytes at most.
func readGrowing(from io.Reader, most int64) ([]byte, error) {
	buffer := make([]byte, 0, firstBuffer)
	for {
		n, err := from.Read(buffer[len(buffer):cap(buffer)])
		if buffer = buffer[:len(buffer)+n]; errors.Is(err, io.EOF) {
			return buffer, nil
		} else if err != nil {
			return nil, err
		}
		if len(buffer) == cap(buffer) {
			grown := make([]byte, len(buffer), min(2*cap(buffer), int(most)+1))
			copy(grown, buffer)
			buffer = grown
		}
	}
}

// connectionClose is a header of answers behind which the connection ends.
var connectionClose = []string{"close"}

// closeUnread ends the connection behind the answer if nobody reads the body of this
// request, and gives it drainBody to come. Package http would wait for it with the answer.
func (v *Visitor) closeUnread() {
	if v.unread() {
		v.c.Response().Header()["Connection"] = connectionClose
		http.NewResponseController(v.c.Response()).SetReadDeadline(time.Now().Add(drainBody))
	}
}

// endFraming ends the connection behind a request of which a proxy in front may think that
// it ends elsewhere: one with chunks, since package http hides whether a length was
// given too, and one of HTTP/1.0, where it hides a Transfer-Encoding (RFC 9112, 6.1). No
// page needs a body but those of forms.
func (v *Visitor) endFraming() {
	r := v.c.Request()
	if len(r.TransferEncoding) > 0 || !r.ProtoAtLeast(1, 1) {
		v.c.Response().Header()["Connection"] = connectionClose
	}
	if !v.posts() {
		v.closeUnread()
	}
}

// unread reports whether the request has a body that was not taken.
func (v *Visitor) unread() bool { return v.c.Request().ContentLength != 0 && v.sent == nil }

// comesBefore decides what can be decided before the form has arrived: somebody whom
// nothing in this browser connects with anybody gets their answer at once, so that only
// people who got somewhere can make us keep a form (EX-01). Who may pass is decided
// when all of it is there, see Visitor.receive.
func (v *Visitor) comesBefore(a Access) error {
	if a == Anyone || !v.unread() {
		return nil
	}
	if known, err := v.known(); err != nil || known {
		return err
	}
	return v.allow(a)
}

// known reports whether this browser has a session or a pending sign-in, one of them that
// is over, or did something in the last minute of which this form may be a second copy.
func (v *Visitor) known() (bool, error) {
	if token := v.token(sessionCookie); token != "" {
		if s, _, _, err := v.DB.SessionByHash(secret.HashToken(token), v.Now); err != nil || s.ID != "" {
			return err == nil, err
		}
	}
	if token := v.token(pendingCookie); token != "" {
		if p, _, _, err := v.DB.PendingByHash(secret.HashToken(token), v.Now); err != nil || p.IDHash != "" {
			return err == nil, err
		}
	}
	j, ok := v.jar()
	return ok && v.answers.concern(j.values()), nil
}
