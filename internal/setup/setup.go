// Package setup makes the first administrator. It works only while no
// administrator exists and only for somebody who can read what the server
// printed: a one-time code of 128 bits, good for 30 minutes, whose hash is in the
// database. Wrong codes slow down the network they come from and nobody else: no
// stranger can end the operator's code.
package setup

import (
	"crypto/subtle"
	"errors"
	"strings"
	"time"

	"github.com/a-h/templ"

	"latchkey/internal/audit"
	"latchkey/internal/auth"
	"latchkey/internal/factor"
	"latchkey/internal/instance"
	"latchkey/internal/problem"
	"latchkey/internal/secret"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web"
	"latchkey/internal/web/forms"
	"latchkey/internal/web/proof"
	"latchkey/internal/web/route"
	"latchkey/views"
)

// codeFor is how long a set-up code works.
const codeFor = 30 * time.Minute

// Mount adds the set-up page.
func Mount(s *web.Site) {
	s.Get("/setup", route.Anyone, show)
	s.Post("/setup", route.Anyone, submit)
}

// NewCode replaces the set-up code and returns it. It is the caller's to print;
// it cannot be read again.
func NewCode(tx *store.Tx, now time.Time) (code string, err error) {
	code = secret.ID()
	return code, tx.SetSetupCode(secret.HashToken(code), now.Add(codeFor))
}

// LivingCode returns the hash of the set-up code that works now, "" if there is none.
func LivingCode(tx *store.Tx, now time.Time) (hash string, err error) {
	return tx.SetupCode(now, codeFor)
}

// open refuses with problem.NotFound once an administrator exists.
func open(v *web.Visitor) error {
	if has, err := v.HasAdministrator(); err != nil {
		return err
	} else if has {
		return problem.New(problem.NotFound, "")
	}
	return nil
}

func show(v *web.Visitor) error {
	if err := open(v); err != nil {
		return err
	}
	v.MarkBrowser()
	return v.Render(page(v, nil, forms.Form{"setup_code": v.Query("code")}))
}

func page(v *web.Visitor, err error, form forms.Form) templ.Component {
	return views.Setup{
		Frame: v.Frame(err), SetupCode: form["setup_code"], Username: form["username"], Name: form["name"], Email: form["email"],
		URL: v.URL.String(), PlainHTTP: !v.Secure(), MinLength: v.Settings().MinPassword(v.Now),
	}
}

func submit(v *web.Visitor) error {
	if err := open(v); err != nil {
		return err
	}
	form, err := v.Form("setup_code", "username", "name", "email", "new_password")
	if err != nil {
		return err
	}
	form["setup_code"] = strings.ToLower(factor.CleanKey(form["setup_code"]))
	n, password, err := read(v, form)
	if err == nil {
		err = create(v, n, form["setup_code"], password)
	}
	if err != nil {
		return v.Reject(err, page(v, err, form))
	}
	return v.Redirect(auth.StepEnrol.Path())
}

// read checks what was typed before the code is looked at, so that a slip of the
// pen costs no try.
func read(v *web.Visitor, form forms.Form) (n store.NewUser, password string, err error) {
	var nameErr, displayErr, emailErr, passwordErr, codeErr error
	if form["setup_code"] == "" {
		codeErr = problem.Field("setup_code", "Enter the setup code printed in the server log")
	}
	n.Username, nameErr = user.CheckOfficialUsername(form["username"])
	n.Name, displayErr = user.CheckName(form["name"])
	n.Email, n.EmailKey, emailErr = user.CheckEmail(form["email"])
	password, passwordErr = proof.CheckNewPassword(&v.Holder, user.User{Username: n.Username, Name: n.Name, Email: n.Email}, form["new_password"])
	return n, password, errors.Join(codeErr, nameErr, emailErr, displayErr, passwordErr)
}

var errCode = problem.Field("setup_code", "That setup code is not right. Run `latchkey setup-code` on the server to see it.")

// create makes the administrator and leads on to the enrolment, which is forced.
func create(v *web.Visitor, n store.NewUser, code, password string) error {
	try, err := checkCode(v, code)
	if err != nil {
		return err
	}
	hash, err := proof.HashPassword(&v.Holder, password)
	if err != nil {
		return v.Unseen(try, err)
	}
	n.ID, n.Role, n.Hash, n.CreatedAt, n.ChangedAt = secret.ID(), user.RoleAdmin, hash, v.Now, v.Now
	var token string
	err = v.Tx(func(tx *store.Tx) error {
		token, err = add(v, tx, n, code)
		return err
	})
	if err != nil {
		return err
	}
	v.SendPending(token)
	return nil
}

// checkCode counts the try for its network, commits, and only then compares.
func checkCode(v *web.Visitor, code string) (try instance.Try, err error) {
	var hash string
	err = v.Tx(func(tx *store.Tx) (err error) {
		if try, err = v.CountSetup(tx, v.Caller()); err != nil || try.Refused() {
			return err
		}
		hash, err = LivingCode(tx, v.Now)
		return err
	})
	if err != nil {
		return try, err
	}
	if try.Refused() {
		return try, proof.Refusal(v.Instance, try)
	}
	if hash != "" && subtle.ConstantTimeCompare([]byte(hash), []byte(secret.HashToken(code))) == 1 {
		return try, nil
	}
	return try, orElse(v.Tx(func(tx *store.Tx) error {
		if hash == "" {
			return nil // there is no living code: no row for everybody who comes late
		}
		return try.Audit(tx, v.Audit(audit.SetupDone, audit.ResultFailed))
	}), errCode)
}

func orElse(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}

// add uses the code up and inserts the administrator unless there is one: of any
// number of requests at once, one succeeds (AU-11).
func add(v *web.Visitor, tx *store.Tx, n store.NewUser, code string) (pending string, err error) {
	taken, err := tx.TakeSetupCode(secret.HashToken(code))
	if err != nil {
		return "", err
	}
	if !taken {
		return "", errCode
	}
	added, err := tx.AddFirstAdministrator(n)
	if err != nil {
		return "", err
	}
	if !added {
		return "", problem.New(problem.NotFound, "")
	}
	e := v.Audit(audit.SetupDone, audit.ResultOK)
	e.ActorID, e.ActorName, e.SubjectID, e.SubjectName = n.ID, n.Username, n.ID, n.Username
	if err := tx.Audit(e); err != nil {
		return "", err
	}
	return v.StartPending(tx, store.Pending{
		UserID: n.ID, CredVersion: 1, Stage: auth.StepEnrol, PasswordAt: v.Now,
	})
}
