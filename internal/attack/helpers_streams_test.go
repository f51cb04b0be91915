package attack

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"latchkey/internal/apptest"
	"latchkey/internal/audit"
	"latchkey/internal/store"
	"latchkey/internal/stream"
)

// What is secret of the streams in these tests.
const (
	streamKey        = "whsec_c2lnbmluZy1rZXktb2YtdGhlLXRlc3RzLTEyMw=="
	streamConnection = "Endpoint=sb://127.0.0.1/;SharedAccessKeyName=send;SharedAccessKey=Y29ubmVjdGlvbi1jYW5hcnk=;EntityPath=audit"
)

// stream adds a stream and returns its id.
func (d *desk) stream(w stream.Wish) string {
	d.TB.Helper()
	return addStream(d.TB, d.App, w)
}

func addStream(t testing.TB, a *apptest.App, w stream.Wish) (id string) {
	t.Helper()
	a.Tx(func(tx *store.Tx) (err error) {
		id, _, err = stream.Add(a.Site.Instance, tx, audit.Entry{At: a.Clock.Now(), ActorID: a.Admin.ID, ActorName: a.Admin.Username}, w)
		return err
	})
	return id
}

// receiver is the other side of a webhook.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	bodies []string
	status int
	answer string
}

func receive(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{status: http.StatusOK}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, _ := io.ReadAll(q.Body)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.bodies = append(r.bodies, string(body))
		w.WriteHeader(r.status)
		io.WriteString(w, r.answer)
	}))
	t.Cleanup(r.Close)
	return r
}

// says decides what is answered from now on.
func (r *receiver) says(status int, answer string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status, r.answer = status, answer
}

func (r *receiver) got() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.bodies)
}

// aside sets the newest events of the log aside, and returns their numbers.
func aside(t *testing.T, a *apptest.App, id string, n int) (all []int64) {
	t.Helper()
	head, _, err := a.DB.AuditHead()
	if err != nil {
		t.Fatal(err)
	}
	a.Tx(func(tx *store.Tx) error {
		for i := range int64(n) {
			if err := tx.AddDeadLetter(id, head-i, "400 Bad Request “<b>no</b>”", a.Clock.Now()); err != nil {
				return err
			}
			all = append(all, head-i)
		}
		return nil
	})
	return all
}
