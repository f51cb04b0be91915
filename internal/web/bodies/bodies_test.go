package bodies

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"latchkey/internal/problem"
)

// TestEX01_TheOldestFormMakesRoom: of the network that sends one too many, and of the one
// that has most where there are too many in all.
func TestEX01_TheOldestFormMakesRoom(t *testing.T) {
	t.Parallel()
	b := Within(Load{Forms: 4, Bytes: 100}, Load{Forms: 3, Bytes: 60})
	var cut []string
	begin := func(name, network string) *body {
		return b.enter(network, func() { cut = append(cut, name) })
	}
	first := begin("a1", "a")
	begin("a2", "a")
	begin("a3", "a")
	begin("a4", "a")
	begin("b1", "b")
	last := begin("c1", "c")
	if got := strings.Join(cut, " "); got != "a1 a2" {
		t.Errorf("%s were cut off, want the oldest of a, and then of the network with most", got)
	}
	last.grow(60)
	if last.grow(1); !last.leave() || !first.leave() {
		t.Error("a form with too many bytes, or one too many, was not cut off")
	}
	if now, networks := b.UnderWay(); now != (Load{Forms: 3}) || networks != 2 {
		t.Errorf("%+v of %d networks are under way", now, networks)
	}
}

// slow is a body that fails once the reading is ended.
type slow struct{ read func() error }

func (s slow) Read([]byte) (int, error) { return 0, s.read() }

func TestRead(t *testing.T) {
	t.Parallel()
	b := Within(Load{Forms: 10, Bytes: 1 << 20}, Load{Forms: 1, Bytes: 1 << 20})
	read := func(body io.Reader, length int64) ([]byte, error) {
		r := httptest.NewRequest(http.MethodPost, "/", body)
		r.ContentLength = length
		return b.Read(httptest.NewRecorder(), r, "192.0.2.1", 5000)
	}
	fits := strings.Repeat("x", 5000)
	if got, err := read(strings.NewReader(fits), -1); string(got) != fits || err != nil {
		t.Errorf("as much as there may be: %d bytes, %v", len(got), err)
	}
	for _, length := range []int64{5001, -1} {
		if got, err := read(strings.NewReader(fits+"x"), length); got != nil || !errors.Is(err, ErrTooLarge) {
			t.Errorf("one byte more, said to be %d: %v", length, err)
		}
	}
	if _, err := read(slow{func() error { return io.ErrUnexpectedEOF }}, 10); !problem.Is(err, problem.BadRequest) {
		t.Errorf("a form that breaks off: %v", err)
	}
	_, err := read(slow{func() error {
		b.enter("192.0.2.1", func() {}).leave() // another one comes
		return io.ErrClosedPipe
	}}, 10)
	if p := problem.As(err); p == nil || p.Kind != problem.Unavailable || p.RetryAfter != bodyAgainIn {
		t.Errorf("a form that was cut off: %v", err)
	}
	if now, _ := b.UnderWay(); now != (Load{}) {
		t.Errorf("%+v is left", now)
	}
}
