package web

import (
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"latchkey/internal/problem"
	"latchkey/internal/secret"
	"latchkey/internal/web/conns"
	"latchkey/internal/web/forms"
)

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
	one := v.bodies.enter(v.way.Sender(), func() { control.SetReadDeadline(time.Unix(1, 0)) })
	raw, err := readPieces(http.MaxBytesReader(v.c.Response(), r.Body, most), one.grow)
	switch cut := one.leave(); {
	case cut:
		return nil, &problem.Problem{Kind: problem.Unavailable, RetryAfter: bodyAgainIn, Err: errCutOff}
	case err == nil:
		return raw, nil
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, echo.NewHTTPError(http.StatusRequestEntityTooLarge)
	}
	return nil, forms.BadRequest("The form did not arrive whole.", err)
}

var errCutOff = errors.New("too many forms were under way, and this was the slowest")

// pieces are lent to forms while they arrive: whoever is cut off leaves nothing behind for
// the garbage collector.
var pieces = sync.Pool{New: func() any { return new([pieceSize]byte) }}

// pieceSize is more than most forms have.
const pieceSize = 2 << 10

// readPieces reads all there is, and tells how much more memory it takes.
func readPieces(from io.Reader, grow func(bytes int)) ([]byte, error) {
	var all []*[pieceSize]byte
	defer func() {
		for _, p := range all {
			clear(p[:]) // there are passwords in it
			pieces.Put(p)
		}
	}()
	for length := 0; ; {
		if length == len(all)*pieceSize {
			grow(pieceSize)
			all = append(all, pieces.Get().(*[pieceSize]byte))
		}
		n, err := from.Read(all[len(all)-1][length%pieceSize:])
		if length += n; err == nil {
			continue
		} else if !errors.Is(err, io.EOF) {
			return nil, err
		}
		whole := make([]byte, 0, length)
		for _, p := range all {
			whole = append(whole, p[:min(pieceSize, length-len(whole))]...)
		}
		return whole, nil
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
		conns.GiveUp(v.c.Request())
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
	return ok && v.answers.Concern(j.values()), nil
}
