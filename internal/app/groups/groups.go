// Package groups are the commands that add, list, fill and delete groups.
package groups

import (
	"context"
	"errors"
	"fmt"
	"time"

	"latchkey/internal/access"
	"latchkey/internal/app/cli"
	"latchkey/internal/audit"
	"latchkey/internal/problem"
	"latchkey/internal/program"
	"latchkey/internal/store"
)

// Commands are those that begin with group.
type Commands struct {
	Add        addCommand        `cmd:"" help:"Add a group."`
	List       listCommand       `cmd:"" help:"List groups."`
	Delete     deleteCommand     `cmd:"" help:"Delete a group and take everybody out of it."`
	AddUser    addUserCommand    `cmd:"" help:"Put users into a group."`
	RemoveUser removeUserCommand `cmd:"" help:"Take users out of a group."`
}

// change opens the data folder and changes something in one transaction.
func change(r *cli.Run, do func(p *program.Program, tx *store.Tx, by audit.Entry) error) error {
	p, err := r.OpenQuietly()
	if err != nil {
		return err
	}
	defer p.Close()
	return p.DB.Tx(r.Ctx, func(tx *store.Tx) error { return do(p, tx, cli.AuditBase(time.Now())) })
}

// find returns the group.
func find(read store.Reader, name string) (store.Group, error) {
	g, err := read.Group(name)
	if problem.Is(err, problem.NotFound) {
		return g, fmt.Errorf("there is no group %q; latchkey group list shows all groups", name)
	}
	return g, err
}

type addCommand struct {
	Name  string `arg:"" help:"Name of the group: lower-case letters, digits and hyphens. It cannot be changed later."`
	Label string `env:"LATCHKEY_GROUP_LABEL" placeholder:"TEXT" help:"What people call the group."`
}

// Help shows how it is used.
func (addCommand) Help() string {
	return cli.Examples("group add support", "group add on-call --label 'On call'")
}

// Run adds the group.
func (c addCommand) Run(r *cli.Run) error {
	label, err := access.CheckGroupLabel(c.Label)
	if err := errors.Join(access.CheckGroupName(c.Name), err); err != nil {
		return err
	}
	err = change(r, func(_ *program.Program, tx *store.Tx, by audit.Entry) error {
		return access.AddGroup(tx, by, c.Name, label)
	})
	if err == nil {
		_, err = fmt.Fprintf(r.Stdout, "Added the group %s.\n", c.Name)
	}
	return err
}

type deleteCommand struct {
	Name string `arg:"" help:"Name of the group."`
	cli.Confirmed
}

// Help shows how it is used.
func (deleteCommand) Help() string {
	return cli.Examples("group delete support", "group delete support --yes")
}

// Run deletes the group. If somebody is asked, the answer is about the members of that moment,
// and the version that was seen.
func (c deleteCommand) Run(r *cli.Run) error {
	p, err := r.OpenQuietly()
	if err != nil {
		return err
	}
	defer p.Close()
	g, err := find(p.DB.Reader, c.Name)
	if err != nil {
		return err
	}
	if g.Members > 0 {
		if err := c.Ask(r, fmt.Sprintf("Delete the group %s, which has %s?", g.Name, members(g.Members))); err != nil {
			return err
		}
	}
	err = p.DB.Tx(r.Ctx, func(tx *store.Tx) error { return access.DeleteGroup(tx, cli.AuditBase(time.Now()), g.Name, g.Version) })
	if err == nil {
		_, err = fmt.Fprintf(r.Stdout, "Deleted the group %s, which had %s.\n", g.Name, members(g.Members))
	}
	return err
}

func members(n int) string {
	if n == 1 {
		return "1 member"
	}
	return fmt.Sprint(n, " members")
}

type listCommand struct {
	JSON bool `name:"json" env:"LATCHKEY_JSON" help:"Print a JSON array."`
}

// Help shows how it is used.
func (listCommand) Help() string { return cli.Examples("group list", "group list --json") }

// listPage is how many groups are read at once.
const listPage = 500

// shownGroup is a group as the command prints it.
type shownGroup struct {
	Name    string `json:"name"`
	Label   string `json:"label"`
	Members int    `json:"members"`
	Created string `json:"created"`
}

// Run prints the groups.
func (c listCommand) Run(r *cli.Run) error {
	p, err := r.OpenReading(false)
	if err != nil {
		return err
	}
	defer p.Close()
	if c.JSON {
		add, end := r.JSONArray()
		if err := each(r.Ctx, p.DB.Reader, func(g shownGroup) error { return add(g) }); err != nil {
			return err
		}
		return end()
	}
	w := r.Table()
	fmt.Fprintln(w, "NAME\tLABEL\tMEMBERS\tCREATED")
	if err := each(r.Ctx, p.DB.Reader, func(g shownGroup) error {
		_, err := fmt.Fprintf(w, "%s\t%s\t%d\t%s\n", g.Name, g.Label, g.Members, g.Created)
		return err
	}); err != nil {
		return err
	}
	return w.Flush()
}

// each hands over all groups in the order of the list.
func each(ctx context.Context, read store.Reader, do func(shownGroup) error) error {
	f := store.GroupFilter{Limit: listPage}
	for {
		page, err := read.Groups(ctx, f)
		if err != nil {
			return err
		}
		for _, g := range page {
			if err := do(shownGroup{g.Name, g.Label, g.Members, cli.Stamp(g.Created)}); err != nil {
				return err
			}
		}
		if len(page) < listPage {
			return nil
		}
		f.After = page[len(page)-1].Name
	}
}
