package users

import (
	"latchkey/internal/account"
	"latchkey/internal/store"
	"latchkey/internal/web"
	"latchkey/views"
)

func submitEndSession(v *web.Visitor) error {
	if _, err := v.Form(); err != nil {
		return err
	}
	u, err := chosen(v)
	if err != nil {
		return err
	}
	err = v.Tx(func(tx *store.Tx) error {
		browser, err := action(v, tx, "").EndSession(u, v.Param("session"))
		if err != nil {
			return err
		}
		return v.SetFlash(tx, views.Flash{Kind: "good", Text: account.Shown(u) + " is signed out of " + browser + "."})
	})
	if err != nil {
		return err
	}
	return v.Redirect(account.Path(u))
}
