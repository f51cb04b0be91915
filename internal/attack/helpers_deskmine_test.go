package attack

import (
	"fmt"

	"latchkey/internal/apptest"
	"latchkey/internal/store"
)

// aboutMe are the forms about the own address, notices and account, each on
// behalf of a new user.
func (d *desk) aboutMe() []form {
	d.TB.Helper()
	a := d.post
	a.Set("delete_self", "yes")
	a.Set("two_step", "optional") // signing in with a code moves the clock
	waits := func(name string) (*apptest.User, *apptest.Browser) {
		u := a.AddUser(name, apptest.NoPhone)
		a.Tx(func(tx *store.Tx) error { return tx.SetPendingEmail(u.ID, name+"@example.net") })
		return u, signedInAs(a, u)
	}
	_, again := waits("agnes")
	_, cancels := waits("carol")
	erik, _ := waits("erik")
	told, seen := waits("sam")
	at := a.Clock.Now()
	a.Tx(func(tx *store.Tx) error {
		return tx.AddNotice(store.Notice{ID: "n", UserID: told.ID, Text: "t", At: at})
	})
	_, leaves := waits("leo")
	_, warned := waits("wanda")
	confirms, mailed := a.Browser(), a.Browser()
	confirms.Get(erik.LinkAbout(store.PurposeEmail, "erik@example.net"))
	mailed.Get(a.AddUser("mats").Link(store.PurposeNotMe))
	return []form{
		{"/profile/email/send-again", again, nil, nil, false},
		{"/profile/email/cancel", cancels, nil, nil, false},
		{"/email", confirms, nil, nil, false},
		{"/security/notices/seen", seen, []string{"until", fmt.Sprint(at.UnixMilli())}, nil, false},
		{"/profile/delete", leaves, []string{"confirm_username", "leo"}, nil, true},
		{"/security/not-me", warned, []string{"notice", ""}, []string{"notice"}, false},
		{"/not-me", mailed, nil, nil, false},
	}
}
