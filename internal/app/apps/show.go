package apps

import (
	"context"
	"fmt"
	"strings"
	"time"

	"latchkey/internal/access"
	"latchkey/internal/app/cli"
	"latchkey/internal/problem"
	"latchkey/internal/program"
	"latchkey/internal/store"
)

// shownApp is an application as the commands print it.
type shownApp struct {
	Slug         string   `json:"slug"`
	Name         string   `json:"name"`
	Hosts        []string `json:"hosts"`
	Access       string   `json:"access"` // everyone or groups
	Groups       []string `json:"groups"`
	Public       []string `json:"public"`
	LaunchURL    string   `json:"launch_url"`
	ProofMinutes int      `json:"proof_minutes"`
	Disabled     bool     `json:"disabled"`
	Created      string   `json:"created"`
}

func shown(a store.Application) shownApp {
	s := shownApp{
		Slug: a.Slug, Name: a.Name, Hosts: a.Hosts, Access: "groups", Groups: a.Groups, Public: a.Public, LaunchURL: a.LaunchURL,
		ProofMinutes: a.ProofMinutes, Disabled: a.Disabled, Created: cli.Stamp(a.Created),
	}
	if a.Everyone {
		s.Access = "everyone"
	}
	return s
}

// who says who may open it, as a table has it.
func (s shownApp) who() string {
	switch {
	case s.Access == "everyone":
		return "everyone"
	case len(s.Groups) == 0:
		return "nobody"
	}
	return strings.Join(s.Groups, ", ")
}

func (s shownApp) status() string {
	if s.Disabled {
		return "disabled"
	}
	return "enabled"
}

type listCommand struct {
	JSON bool `name:"json" env:"LATCHKEY_JSON" help:"Print a JSON array."`
}

// Help shows how it is used.
func (listCommand) Help() string { return cli.Examples("app list", "app list --json") }

// listPage is how many applications are read at once.
const listPage = 500

// Run prints the applications.
func (c listCommand) Run(r *cli.Run) error {
	p, err := r.OpenReading(false)
	if err != nil {
		return err
	}
	defer p.Close()
	if c.JSON {
		add, end := r.JSONArray()
		if err := each(r.Ctx, p.DB.Reader, func(a shownApp) error { return add(a) }); err != nil {
			return err
		}
		return end()
	}
	w := r.Table()
	fmt.Fprintln(w, "SLUG\tNAME\tHOSTS\tWHO\tSTATUS\tCREATED")
	if err := each(r.Ctx, p.DB.Reader, func(a shownApp) error {
		_, err := fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", a.Slug, a.Name, strings.Join(a.Hosts, ", "), a.who(), a.status(), a.Created)
		return err
	}); err != nil {
		return err
	}
	return w.Flush()
}

// each hands over all applications in the order of the list.
func each(ctx context.Context, read store.Reader, do func(shownApp) error) error {
	f := store.ApplicationFilter{Limit: listPage}
	for {
		page, err := read.Applications(ctx, f)
		if err != nil {
			return err
		}
		for _, a := range page {
			if err := do(shown(a)); err != nil {
				return err
			}
		}
		if len(page) < listPage {
			return nil
		}
		f.After = page[len(page)-1].Slug
	}
}

type showCommand struct {
	Slug string `arg:"" help:"Short name of the application."`
	User string `env:"LATCHKEY_APP_USER" placeholder:"NAME" help:"Say whether this user can open it, and why."`
	JSON bool   `name:"json" env:"LATCHKEY_JSON" help:"Print JSON."`
}

// Help shows how it is used.
func (showCommand) Help() string {
	return cli.Examples("app show wiki", "app show wiki --user ada", "app show wiki --json")
}

// withPeople is an application with how many may open it.
type withPeople struct {
	shownApp
	Openers   int    `json:"users_with_access"`
	Over      bool   `json:"more_than_that"`
	Open      int    `json:"open_now"`
	LastAsked string `json:"last_asked"`
}

// Run prints one application.
func (c showCommand) Run(r *cli.Run) error {
	p, err := r.OpenReading(false)
	if err != nil {
		return err
	}
	defer p.Close()
	a, err := find(p.DB.Reader, c.Slug)
	if err != nil {
		return err
	}
	if c.User != "" {
		return c.judge(r, p, a)
	}
	shown := withPeople{shownApp: shown(a)}
	may, err := p.DB.CountOpeners(r.Ctx, a)
	if err != nil {
		return err
	}
	open, err := p.DB.CountOpenNow(r.Ctx, a.Slug, time.Now())
	if err != nil {
		return err
	}
	asked, _, err := p.DB.Asked(a.Slug)
	if err != nil {
		return err
	}
	shown.Openers, shown.Over, shown.Open, shown.LastAsked = may.N, may.Over, open.N, cli.Stamp(asked)
	if c.JSON {
		return r.JSON(shown)
	}
	return shown.print(r, access.Launch(a, p.Instance.URL))
}

func (s withPeople) print(r *cli.Run, launch string) error {
	openers := fmt.Sprint(s.Openers)
	if s.Over {
		openers = "more than " + openers
	}
	w := r.Table()
	for _, line := range [][2]string{
		{"Slug", s.Slug}, {"Name", s.Name}, {"Hosts", strings.Join(s.Hosts, ", ")}, {"Who may open it", s.who()}, {"Users with access", openers},
		{"Open now", fmt.Sprint(s.Open)}, {"Public paths", strings.Join(s.Public, ", ")}, {"Start page", launch}, {"Proof minutes", fmt.Sprint(s.ProofMinutes)},
		{"Status", s.status()}, {"Proxy last asked", s.LastAsked}, {"Created", s.Created},
	} {
		fmt.Fprintf(w, "%s\t%s\n", line[0], line[1])
	}
	return w.Flush()
}

// judge says whether a user can open it.
func (c showCommand) judge(r *cli.Run, p *program.Program, a store.Application) error {
	u, err := p.DB.UserNamed(c.User)
	if problem.Is(err, problem.NotFound) {
		return fmt.Errorf("there is no user %q; latchkey user list shows all users", c.User)
	}
	if err != nil {
		return err
	}
	in, err := p.DB.ReasonsOf(r.Ctx, a.Slug, []string{u.ID})
	if err != nil {
		return err
	}
	groups, err := p.DB.GroupsNamed(r.Ctx, a.Groups)
	if err != nil {
		return err
	}
	verdict := access.Judge(a, u, in[u.ID], groups)
	if c.JSON {
		return r.JSON(struct {
			Opens  bool   `json:"opens"`
			Answer string `json:"answer"`
			Reason string `json:"reason"`
		}{verdict.Opens, verdict.Answer, verdict.Reason})
	}
	_, err = fmt.Fprintf(r.Stdout, "%s\n%s\n", verdict.Answer, verdict.Reason)
	return err
}
