package app

import (
	"errors"
	"fmt"
	"time"

	"latchkey/internal/app/cli"
	"latchkey/internal/config"
	"latchkey/internal/setup"
	"latchkey/internal/store"
)

type setupCodeCommand struct {
	config.Links
}

// Help shows how it is used.
func (setupCodeCommand) Help() string {
	return cli.Examples("setup-code", "setup-code --data /var/lib/latchkey")
}

// Run prints a new set-up link; the old one is dead.
func (c setupCodeCommand) Run(r *cli.Run) error {
	p, err := r.OpenFor(c.Links)
	if err != nil {
		return err
	}
	defer p.Close()
	var code string
	err = p.DB.Tx(r.Ctx, func(tx *store.Tx) error {
		has, err := tx.HasAdministrator()
		if err != nil {
			return err
		}
		if has {
			return errors.New("there is already an administrator; use latchkey user add --role admin to add another")
		}
		code, err = setup.NewCode(tx, time.Now())
		return err
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(r.Stdout, "Setup: "+p.Instance.Link("/setup?code="+code))
	return err
}
