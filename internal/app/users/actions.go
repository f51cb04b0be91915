// Package users are the commands that add, show and change users, one of them or a file full.
package users

import (
	"fmt"
	"time"

	"latchkey/internal/account"
	"latchkey/internal/app/cli"
	"latchkey/internal/config"
	"latchkey/internal/problem"
	"latchkey/internal/program"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

// Commands are those that begin with user.
type Commands struct {
	Add     addCommand     `cmd:"" help:"Add a user; prints an invitation link unless a password is given."`
	List    listCommand    `cmd:"" help:"List users."`
	Show    showCommand    `cmd:"" help:"Show one user."`
	Explain explainCommand `cmd:"" help:"Explain why a user can or cannot sign in."`

	Enable       enableCommand       `cmd:"" help:"Let a disabled user sign in again."`
	Disable      disableCommand      `cmd:"" help:"Sign a user out and stop them from signing in."`
	Delete       deleteCommand       `cmd:"" help:"Move a user to the recycle bin for 30 days."`
	Restore      restoreCommand      `cmd:"" help:"Restore a user from the recycle bin."`
	Unlock       unlockCommand       `cmd:"" help:"Clear a user's failed sign-in attempts."`
	SignOut      signOutCommand      `cmd:"" help:"Sign a user out everywhere."`
	ResetTwoStep resetTwoStepCommand `cmd:"" help:"Remove a user's authenticator apps and recovery codes."`
	SetRole      setRoleCommand      `cmd:"" help:"Change a user's role."`
	PasswordLink passwordLinkCommand `cmd:"" help:"Print a link for choosing a new password."`
}

// action runs an action of an administrator in one transaction.
func action(r *cli.Run, p *program.Program, reason string, do func(account.Action) error) error {
	if reason != "" {
		var err error
		if reason, err = user.CheckReason(reason); err != nil {
			return err
		}
	}
	return p.DB.Tx(r.Ctx, func(tx *store.Tx) error {
		return do(account.Action{Instance: p.Instance, Tx: tx, By: cli.AuditBase(time.Now()), Reason: reason})
	})
}

// named is what the commands that act on one user have in common.
type named struct {
	Name   string `arg:"" help:"Username."`
	Reason string `env:"LATCHKEY_REASON" placeholder:"TEXT" help:"Reason, kept in the audit log."`
}

// on runs an action on the named user and says that it is done.
func (n named) on(r *cli.Run, done string, do func(account.Action, user.User) error) error {
	p, err := r.OpenQuietly()
	if err != nil {
		return err
	}
	defer p.Close()
	u, err := findUser(p, n.Name)
	if err != nil {
		return err
	}
	if err := action(r, p, n.Reason, func(a account.Action) error { return do(a, u) }); err != nil {
		return err
	}
	_, err = fmt.Fprintf(r.Stdout, "%s: %s.\n", u.Username, done)
	return err
}

// findUser finds a user by name, in the recycle bin too.
func findUser(p *program.Program, name string) (user.User, error) {
	u, err := p.DB.UserByName(user.CanonicalName(name))
	if problem.Is(err, problem.NotFound) {
		return u, fmt.Errorf("there is no user %q; latchkey user list shows all users", name)
	}
	return u, err
}

type enableCommand struct{ named }

// Help shows how it is used.
func (enableCommand) Help() string { return cli.Examples("user enable ada") }

// Run enables the user.
func (c enableCommand) Run(r *cli.Run) error { return c.on(r, "enabled", account.Action.Enable) }

type disableCommand struct{ named }

// Help shows how it is used.
func (disableCommand) Help() string { return cli.Examples("user disable ada --reason 'on leave'") }

// Run disables the user.
func (c disableCommand) Run(r *cli.Run) error {
	return c.on(r, "disabled and signed out", account.Action.Disable)
}

type deleteCommand struct {
	named
	cli.Confirmed
}

// Help shows how it is used.
func (deleteCommand) Help() string { return cli.Examples("user delete ada", "user delete ada --yes") }

// Run moves the user to the recycle bin.
func (c deleteCommand) Run(r *cli.Run) error {
	if err := c.Ask(r, "Delete "+c.Name+"?"); err != nil {
		return err
	}
	return c.on(r, "moved to the recycle bin for 30 days", account.Action.Delete)
}

type restoreCommand struct{ named }

// Help shows how it is used.
func (restoreCommand) Help() string { return cli.Examples("user restore ada") }

// Run brings the user back.
func (c restoreCommand) Run(r *cli.Run) error { return c.on(r, "restored", account.Action.Restore) }

type unlockCommand struct{ named }

// Help shows how it is used.
func (unlockCommand) Help() string { return cli.Examples("user unlock ada") }

// Run forgets failed tries.
func (c unlockCommand) Run(r *cli.Run) error { return c.on(r, "unlocked", account.Action.Unlock) }

type signOutCommand struct{ named }

// Help shows how it is used.
func (signOutCommand) Help() string { return cli.Examples("user sign-out ada") }

// Run ends every session.
func (c signOutCommand) Run(r *cli.Run) error {
	return c.on(r, "signed out everywhere", account.Action.SignOut)
}

type resetTwoStepCommand struct {
	named
	cli.Confirmed
}

// Help shows how it is used.
func (resetTwoStepCommand) Help() string {
	return cli.Examples("user reset-two-step ada --reason 'lost phone, asked in person'", "user reset-two-step ada --yes")
}

// Run takes the second factors away.
func (c resetTwoStepCommand) Run(r *cli.Run) error {
	if err := c.Ask(r, "Reset two-step verification for "+c.Name+"?"); err != nil {
		return err
	}
	return c.on(r, "two-step verification reset; to let the user set it up again, pass on a link from latchkey user password-link", account.Action.ResetTwoStep)
}

type setRoleCommand struct {
	Name   string `arg:"" help:"Username."`
	Role   string `arg:"" enum:"user,admin" help:"user or admin."`
	Reason string `env:"LATCHKEY_REASON" placeholder:"TEXT" help:"Reason, kept in the audit log."`
}

// Help shows how it is used.
func (setRoleCommand) Help() string {
	return cli.Examples("user set-role ada admin", "user set-role ada user")
}

// Run gives the user the role.
func (c setRoleCommand) Run(r *cli.Run) error {
	return named{c.Name, c.Reason}.on(r, "role is now "+c.Role, func(a account.Action, u user.User) error {
		return a.SetRole(u, user.Role(c.Role))
	})
}

type passwordLinkCommand struct {
	config.Links
	named
}

// Help shows how it is used.
func (passwordLinkCommand) Help() string {
	return cli.Examples("user password-link ada", "user password-link ada --url https://login.example")
}

// Run prints a link by which the user chooses a password.
func (c passwordLinkCommand) Run(r *cli.Run) error {
	p, err := r.OpenFor(c.Links)
	if err != nil {
		return err
	}
	defer p.Close()
	u, err := findUser(p, c.Name)
	if err != nil {
		return err
	}
	link := ""
	err = action(r, p, c.Reason, func(a account.Action) (err error) {
		link, err = a.PasswordLink(u)
		return err
	})
	if err != nil {
		return err
	}
	return printLink(r, p, "Link", link, u.ID)
}
