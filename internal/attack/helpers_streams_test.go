package attack

import (
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
