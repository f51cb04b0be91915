package apptest

import (
	"strings"
	"sync"
	"time"

	"latchkey/internal/factor"
	"latchkey/internal/secret"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

// Password is the password of every user that AddUser adds.
const Password = "nine tall herons wading"

// passwordHash is computed once for all tests of a package.
var passwordHash = sync.OnceValue(func() string { return Cost.Hash(Password) })

// User is somebody with a password and a phone.
type User struct {
	ID, Username, Email, Password string
	// Secret is what the authenticator app holds; nil for somebody without one.
	Secret []byte
	// Codes are the recovery codes.
	Codes []string

	app *App
}

// A Trait changes a user that is about to be added.
type Trait func(*store.NewUser, *User)

// Administrator makes the user an administrator.
func Administrator(n *store.NewUser, _ *User) { n.Role = user.RoleAdmin }

// Disabled keeps the user from signing in.
func Disabled(n *store.NewUser, _ *User) { n.Disabled = true }

// Invited leaves the user without password and authenticator.
func Invited(n *store.NewUser, u *User) { n.Hash, u.Secret, u.Codes = "", nil, nil }

// NoPhone leaves the user without authenticator and recovery codes.
func NoPhone(_ *store.NewUser, u *User) { u.Secret, u.Codes = nil, nil }

// NoAddress leaves the user without an email address.
func NoAddress(n *store.NewUser, _ *User) { n.Email, n.EmailKey = "", "" }

// Hashed gives the user another stored hash, such as an imported one.
func Hashed(hash string) Trait {
	return func(n *store.NewUser, _ *User) { n.Hash = hash }
}

// AddUser adds a user with the address NAME@example.org, Password, an
// authenticator and ten recovery codes, unless a trait says otherwise.
func (a *App) AddUser(name string, traits ...Trait) *User {
	a.TB.Helper()
	u := &User{
		ID: secret.ID(), Username: name, Email: name + "@example.org", Password: Password,
		Secret: factor.NewSecret(), Codes: factor.NewRecoveryCodes(), app: a,
	}
	now := a.Clock.Now()
	n := store.NewUser{
		ID: u.ID, Username: name, Name: strings.ToUpper(name[:1]) + name[1:], Email: u.Email, EmailKey: u.Email,
		EmailConfirmed: true, Role: user.RoleUser, Hash: passwordHash(), CreatedAt: now, ChangedAt: now,
	}
	for _, t := range traits {
		t(&n, u)
	}
	a.Tx(func(tx *store.Tx) error {
		if err := tx.AddUser(n); err != nil || u.Secret == nil {
			return err
		}
		return u.enrol(tx, now)
	})
	return u
}

func (u *User) enrol(tx *store.Tx, now time.Time) error {
	a, id := u.app, secret.ID()
	macs := make([]string, len(u.Codes))
	for i, code := range u.Codes {
		macs[i] = a.Site.MAC(secret.PurposeRecovery, u.ID, code)
	}
	if err := tx.SetRecoveryCodes(u.ID, macs, now); err != nil {
		return err
	}
	return tx.AddAuthenticator(store.Authenticator{
		ID: id, UserID: u.ID, Label: "Phone", Sealed: a.Site.SealTOTP(u.Secret, u.ID, id), Created: now,
	})
}

// Code is what the user's phone shows now.
func (u *User) Code() string { return u.CodeAt(0) }

// CodeAt is what the phone shows that many steps of 30 seconds from now.
func (u *User) CodeAt(steps int64) string {
	return factor.Code(u.Secret, factor.Step(u.app.Clock.Now())+steps)
}

// CodeFor is what a phone with this key shows now.
func (a *App) CodeFor(key []byte) string { return factor.Code(key, factor.Step(a.Clock.Now())) }

// WrongCode is a code that the phone shows at none of the steps that count.
func (u *User) WrongCode() string {
	for _, code := range []string{"000000", "111111", "222222", "333333"} {
		if code != u.CodeAt(-1) && code != u.CodeAt(0) && code != u.CodeAt(1) {
			return code
		}
	}
	panic("a phone shows three codes at most")
}

// Now returns the user as the database has it.
func (u *User) Now() user.User {
	u.app.TB.Helper()
	now, err := u.app.DB.User(u.ID)
	u.app.must(err)
	return now
}

// linkPaths are where the links of each kind lead.
var linkPaths = map[store.Purpose]string{
	store.PurposeInvite: "/invite/", store.PurposePassword: "/reset/", store.PurposeReset: "/reset/", store.PurposeEmail: "/email/",
	store.PurposePhone: "/lost-phone/new/", store.PurposeNotMe: "/not-me/", store.PurposeCancel: "/lost-phone/cancel/",
}

// Link makes a one-time link for the user and returns its path.
func (u *User) Link(purpose store.Purpose) string { return u.LinkAbout(purpose, "") }

// LinkAbout is Link with the subject that some kinds have.
func (u *User) LinkAbout(purpose store.Purpose, subject string) string {
	u.app.TB.Helper()
	token, now := secret.Token(), u.app.Clock.Now()
	u.app.Tx(func(tx *store.Tx) error {
		return tx.AddLink(store.Link{
			TokenHash: secret.HashToken(token), Purpose: purpose, UserID: u.ID, Subject: subject, CredVersion: u.Now().CredVersion,
			Created: now, Ends: now.Add(24 * time.Hour),
		})
	})
	return linkPaths[purpose] + token
}
