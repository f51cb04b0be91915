package keys

import (
	"fmt"
	"time"

	"latchkey/internal/app/cli"
	"latchkey/internal/keys"
	"latchkey/internal/program"
	"latchkey/internal/store"
)

type rotateCommand struct{}

// Help shows how it is used.
func (rotateCommand) Help() string {
	return "It adds a key to latchkey.key and keeps the old ones, which open and verify what was made under them. " +
		"A server that runs takes it up by itself.\n\n" + cli.Examples("keys rotate")
}

// Run adds a key.
func (rotateCommand) Run(r *cli.Run) error {
	p, err := r.OpenQuietly()
	if err != nil {
		return err
	}
	defer p.Close()
	done, err := keys.Rotate(r.Ctx, p.Instance, cli.AuditBase(time.Now()))
	if err != nil {
		return err
	}
	became := "Added the key " + done.New + ", which is used from now on."
	if done.Finished {
		became = "The key " + done.New + " was there already, from a rotation that was cut off; it is used from now on."
	}
	_, err = fmt.Fprintf(r.Stdout, "%s A server that runs takes it up within %d seconds.\n"+
		"The old keys stay: they open and verify what was made under them. Seal everything anew with latchkey keys rekey.\n"+
		"Make a backup now: the key file in older ones does not have this key.\n", became, program.LookEvery/time.Second)
	return err
}

type rekeyCommand struct{}

// Help shows how it is used.
func (rekeyCommand) Help() string {
	return "It seals anew, under the newest key, what is sealed under older ones: secrets of authenticators and streams, messages that wait and the like. " +
		"It runs beside the server. If it is interrupted, run it again. Recovery codes and the audit log are only signed, and stay under their keys; so no key is ever removed.\n\n" +
		cli.Examples("keys rekey")
}

// Run seals everything anew, and says what stays.
func (rekeyCommand) Run(r *cli.Run) error {
	p, err := r.OpenQuietly()
	if err != nil {
		return err
	}
	defer p.Close()
	show, end := cli.Progress[int](r, "values sealed anew")
	done, err := keys.Rekey(r.Ctx, p.Instance, cli.AuditBase(time.Now()), show)
	end()
	if err != nil {
		return fmt.Errorf("%w; what was sealed anew stays so (%d)", err, done.All())
	}
	fmt.Fprintf(r.Stdout, "Sealed anew under %s: %d.\n", done.Key, done.All())
	kinds, _ := store.KeptKinds()
	for _, kind := range kinds {
		if n := done.Sealed[kind]; n > 0 {
			fmt.Fprintf(r.Stdout, "  %s\n", counted(int64(n), kind))
		}
	}
	for _, row := range done.Unreadable {
		fmt.Fprintf(r.Stdout, "Cannot be opened: %s %s\n", row.Kind, cli.OneLine(row.Key+" "+row.Part))
	}
	if err := stays(r, p); err != nil {
		return err
	}
	if done.Unopened > 0 {
		return fmt.Errorf("%d values cannot be opened and stay as they are; latchkey keys list shows whether their key is missing", done.Unopened)
	}
	return nil
}

// stays says what is still under older keys, and why they stay in the file.
func stays(r *cli.Run, p *program.Program) error {
	all, err := keys.List(r.Ctx, p.Instance)
	if err != nil {
		return err
	}
	for _, k := range all.Keys {
		if what := under(k.Under); what != "" && !k.Newest {
			fmt.Fprintf(r.Stdout, "Still under %s: %s.\n", k.ID, what)
		}
	}
	if len(all.Keys) > 1 {
		fmt.Fprintln(r.Stdout, "Recovery codes and the audit log are only signed, and cannot be signed anew: codes are used or replaced, and rows removed, in time. Keep the old keys.")
	}
	return nil
}
