package app

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"golang.org/x/term"

	"latchkey/internal/admin"
	"latchkey/internal/config"
	"latchkey/internal/problem"
	"latchkey/internal/secret"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

type userCommand struct {
	Add     userAddCommand     `cmd:"" help:"Add a user; prints an invitation link unless a password is given."`
	List    userListCommand    `cmd:"" help:"List users."`
	Show    userShowCommand    `cmd:"" help:"Show one user."`
	Explain userExplainCommand `cmd:"" help:"Say why a user can or cannot sign in."`

	Enable       userEnable       `cmd:"" help:"Let a disabled user sign in again."`
	Disable      userDisable      `cmd:"" help:"Keep a user from signing in."`
	Delete       userDelete       `cmd:"" help:"Move a user to the recycle bin, for 30 days."`
	Restore      userRestore      `cmd:"" help:"Bring a user back from the recycle bin."`
	Unlock       userUnlock       `cmd:"" help:"Forget the failed tries of a user."`
	SignOut      userSignOut      `cmd:"" help:"End every session of a user."`
	ResetTwoStep userResetTwoStep `cmd:"" help:"Take a user's authenticators and recovery codes away."`
	SetRole      userSetRole      `cmd:"" help:"Make a user an administrator, or an administrator a user."`
	PasswordLink userPasswordLink `cmd:"" help:"Print a link by which a user chooses a new password."`
}

type userAddCommand struct {
	config.Links
	Name          string `arg:"" name:"name" help:"User name."`
	Email         string `env:"LATCHKEY_USER_EMAIL" placeholder:"ADDRESS" help:"Email address."`
	DisplayName   string `name:"name" env:"LATCHKEY_USER_NAME" placeholder:"TEXT" help:"Display name."`
	Role          string `enum:"user,admin" default:"user" env:"LATCHKEY_USER_ROLE" help:"user or admin."`
	PasswordStdin bool   `env:"LATCHKEY_USER_PASSWORD_STDIN" help:"Read the password from the first line of standard input."`
}

// Help shows how it is used.
func (userAddCommand) Help() string {
	return "Examples:\n  latchkey user add ada --role admin --name 'Ada Lovelace'\n  pass show ada | latchkey user add ada --password-stdin"
}

