package bodies

import (
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"latchkey/internal/problem"
	"latchkey/internal/web/conns"
	"latchkey/internal/web/forms"
)

// ErrTooLarge is a form that is larger than it may be.
var ErrTooLarge = errors.New("the form is too large")

// Read reads the body of a form into memory that grows with what has arrived, not with
// what was announced. It has at most so many bytes and is counted for the network of this
// sender, "" where nobody can tell.
func (b *Bodies) Read(w http.ResponseWriter, r *http.Request, sender string, most int64) ([]byte, error) {
	if r.ContentLength > most {
		return nil, ErrTooLarge
	}
	if r.Body == http.NoBody {
		return []byte{}, nil
	}
	control := http.NewResponseController(w)
	one := b.enter(sender, func() { control.SetReadDeadline(time.Unix(1, 0)) })
	raw, err := readPieces(http.MaxBytesReader(w, r.Body, most), one.grow)
	switch cut := one.leave(); {
	case cut:
		return nil, &problem.Problem{Kind: problem.Unavailable, RetryAfter: bodyAgainIn, Err: errCutOff}
	case err == nil:
		return raw, nil
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, ErrTooLarge
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

// End ends the connection behind the answer.
func End(w http.ResponseWriter) { w.Header()["Connection"] = connectionClose }

// Abandon ends the connection behind the answer to a request whose body nobody reads, and
// gives it drainFor to come. Package http would wait for it with the answer.
func Abandon(w http.ResponseWriter, r *http.Request) {
	End(w)
	http.NewResponseController(w).SetReadDeadline(time.Now().Add(drainFor))
	conns.GiveUp(r)
}

// connectionClose is a header of answers behind which the connection ends.
var connectionClose = []string{"close"}
