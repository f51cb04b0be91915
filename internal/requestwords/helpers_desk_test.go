package requestwords_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"latchkey/internal/apptest"
	"latchkey/internal/requestwords"
	"latchkey/internal/secret"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

// desk is an instance whose users ask for help.
type desk struct {
	*apptest.App
	t     *testing.T
	words *requestwords.Words
	users []string // ids
	asked int
}

func newDesk(t *testing.T, users int) *desk {
	t.Helper()
	a := apptest.Start(t, apptest.Options{})
	d := &desk{App: a, t: t, words: requestwords.New(a.Site.Instance)}
	for i := range users {
		d.add(fmt.Sprintf("person%03d", i), "")
	}
	return d
}

// add adds a user who asks for help.
func (d *desk) add(username, name string) string {
	d.t.Helper()
	id := secret.ID()
	d.Tx(func(tx *store.Tx) error {
		return tx.AddUser(store.NewUser{ID: id, Username: username, Name: name, Role: user.RoleUser, CreatedAt: d.Clock.Now()})
	})
	d.users = append(d.users, id)
	return id
}

// ask lets the next user ask for help, and an administrator refuse it.
func (d *desk) ask(message string) string { return d.askAs(d.users[d.asked%len(d.users)], message, "") }

func (d *desk) askAs(by, message, reason string) string {
	d.t.Helper()
	d.asked++
	q := store.Request{ID: secret.ID(), UserID: by, Message: message, Made: d.Clock.Now(), Opens: d.Clock.Now(), Ends: d.Clock.Now().Add(time.Hour)}
	d.Tx(func(tx *store.Tx) error { _, err := tx.AddRequest(q); return err })
	d.Tx(func(tx *store.Tx) error {
		_, err := tx.Decide(q.ID, store.RequestRefused, store.Request{DecidedID: d.Admin.ID, DecidedName: d.Admin.Username, Decided: d.Clock.Now(), Reason: reason})
		return err
	})
	return q.ID
}

func (d *desk) summary(days int) requestwords.Summary {
	d.t.Helper()
	s, err := d.words.Summary(d.t.Context(), d.Clock.Now(), days, 10)
	if err != nil {
		d.t.Fatal(err)
	}
	return s
}

// shown are the words with their counts: "phone 30, lost 12".
func shown(all []requestwords.Word) string {
	var b []string
	for _, w := range all {
		b = append(b, fmt.Sprintf("%s %d", w.Word, w.Requests))
	}
	return strings.Join(b, ", ")
}

func (d *desk) minute() { d.Clock.Add(time.Minute) }