// Run adds the user under the same rules as the page.
func (c userAddCommand) Run(r *run) error {
	p, err := r.openFor(c.Links)
	if err != nil {
		return err
	}
	defer p.close()
	n, err := c.newUser(r, p)
	if err != nil {
		return err
	}
	link := ""
	err = r.act(p, "", func(a admin.Act) error {
		if err := a.Add(n); err != nil || n.Hash != "" {
			return err
		}
		link, err = a.Invite(user.User{ID: n.ID})
		return err
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(r.stdout, "Added %s.\n", n.Username)
	if link != "" {
		fmt.Fprintf(r.stdout, "Invitation: %s\nIt works once, for %d hours.\n", link, int(admin.LinkFor.Hours()))
	}
	return nil
}

func (c userAddCommand) newUser(r *run, p *program) (n store.NewUser, err error) {
	now := time.Now()
	n = store.NewUser{ID: secret.ID(), Role: user.Role(c.Role), CreatedAt: now}
	var nameErr, displayErr, emailErr error
	n.Username, nameErr = user.CheckUsername(c.Name)
	n.Name, displayErr = user.CheckName(c.DisplayName)
	n.Email, n.EmailKey, emailErr = user.CheckEmail(c.Email)
	n.EmailConfirmed = n.Email != ""
	if err := errors.Join(nameErr, displayErr, emailErr); err != nil || !c.PasswordStdin {
		return n, err
	}
	password, err := r.readPassword()
	if err != nil {
		return n, err
	}
	settings := p.site.Settings()
	rules := user.NewPasswordRules(settings.MinPassword(), user.User{Username: n.Username, Name: n.Name, Email: n.Email}, settings.InstanceName)
	if err := rules.Check(password); err != nil {
		return n, err
	}
	n.Hash, err = p.hasher.Hash(r.ctx, "cli", password)
	n.ChangedAt = now
	return n, err
}

// readPassword reads one line; the password never stands on a command line, which
// other users of the machine can read.
func (r *run) readPassword() (string, error) {
	line, err := bufio.NewReader(r.stdin).ReadString('\n')
	if err != nil && !(errors.Is(err, io.EOF) && line != "") {
		return "", usageError{errors.New("--password-stdin: there is no password on standard input")}
	}
	return user.CleanPassword(strings.TrimRight(line, "\r\n"))
}

// act runs an act of an administrator in one transaction.
func (r *run) act(p *program, reason string, do func(admin.Act) error) error {
	reason, err := checkReason(reason)
	if err != nil {
		return err
	}
	return p.db.Tx(r.ctx, func(tx *store.Tx) error {
		return do(admin.Act{Site: p.site, Tx: tx, By: r.auditBase(time.Now()), Reason: reason})
	})
}

func checkReason(typed string) (string, error) {
	if typed == "" {
		return "", nil
	}
	return user.CheckReason(typed)
}

// named is what the commands that act on one user have in common.
type named struct {
	Name   string `arg:"" help:"User name."`
	Reason string `env:"LATCHKEY_REASON" placeholder:"TEXT" help:"Why; kept in the audit log."`
}

// on runs an act on the named user and says that it is done.
func (n named) on(r *run, done string, do func(admin.Act, user.User) error) error {
	p, err := r.openQuietly()
	if err != nil {
		return err
	}
	defer p.close()
	u, err := p.db.UserByName(user.CanonicalName(n.Name))
	if err != nil {
		return noSuch(err, n.Name)
	}
	if err := r.act(p, n.Reason, func(a admin.Act) error { return do(a, u) }); err != nil {
		return err
	}
	_, err = fmt.Fprintf(r.stdout, "%s: %s.\n", u.Username, done)
	return err
}

func noSuch(err error, name string) error {
	if problem.Is(err, problem.NotFound) {
		return fmt.Errorf("there is no user %q; latchkey user list shows all", name)
	}
	return err
}

// confirmed asks before something that is not easily taken back, if there is a
// person to ask.
type confirmed struct {
	Yes bool `short:"y" env:"LATCHKEY_YES" help:"Do not ask."`
}

func (c confirmed) ask(r *run, question string) error {
	in, ok := r.stdin.(interface{ Fd() uintptr })
	if c.Yes || !ok || !term.IsTerminal(int(in.Fd())) {
		return nil
	}
	fmt.Fprint(r.stderr, question+" [y/N] ")
	answer, err := bufio.NewReader(r.stdin).ReadString('\n')
	if err != nil || !strings.HasPrefix(strings.ToLower(answer), "y") {
		return errors.New("nothing was changed")
	}
	return nil
}

type userEnable struct{ named }

// Run enables the user.
func (c userEnable) Run(r *run) error { return c.on(r, "enabled", admin.Act.Enable) }

type userDisable struct{ named }

// Run disables the user.
func (c userDisable) Run(r *run) error { return c.on(r, "disabled and signed out", admin.Act.Disable) }

type userDelete struct {
	named
	confirmed
}

// Run moves the user to the recycle bin.
func (c userDelete) Run(r *run) error {
	if err := c.ask(r, "Delete "+c.Name+"?"); err != nil {
		return err
	}
	return c.on(r, "in the recycle bin for 30 days", admin.Act.Delete)
}

type userRestore struct{ named }

// Run brings the user back.
func (c userRestore) Run(r *run) error { return c.on(r, "restored", admin.Act.Restore) }

type userUnlock struct{ named }

// Run forgets failed tries.
func (c userUnlock) Run(r *run) error { return c.on(r, "unlocked", admin.Act.Unlock) }

type userSignOut struct{ named }

// Run ends every session.
func (c userSignOut) Run(r *run) error { return c.on(r, "signed out everywhere", admin.Act.SignOut) }

type userResetTwoStep struct {
	named
	confirmed
}

// Run takes the second factors away.
func (c userResetTwoStep) Run(r *run) error {
	if err := c.ask(r, "Reset two-step verification of "+c.Name+"?"); err != nil {
		return err
	}
	return c.on(r, "two-step verification reset; latchkey user password-link lets the user set it up again", admin.Act.ResetTwoStep)
}

type userSetRole struct {
	Name   string `arg:"" help:"User name."`
	Role   string `arg:"" enum:"user,admin" help:"user or admin."`
	Reason string `env:"LATCHKEY_REASON" placeholder:"TEXT" help:"Why; kept in the audit log."`
}

// Run gives the user the role.
func (c userSetRole) Run(r *run) error {
	return named{c.Name, c.Reason}.on(r, "role is "+c.Role+" now", func(a admin.Act, u user.User) error {
		return a.SetRole(u, user.Role(c.Role))
	})
}

type userPasswordLink struct {
	config.Links
	named
}

// Run prints a link by which the user chooses a password.
func (c userPasswordLink) Run(r *run) error {
	p, err := r.openFor(c.Links)
	if err != nil {
		return err
	}
	defer p.close()
	u, err := p.db.UserByName(user.CanonicalName(c.Name))
	if err != nil {
		return noSuch(err, c.Name)
	}
	link := ""
	err = r.act(p, c.Reason, func(a admin.Act) (err error) {
		link, err = a.PasswordLink(u)
		return err
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(r.stdout, "Link: %s\nIt works once, for %d hours.\n", link, int(admin.LinkFor.Hours()))
	return err
}
