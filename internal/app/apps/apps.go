// Package apps are the commands that add, show and change applications.
package apps

import (
	"fmt"
	"time"

	"latchkey/internal/access"
	"latchkey/internal/app/cli"
	"latchkey/internal/audit"
	"latchkey/internal/config"
	"latchkey/internal/problem"
	"latchkey/internal/store"
)

// Commands are those that begin with app.
type Commands struct {
	Add     addCommand     `cmd:"" help:"Add an application."`
	List    listCommand    `cmd:"" help:"List applications."`
	Show    showCommand    `cmd:"" help:"Show one application and who may open it."`
	Edit    editCommand    `cmd:"" help:"Change an application."`
	Enable  enableCommand  `cmd:"" help:"Let people open a disabled application again."`
	Disable disableCommand `cmd:"" help:"Close an application to everybody, at once."`
	Delete  deleteCommand  `cmd:"" help:"Delete an application."`
}

// find returns the application.
func find(read store.Reader, slug string) (store.Application, error) {
	a, err := read.Application(slug)
	if problem.Is(err, problem.NotFound) {
		return a, fmt.Errorf("there is no application %q; latchkey app list shows all applications", slug)
	}
	return a, err
}

// groupHint says where names of groups come from.
func groupHint(err error) error {
	for _, p := range problem.All(err) {
		if p.Field == "group" {
			return fmt.Errorf("%w; latchkey group list shows all groups", err)
		}
	}
	return err
}

type addCommand struct {
	config.Links
	Slug         string   `arg:"" help:"Short name: lower-case letters, digits and hyphens. It stands in the configuration of the proxy and cannot be changed later."`
	Name         string   `required:"" env:"LATCHKEY_APP_NAME" placeholder:"TEXT" help:"What people call it."`
	Host         []string `required:"" env:"LATCHKEY_APP_HOST" placeholder:"HOST" help:"Host, with the port if it is not 443. Give it once for each host; people begin at the first."`
	Group        []string `env:"LATCHKEY_APP_GROUP" placeholder:"GROUP" help:"Group whose members may open it. Give it once for each group."`
	Everyone     bool     `env:"LATCHKEY_APP_EVERYONE" help:"Let everybody open it who can sign in."`
	Public       []string `env:"LATCHKEY_APP_PUBLIC" placeholder:"PATH" help:"Beginning of paths that anybody can open without signing in. Give it once for each."`
	LaunchURL    string   `name:"launch-url" env:"LATCHKEY_APP_LAUNCH_URL" placeholder:"URL" help:"Where people begin. Default the first host."`
	ProofMinutes int      `env:"LATCHKEY_APP_PROOF_MINUTES" placeholder:"MINUTES" help:"Ask people to confirm who they are again after so many minutes. Default 0: only when they sign in."`
}

// Help shows how it is used.
func (addCommand) Help() string {
	return cli.Examples("app add wiki --name Wiki --host wiki.example.com --group support",
		"app add lunch --name Lunch --host lunch.example.com --everyone", "app add docs --name Docs --host a.example --everyone --public /a/")
}

// Run adds the application under the same rules as the page.
func (c addCommand) Run(r *cli.Run) error {
	if c.Everyone && len(c.Group) > 0 {
		return cli.UsageError(errEither)
	}
	p, err := r.OpenFor(c.Links)
	if err != nil {
		return err
	}
	defer p.Close()
	a, err := access.Wish{
		Slug: c.Slug, Name: c.Name, Hosts: c.Host, Everyone: c.Everyone, Groups: c.Group, Public: c.Public, LaunchURL: c.LaunchURL, ProofMinutes: c.ProofMinutes,
	}.Check(p.Instance.URL)
	if err == nil {
		err = p.DB.Tx(r.Ctx, func(tx *store.Tx) error { return access.AddApplication(tx, cli.AuditBase(time.Now()), a) })
	}
	if err != nil {
		return groupHint(err)
	}
	who := ""
	if !a.Everyone && len(a.Groups) == 0 {
		who = " Nobody can open it yet: give it a group with latchkey app edit."
	}
	_, err = fmt.Fprintf(r.Stdout, "Added the application %s.%s\n", a.Slug, who)
	return err
}

var errEither = fmt.Errorf("--everyone and --group: give one of them")

// changed names an application and does something to it.
type changed struct {
	Slug string `arg:"" help:"Short name of the application."`
}

// on does something to the application as it is now.
func (c changed) on(r *cli.Run, done string, ask func(a store.Application, open store.People) error, do func(*store.Tx, audit.Entry, string, int64) error) error {
	p, err := r.OpenQuietly()
	if err != nil {
		return err
	}
	defer p.Close()
	a, err := find(p.DB.Reader, c.Slug)
	if err != nil {
		return err
	}
	open, err := p.DB.CountOpenNow(r.Ctx, a.Slug, time.Now())
	if err == nil && ask != nil {
		err = ask(a, open)
	}
	if err == nil {
		err = p.DB.Tx(r.Ctx, func(tx *store.Tx) error { return do(tx, cli.AuditBase(time.Now()), a.Slug, a.Version) })
	}
	if err == nil {
		_, err = fmt.Fprintf(r.Stdout, "%s the application %s.\n", done, a.Slug)
	}
	return err
}

type enableCommand struct{ changed }

// Help shows how it is used.
func (enableCommand) Help() string { return cli.Examples("app enable wiki") }

// Run enables the application.
func (c enableCommand) Run(r *cli.Run) error {
	return c.on(r, "Enabled", nil, access.EnableApplication)
}

type disableCommand struct{ changed }

// Help shows how it is used.
func (disableCommand) Help() string { return cli.Examples("app disable wiki") }

// Run disables the application.
func (c disableCommand) Run(r *cli.Run) error {
	return c.on(r, "Disabled", nil, access.DisableApplication)
}

type deleteCommand struct {
	changed
	cli.Confirmed
}

// Help shows how it is used.
func (deleteCommand) Help() string { return cli.Examples("app delete wiki", "app delete wiki --yes") }

// Run deletes the application. If somebody is asked, the answer is about the version that was seen.
func (c deleteCommand) Run(r *cli.Run) error {
	return c.on(r, "Deleted", func(a store.Application, open store.People) error {
		return c.Ask(r, fmt.Sprintf("Delete the application %s, which %s now?", a.Slug, have(open)))
	}, access.DeleteApplication)
}

// have says how many people have it open.
func have(n store.People) string {
	switch {
	case n.Over:
		return fmt.Sprintf("more than %d people have open", n.N)
	case n.N == 1:
		return "1 person has open"
	case n.N == 0:
		return "nobody has open"
	}
	return fmt.Sprintf("%d people have open", n.N)
}
