package users

import (
	"fmt"
	"strings"
	"time"

	"latchkey/internal/account/explain"
	"latchkey/internal/app/cli"
	"latchkey/internal/program"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

// listPage is how many users are read and aligned at once; the list itself has
// no end.
const listPage = 500

// shownUser is a user as the commands print it: the same facts as on the page.
type shownUser struct {
	Username       string    `json:"username"`
	Name           string    `json:"name"`
	Email          string    `json:"email"`
	Role           user.Role `json:"role"`
	Status         string    `json:"status"`
	Authenticators int       `json:"authenticators"`
	CodesLeft      int       `json:"recovery_codes_left"`
	Created        string    `json:"created"`
	LastSignIn     string    `json:"last_sign_in"`
	Groups         []string  `json:"groups"`
	ID             string    `json:"id"`
}

func showUser(u user.User, in []store.Membership, now time.Time) shownUser {
	groups := make([]string, len(in))
	for i, m := range in {
		groups[i] = m.Group
	}
	return shownUser{
		Groups:   groups,
		Username: u.Username, Name: u.Name, Email: u.Email, Role: u.Role, Status: string(store.StatusOf(u, now)),
		Authenticators: u.Authenticators, CodesLeft: u.CodesLeft, Created: cli.Stamp(u.Created), LastSignIn: cli.Stamp(u.LastSignIn), ID: u.ID,
	}
}

type listCommand struct {
	JSON    bool `name:"json" env:"LATCHKEY_JSON" help:"Print a JSON array."`
	Deleted bool `env:"LATCHKEY_DELETED" help:"List the recycle bin; the same as --status deleted."`
	FilterFlags
}

// Help shows how it is used.
func (listCommand) Help() string {
	return cli.Examples("user list --search 'lovelace ada'", "user list --inactive 90 --status active", "user list --json")
}

// Run prints users page by page, so that a million of them need no memory.
func (c listCommand) Run(r *cli.Run) error {
	p, err := r.OpenReading(false)
	if err != nil {
		return err
	}
	defer p.Close()
	print, end := printTable(r)
	if c.JSON {
		print, end = printJSON(r)
	}
	filter := c.Filter(p.Instance, time.Now())
	filter.Limit = listPage
	if c.Deleted {
		filter.Status = store.StatusDeleted
	}
	for {
		users, err := p.DB.Users(r.Ctx, filter)
		if err != nil {
			return err
		}
		shown, err := c.shown(r, p, users, filter.Now)
		if err != nil {
			return err
		}
		if err := print(shown); err != nil {
			return err
		}
		if len(users) < listPage {
			return end()
		}
		filter.After = users[len(users)-1].ID
	}
}

// shown are users as they are printed; the table has no column of groups, so they are read for
// JSON only.
func (c listCommand) shown(r *cli.Run, p *program.Program, users []user.User, now time.Time) ([]shownUser, error) {
	var in map[string][]store.Membership
	if c.JSON {
		ids := make([]string, len(users))
		for i, u := range users {
			ids[i] = u.ID
		}
		var err error
		if in, err = p.DB.GroupsOfAll(r.Ctx, ids); err != nil {
			return nil, err
		}
	}
	all := make([]shownUser, len(users))
	for i, u := range users {
		all[i] = showUser(u, in[u.ID], now)
	}
	return all, nil
}

// printTable returns how a page of users is printed as lines, each page aligned
// by itself, and how the list ends.
func printTable(r *cli.Run) (print func([]shownUser) error, end func() error) {
	w := r.Table()
	fmt.Fprintln(w, "USERNAME\tNAME\tEMAIL\tROLE\tSTATUS\tAPPS\tLAST SIGN-IN")
	print = func(page []shownUser) error {
		for _, u := range page {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%d\t%s\n", u.Username, u.Name, u.Email, u.Role, u.Status, u.Authenticators, u.LastSignIn)
		}
		return w.Flush()
	}
	return print, w.Flush
}

// printJSON returns the same for one JSON array.
func printJSON(r *cli.Run) (print func([]shownUser) error, end func() error) {
	add, end := r.JSONArray()
	print = func(page []shownUser) error {
		for _, u := range page {
			if err := add(u); err != nil {
				return err
			}
		}
		return nil
	}
	return print, end
}

type showCommand struct {
	Name string `arg:"" help:"Username."`
	JSON bool   `name:"json" env:"LATCHKEY_JSON" help:"Print JSON."`
}

// Help shows how it is used.
func (showCommand) Help() string { return cli.Examples("user show ada", "user show ada --json") }

// Run prints one user.
func (c showCommand) Run(r *cli.Run) error {
	p, err := r.OpenReading(false)
	if err != nil {
		return err
	}
	defer p.Close()
	u, err := findUser(p, c.Name)
	if err != nil {
		return err
	}
	groups, err := p.DB.GroupsOf(u.ID)
	if err != nil {
		return err
	}
	shown := showUser(u, groups, time.Now())
	if c.JSON {
		return r.JSON(shown)
	}
	w := r.Table()
	for _, line := range [][2]string{
		{"Username", shown.Username}, {"Name", shown.Name}, {"Email", shown.Email}, {"Role", string(shown.Role)},
		{"Status", shown.Status}, {"Authenticator apps", fmt.Sprint(shown.Authenticators)},
		{"Recovery codes left", fmt.Sprint(shown.CodesLeft)}, {"Groups", strings.Join(shown.Groups, ", ")},
		{"Created", shown.Created}, {"Last sign-in", shown.LastSignIn}, {"ID", shown.ID},
	} {
		fmt.Fprintf(w, "%s\t%s\n", line[0], line[1])
	}
	return w.Flush()
}

type explainCommand struct {
	Name string `arg:"" help:"Username."`
}

// Help shows how it is used.
func (explainCommand) Help() string { return cli.Examples("user explain ada") }

// Run prints the answer that the page has. It succeeds whatever the answer is: explaining
// is what it was asked to do.
func (c explainCommand) Run(r *cli.Run) error {
	p, err := r.OpenReading(false)
	if err != nil {
		return err
	}
	defer p.Close()
	u, missing, err := explain.Name(p.Instance, c.Name)
	if err != nil {
		return err
	}
	if missing != nil {
		if !missing.Known {
			return fmt.Errorf("there is no user %q, and no import contains the name; latchkey user list shows all users", c.Name)
		}
		_, err := fmt.Fprintf(r.Stdout, "%s cannot sign in.\n%s %s\n", c.Name, missing.Answer, missing.Words)
		return err
	}
	e, err := explain.Of(p.Instance, u, time.Now())
	if err != nil {
		return err
	}
	if err := printExplanation(r, u.Username, e); err != nil {
		return err
	}
	return printApplications(r, p, u)
}

func printExplanation(r *cli.Run, name string, e explain.Explanation) error {
	verdict := " can sign in."
	if len(e.Failing) > 0 {
		verdict = " cannot sign in."
	}
	fmt.Fprintf(r.Stdout, "%s%s\n%s %s\n", name, verdict, e.Answer(), e.Reason())
	if len(e.Failing) > 1 {
		fmt.Fprintln(r.Stdout, "\nAlso blocking sign-in:")
		for _, c := range e.Failing[1:] {
			fmt.Fprintf(r.Stdout, "  %s %s\n", c.Name, c.Words)
		}
	}
	if e.Rest() != "" {
		fmt.Fprintf(r.Stdout, "\n%s:\n", e.Rest())
	}
	w := r.Table()
	for _, c := range e.Passing {
		fmt.Fprintf(w, "  %s\t%s\n", c.Name, c.Words)
	}
	return w.Flush()
}
