package admin

import (
	"latchkey/internal/audit"
	"latchkey/internal/instance"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web"
	"latchkey/views"
)

// EndSession signs the user out of one browser and returns what it is called. A session
// of somebody else does not exist here (AC-04).
func (a Act) EndSession(u user.User, id string) (browser string, err error) {
	if a.By.ActorID == u.ID {
		return "", conflict(ownRefusal(kindSignOut))
	}
	sessions, err := a.Tx.Sessions(u.ID, a.By.At)
	if err != nil {
		return "", err
	}
	for _, s := range sessions {
		if s.ID == id {
			browser = instance.BrowserName(s.UserAgent)
		}
	}
	done, err := a.Tx.EndSession(u.ID, id)
	if err != nil {
		return "", err
	}
	if !done || browser == "" {
		return "", problem.New(problem.NotFound, "")
	}
	return browser, a.note(audit.SessionEnded, u, change("browser", browser, ""))
}

func submitEndSession(v *web.Visitor) error {
	if _, err := v.Form(); err != nil {
		return err
	}
	u, err := chosen(v)
	if err != nil {
		return err
	}
	err = v.Tx(func(tx *store.Tx) error {
		browser, err := act(v, tx, "").EndSession(u, v.Param("session"))
		if err != nil {
			return err
		}
		return v.SetFlash(tx, views.Flash{Kind: "good", Text: shown(u) + " is signed out of " + browser + "."})
	})
	if err != nil {
		return err
	}
	return v.Redirect(userPath(u))
}
