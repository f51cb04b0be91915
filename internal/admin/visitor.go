package admin

import (
	"latchkey/internal/account"
	"latchkey/internal/audit"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web"
)

// chosen is the user of the route; an id that does not exist is a 404 page.
func chosen(v *web.Visitor) (user.User, error) { return v.DB.User(v.Param("id")) }

// action is what the visitor does inside this transaction.
func action(v *web.Visitor, tx *store.Tx, reason string) account.Action {
	return account.Action{Instance: v.Instance, Tx: tx, By: v.Audit("", audit.ResultOK), Reason: reason}
}
