package instance

import (
	"time"

	"latchkey/internal/secret"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

// NewLink stores a one-time link to the user and returns its path: the one given
// and the token, which exists nowhere else. u must be as it is inside the
// transaction. How long it works and what it is about stand in l; older links of
// its kind stop working. Instance.Link makes the whole address of the path.
func (i *Instance) NewLink(tx *store.Tx, u user.User, path string, l store.Link) (string, error) {
	token := secret.Token()
	l.TokenHash, l.UserID, l.CredVersion = secret.HashToken(token), u.ID, u.CredVersion
	return path + "/" + token, tx.AddLink(l)
}

// Lifetimes of links. What only takes something back works longer, so that a
// warning read after a holiday still helps.
const (
	ResetFor  = 30 * time.Minute    // MA-03
	EmailFor  = 24 * time.Hour      // to confirm an address
	PhoneFor  = 24 * time.Hour      // to set up an authenticator after a lost phone
	NotMeFor  = 30 * 24 * time.Hour // "this was not me"
	CancelFor = 30 * 24 * time.Hour // to withdraw a request
)
