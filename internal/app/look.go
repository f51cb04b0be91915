package app

import (
	"encoding/json"
	"fmt"
	"text/tabwriter"
	"time"

	"latchkey/internal/admin"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

// listPage is how many users are read at once; the list itself has no end.
const listPage = 500

type userListCommand struct {
	JSON    bool   `name:"json" env:"LATCHKEY_JSON" help:"Print a JSON array."`
	Deleted bool   `env:"LATCHKEY_DELETED" help:"List the recycle bin instead."`
	Search  string `env:"LATCHKEY_SEARCH" placeholder:"TEXT" help:"Only users with this in user name, name or address."`
}

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
	ID             string    `json:"id"`
}

func showUser(u user.User, now time.Time) shownUser {
	return shownUser{
		Username: u.Username, Name: u.Name, Email: u.Email, Role: u.Role, Status: string(store.StatusOf(u, now)),
		Authenticators: u.Authenticators, CodesLeft: u.CodesLeft, Created: day(u.Created), LastSignIn: day(u.LastSignIn), ID: u.ID,
	}
}

// day writes a time as RFC 3339 in UTC; "" if it never was.
func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// Run prints users page by page, so that a million of them need no memory.
func (c userListCommand) Run(r *run) error {
	p, err := r.openQuietly()
	if err != nil {
		return err
	}
	defer p.close()
	out := c.printer(r)
	filter := store.UserFilter{Text: c.Search, Sort: store.SortUsername, Limit: listPage, Now: time.Now()}
	if c.Deleted {
		filter.Status = store.StatusDeleted
	}
	for {
		users, err := p.db.Users(r.ctx, filter)
		if err != nil {
			return err
		}
		for _, u := range users {
			if err := out.user(showUser(u, filter.Now)); err != nil {
				return err
			}
		}
		if len(users) < listPage {
			return out.end()
		}
		filter.After = users[len(users)-1].ID
	}
}

// printer prints one user after the other.
type printer struct {
	user func(shownUser) error
	end  func() error
}

func (c userListCommand) printer(r *run) printer {
	if !c.JSON {
		w := tabwriter.NewWriter(r.stdout, 2, 4, 2, ' ', 0)
		fmt.Fprintln(w, "USERNAME\tNAME\tEMAIL\tROLE\tSTATUS\tAPPS\tLAST SIGN-IN")
		return printer{end: w.Flush, user: func(u shownUser) error {
			_, err := fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%d\t%s\n", u.Username, u.Name, u.Email, u.Role, u.Status, u.Authenticators, u.LastSignIn)
			return err
		}}
	}
	separator := "[\n"
	return printer{
		user: func(u shownUser) error {
			line, err := json.Marshal(u)
			if err == nil {
				_, err = fmt.Fprintf(r.stdout, "%s%s", separator, line)
			}
			separator = ",\n"
			return err
		},
		end: func() error {
			text := "\n]\n"
			if separator == "[\n" {
				text = "[]\n"
			}
			_, err := fmt.Fprint(r.stdout, text)
			return err
		},
	}
}

type userShowCommand struct {
	Name string `arg:"" help:"User name."`
	JSON bool   `name:"json" env:"LATCHKEY_JSON" help:"Print JSON."`
}

// Run prints one user.
func (c userShowCommand) Run(r *run) error {
	p, err := r.openQuietly()
	if err != nil {
		return err
	}
	defer p.close()
	u, err := p.db.UserByName(user.CanonicalName(c.Name))
	if err != nil {
		return noSuch(err, c.Name)
	}
	shown := showUser(u, time.Now())
	if c.JSON {
		text, err := json.MarshalIndent(shown, "", "  ")
		if err == nil {
			_, err = fmt.Fprintln(r.stdout, string(text))
		}
		return err
	}
	w := tabwriter.NewWriter(r.stdout, 2, 4, 2, ' ', 0)
	for _, line := range [][2]string{
		{"Username", shown.Username}, {"Name", shown.Name}, {"Email", shown.Email}, {"Role", string(shown.Role)},
		{"Status", shown.Status}, {"Authenticator apps", fmt.Sprint(shown.Authenticators)},
		{"Recovery codes left", fmt.Sprint(shown.CodesLeft)}, {"Created", shown.Created}, {"Last sign-in", shown.LastSignIn}, {"Id", shown.ID},
	} {
		fmt.Fprintf(w, "%s\t%s\n", line[0], line[1])
	}
	return w.Flush()
}

type userExplainCommand struct {
	Name string `arg:"" help:"User name."`
}

// Run prints every gate of signing in with its verdict. It succeeds whatever the
// verdict is: explaining is what it was asked to do.
func (c userExplainCommand) Run(r *run) error {
	p, err := r.openQuietly()
	if err != nil {
		return err
	}
	defer p.close()
	u, err := p.db.UserByName(user.CanonicalName(c.Name))
	if err != nil {
		return noSuch(err, c.Name)
	}
	gates, err := admin.Explain(p.site, u, time.Now())
	if err != nil {
		return err
	}
	verdict := u.Username + " can sign in."
	w := tabwriter.NewWriter(r.stdout, 2, 4, 2, ' ', 0)
	for i := len(gates) - 1; i >= 0; i-- {
		if !gates[i].Open {
			verdict = u.Username + " cannot sign in: " + gates[i].Words
		}
	}
	fmt.Fprintln(r.stdout, verdict)
	for _, g := range gates {
		mark := "ok"
		if !g.Open {
			mark = "NO"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", mark, g.Name, g.Words)
	}
	return w.Flush()
}
