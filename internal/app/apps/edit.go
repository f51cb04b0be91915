package apps

import (
	"fmt"
	"time"

	"latchkey/internal/access"
	"latchkey/internal/app/cli"
	"latchkey/internal/config"
	"latchkey/internal/store"
)

type editCommand struct {
	config.Links
	Slug         string   `arg:"" help:"Short name of the application."`
	Name         *string  `env:"LATCHKEY_APP_NAME" placeholder:"TEXT" help:"What people call it."`
	Host         []string `env:"LATCHKEY_APP_HOST" placeholder:"HOST" help:"Hosts in place of the present ones. Give it once for each."`
	Group        []string `env:"LATCHKEY_APP_GROUP" placeholder:"GROUP" help:"Groups in place of the present ones. Give it once for each."`
	Everyone     bool     `env:"LATCHKEY_APP_EVERYONE" help:"Let everybody open it who can sign in, in place of groups."`
	Public       []string `env:"LATCHKEY_APP_PUBLIC" placeholder:"PATH" help:"Public paths in place of the present ones. Give it once for each."`
	NoPublic     bool     `env:"LATCHKEY_APP_NO_PUBLIC" help:"Have no public paths any more."`
	LaunchURL    *string  `name:"launch-url" env:"LATCHKEY_APP_LAUNCH_URL" placeholder:"URL" help:"Where people begin; an empty one for the first host."`
	ProofMinutes *int     `env:"LATCHKEY_APP_PROOF_MINUTES" placeholder:"MINUTES" help:"Ask people to confirm who they are again after so many minutes; 0 for only when they sign in."`
}

// Help shows how it is used.
func (editCommand) Help() string {
	return cli.Examples("app edit wiki --group engineering", "app edit wiki --host wiki.example.com --host w.example.com:8443", "app edit wiki --no-public --launch-url ''")
}

// Run changes what is given and leaves the rest as it is. Whoever loses access by it is out at
// their next request.
func (c editCommand) Run(r *cli.Run) error {
	switch {
	case c.Everyone && len(c.Group) > 0:
		return cli.UsageError(errEither)
	case c.NoPublic && len(c.Public) > 0:
		return cli.UsageError(fmt.Errorf("--no-public and --public: give one of them"))
	}
	p, err := r.OpenFor(c.Links)
	if err != nil {
		return err
	}
	defer p.Close()
	now, err := find(p.DB.Reader, c.Slug)
	if err != nil {
		return err
	}
	a, err := c.wish(now).Check(p.Instance.URL)
	if err == nil {
		err = p.DB.Tx(r.Ctx, func(tx *store.Tx) error {
			return access.EditApplication(tx, cli.AuditBase(time.Now()), a, now.Version)
		})
	}
	if err != nil {
		return groupHint(err)
	}
	_, err = fmt.Fprintf(r.Stdout, "Saved the application %s.\n", a.Slug)
	return err
}

// wish is the application with what is given in place of what it has.
func (c editCommand) wish(now store.Application) access.Wish {
	w := access.Wish{
		Slug: now.Slug, Name: now.Name, Hosts: now.Hosts, Everyone: now.Everyone, Groups: now.Groups, Public: now.Public, LaunchURL: now.LaunchURL, ProofMinutes: now.ProofMinutes,
	}
	for _, list := range []struct{ given, to *[]string }{{&c.Host, &w.Hosts}, {&c.Group, &w.Groups}, {&c.Public, &w.Public}} {
		if len(*list.given) > 0 {
			*list.to = *list.given
		}
	}
	switch {
	case c.Everyone:
		w.Everyone = true
	case len(c.Group) > 0:
		w.Everyone = false
	}
	if c.NoPublic {
		w.Public = nil
	}
	if c.Name != nil {
		w.Name = *c.Name
	}
	if c.LaunchURL != nil {
		w.LaunchURL = *c.LaunchURL
	}
	if c.ProofMinutes != nil {
		w.ProofMinutes = *c.ProofMinutes
	}
	return w
}
