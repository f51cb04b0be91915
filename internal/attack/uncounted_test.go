package attack

import (
	"testing"
	"time"

	"latchkey/internal/apptest"
	"latchkey/internal/audit"
	"latchkey/internal/auth"
	"latchkey/internal/instance"
	"latchkey/internal/secret"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

// TestAU10_WhatCannotBeCountedIsRefused breaks the counting of every kind of try: beside the
// error stands a try that has to wait, so that passing over the error opens nothing.
func TestAU10_WhatCannotBeCountedIsRefused(t *testing.T) {
	apptest.OnFile(t) // on a server a statement fails with the transaction, at its end
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice").Now()
	i, stranger := a.Site.Instance, secret.HashToken("a browser that nobody has seen")
	known := secret.HashToken("a browser of hers")
	a.Tx(func(tx *store.Tx) error {
		return tx.SaveBrowser(store.Browser{TokenHash: known, UserID: alice.ID, ID: secret.ID(), Ends: a.Clock.Now().Add(time.Hour)})
	})
	breakTable(t, a, "limits", "INSERT")
	type count func(*store.Tx, instance.Caller) (instance.Try, error)
	both := func(b auth.Bucket, u user.User) count {
		return func(tx *store.Tx, c instance.Caller) (instance.Try, error) { return i.CountBothSecond(tx, c, b, u) }
	}
	second := func(b auth.Bucket) count {
		return func(tx *store.Tx, c instance.Caller) (instance.Try, error) { return i.CountSecond(tx, c, b, alice) }
	}
	for name, count := range map[string]count{
		"password": func(tx *store.Tx, c instance.Caller) (instance.Try, error) {
			return i.CountPassword(tx, c, "alice", alice, true)
		},
		"password of nobody": func(tx *store.Tx, c instance.Caller) (instance.Try, error) {
			return i.CountPassword(tx, c, "nobody-here", user.User{}, false)
		},
		"set-up code": i.CountSetup, "both": i.CountBoth, "forgotten": i.CountForgotten,
		"code": second(auth.BucketCode), "recovery code": second(auth.BucketRecovery),
		"code of both": both(auth.BucketCode, alice), "code of nobody": both(auth.BucketCode, user.User{}),
	} {
		for browser, hash := range map[string]string{"known": known, "stranger": stranger} {
			for _, ip := range []string{"192.0.2.7", "2001:db8::7"} {
				c := instance.Caller{By: audit.Entry{At: a.Clock.Now(), IP: ip}, Browser: hash}
				_ = a.DB.Tx(t.Context(), func(tx *store.Tx) error {
					try, err := count(tx, c)
					if err == nil || !try.Refused() {
						t.Errorf("%s, %s, %s: refused %v beside %v", name, browser, ip, try.Refused(), err)
					}
					return err
				})
			}
		}
	}
}
