package groups

import (
	"errors"
	"fmt"

	"latchkey/internal/access"
	"latchkey/internal/app/cli"
	"latchkey/internal/audit"
	"latchkey/internal/problem"
	"latchkey/internal/program"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

// membersArguments name a group and users.
type membersArguments struct {
	Name  string   `arg:"" help:"Name of the group."`
	Users []string `arg:"" name:"user" help:"Usernames."`
}

// on does something to each of the users, or to none of them if one cannot be found or is
// refused, and prints what became of each. already is what it is called that there was
// nothing to do.
func (a membersArguments) on(r *cli.Run, done, already string, nothing error, do func(*store.Tx, audit.Entry, string, user.User) error) error {
	var lines []string
	err := change(r, func(p *program.Program, tx *store.Tx, by audit.Entry) error {
		lines = nil
		if _, err := find(tx.Reader, a.Name); err != nil {
			return err
		}
		for _, name := range a.Users {
			u, err := tx.UserByName(user.CanonicalName(name))
			if problem.Is(err, problem.NotFound) {
				return fmt.Errorf("there is no user %q; latchkey user list shows all users", name)
			}
			said := done
			if err == nil {
				err = do(tx, by, a.Name, u)
			}
			if errors.Is(err, nothing) {
				said, err = already, nil
			}
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			lines = append(lines, fmt.Sprintf("%s: %s %s.\n", u.Username, said, a.Name))
		}
		return nil
	})
	for _, line := range lines {
		if err == nil {
			_, err = fmt.Fprint(r.Stdout, line)
		}
	}
	return err
}

type addUserCommand struct{ membersArguments }

// Help shows how it is used.
func (addUserCommand) Help() string {
	return cli.Examples("group add-user support ada", "group add-user support ada grace linus")
}

// Run puts the users into the group, all or none.
func (c addUserCommand) Run(r *cli.Run) error {
	return c.on(r, "added to", "already in", access.ErrMember, access.Join)
}

type removeUserCommand struct{ membersArguments }

// Help shows how it is used.
func (removeUserCommand) Help() string {
	return cli.Examples("group remove-user support ada", "group remove-user support ada grace linus")
}

// Run takes the users out of the group, all or none.
func (c removeUserCommand) Run(r *cli.Run) error {
	return c.on(r, "removed from", "not in", access.ErrNotMember, access.Leave)
}
