package users

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"golang.org/x/term"

	"latchkey/internal/account"
	"latchkey/internal/app/cli"
	"latchkey/internal/config"
	"latchkey/internal/password"
	"latchkey/internal/program"
	"latchkey/internal/secret"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

type addCommand struct {
	config.Links
	Name          string `arg:"" name:"name" help:"Username."`
	Email         string `env:"LATCHKEY_USER_EMAIL" placeholder:"ADDRESS" help:"Email address."`
	DisplayName   string `name:"name" env:"LATCHKEY_USER_NAME" placeholder:"TEXT" help:"Display name."`
	Role          string `enum:"user,admin" default:"user" env:"LATCHKEY_USER_ROLE" placeholder:"ROLE" help:"user or admin."`
	Reserved      bool   `env:"LATCHKEY_USER_RESERVED" help:"Accept a username that looks official, such as support."`
	PasswordStdin bool   `env:"LATCHKEY_USER_PASSWORD_STDIN" help:"Read the password from the first line of standard input, or ask for it on a terminal."`
}

// Help shows how it is used.
func (addCommand) Help() string {
	return cli.Examples("user add ada --role admin --name 'Ada Lovelace'", "user add ada --password-stdin <password.txt", "user add support --reserved")
}

// Run adds the user under the same rules as the page.
func (c addCommand) Run(r *cli.Run) error {
	p, err := r.OpenFor(c.Links)
	if err != nil {
		return err
	}
	defer p.Close()
	n, err := c.newUser(r, p)
	if err != nil {
		return err
	}
	link := ""
	err = action(r, p, "", func(a account.Action) error {
		if err := a.Add(n); err != nil || n.Hash != "" {
			return err
		}
		link, err = a.Invite(user.User{ID: n.ID})
		return err
	})
	if err != nil {
		return err
	}
	if link == "" {
		_, err = fmt.Fprintf(r.Stdout, "Added %s.\n", n.Username)
		return err
	}
	return printLink(r, p, "Added "+n.Username+".\nInvitation", link, n.ID)
}

// printLink prints a link of a user with what it is and how long it works.
func printLink(r *cli.Run, p *program.Program, what, link, userID string) error {
	l, _, err := p.DB.LinkOf(userID, time.Now())
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(r.Stdout, "%s: %s\nWorks once, until %s.\n", what, link, cli.Minute(l.Ends))
	return err
}

func (c addCommand) newUser(r *cli.Run, p *program.Program) (n store.NewUser, err error) {
	n = store.NewUser{ID: secret.ID(), Role: user.Role(c.Role), CreatedAt: time.Now()}
	var nameErr, displayErr, emailErr error
	n.Username, nameErr = user.CheckUsername(c.Name)
	if c.Reserved {
		n.Username, nameErr = user.CheckOfficialUsername(c.Name)
	}
	n.Name, displayErr = user.CheckName(c.DisplayName)
	n.Email, n.EmailKey, emailErr = user.CheckEmail(c.Email)
	if err := errors.Join(nameErr, displayErr, emailErr); err != nil || !c.PasswordStdin {
		return n, err
	}
	typed, err := readPassword(r)
	if err != nil {
		return n, err
	}
	settings := p.Instance.Settings()
	rules := password.NewRules(settings.MinPassword(n.CreatedAt), user.User{Username: n.Username, Name: n.Name, Email: n.Email}, settings.InstanceName)
	if err := rules.Check(typed); err != nil {
		return n, err
	}
	n.Hash, err = p.Hasher.Hash(r.Ctx, password.Caller{}, typed)
	n.ChangedAt = n.CreatedAt
	return n, err
}

// maxPassword bounds what is read for a password, in bytes; the rules refuse far
// less.
const maxPassword = 64 << 10

// readPassword reads one line, or asks on a terminal. The password never stands
// on a command line, which other users of the machine can read.
func readPassword(r *cli.Run) (string, error) {
	if in, ok := r.Terminal(); ok {
		return askPassword(r, in)
	}
	line, err := bufio.NewReader(io.LimitReader(r.Stdin, maxPassword)).ReadString('\n')
	if err != nil && !(errors.Is(err, io.EOF) && line != "") {
		return "", cli.UsageError(errors.New("--password-stdin: there is no password on standard input"))
	}
	return password.Clean(strings.TrimRight(line, "\r\n"))
}

// askPassword asks twice, without showing what is typed.
func askPassword(r *cli.Run, in int) (string, error) {
	var typed [2]string
	for i, question := range []string{"Password: ", "Password again: "} {
		fmt.Fprint(r.Stderr, question)
		line, err := term.ReadPassword(in)
		fmt.Fprintln(r.Stderr)
		if err != nil {
			return "", fmt.Errorf("reading the password: %w", err)
		}
		typed[i] = string(line)
	}
	if typed[0] != typed[1] {
		return "", errors.New("the passwords do not match; nothing was changed")
	}
	return password.Clean(typed[0])
}
