package security

import (
	"strconv"
	"time"

	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/web"
)

// submitSeen puts the notices away that the visitor's page showed. It needs no new
// proof: what they tell of stays in the activity.
func submitSeen(v *web.Visitor) error {
	form, err := v.Form("until")
	if err != nil {
		return err
	}
	until, err := strconv.ParseInt(form["until"], 10, 64)
	if err != nil {
		return problem.New(problem.BadRequest, "The form does not say which notices you have seen.")
	}
	err = v.Tx(func(tx *store.Tx) error {
		return tx.SeeNotices(v.User.ID, v.BrowserHash(), v.UserAgent(), time.UnixMilli(until), v.Now)
	})
	if err != nil {
		return err
	}
	if v.CameFrom("/profile") != "" {
		return v.Redirect("/profile")
	}
	return v.Redirect("/security")
}
