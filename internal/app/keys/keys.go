// Package keys are the commands that look after the keys in latchkey.key.
package keys

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"latchkey/internal/app/cli"
	"latchkey/internal/keys"
	"latchkey/internal/store"
)

// Commands are those that begin with keys.
type Commands struct {
	List   listCommand   `cmd:"" help:"List the encryption keys and how much is still under each."`
	Rotate rotateCommand `cmd:"" help:"Add an encryption key and use it from then on."`
	Rekey  rekeyCommand  `cmd:"" help:"Seal everything under the newest key anew."`
}

// words are the kinds as people call them, one and many.
var words = map[store.KeptKind][2]string{
	store.KeptAuthenticators: {"authenticator secret", "authenticator secrets"},
	store.KeptEnrolments:     {"authenticator being set up", "authenticators being set up"},
	store.KeptStreams:        {"event stream", "event streams"},
	store.KeptMails:          {"message that waits", "messages that wait"},
	store.KeptImportRows:     {"row of an import", "rows of imports"},
	store.KeptNewCodes:       {"sheet of new recovery codes", "sheets of new recovery codes"},
	store.KeptForms:          {"form that waits", "forms that wait"},
	store.KeptMessages:       {"message for the next page", "messages for the next page"},
	store.KeptRecoveryCodes:  {"recovery code", "recovery codes"},
	store.KeptAuditRows:      {"row of the audit log", "rows of the audit log"},
	store.KeptRemovedRows:    {"note of removed rows", "notes of removed rows"},
}

// counted is how many there are of a kind, in words.
func counted(n int64, kind store.KeptKind) string {
	if n == 1 {
		return "1 " + words[kind][0]
	}
	return fmt.Sprintf("%d %s", n, words[kind][1])
}

type listCommand struct {
	JSON bool `name:"json" env:"LATCHKEY_JSON" help:"Print a JSON object."`
}

// Help shows how it is used.
func (listCommand) Help() string { return cli.Examples("keys list", "keys list --json") }

// shownKey is a key as the command prints it for programs.
type shownKey struct {
	ID     string                   `json:"id"`
	Newest bool                     `json:"newest"`
	Made   string                   `json:"made"` // "" if that is not known
	Sealed int64                    `json:"sealed"`
	Signed int64                    `json:"signed"`
	Under  map[store.KeptKind]int64 `json:"under"`
}

type shownList struct {
	Keys []shownKey               `json:"keys"`
	Lost map[store.KeptKind]int64 `json:"lost"`
}

// Run prints every key with its age and what is under it. It fails if something is under a
// key that is gone.
func (c listCommand) Run(r *cli.Run) error {
	p, err := r.OpenReading(false)
	if err != nil {
		return err
	}
	defer p.Close()
	all, err := keys.List(r.Ctx, p.Instance)
	if err != nil {
		return err
	}
	if c.JSON {
		err = printJSON(r, all)
	} else {
		err = printTable(r, all, time.Now())
	}
	if n := total(all.Lost); n > 0 && err == nil {
		err = fmt.Errorf("%s under a key that is not in latchkey.key; put back the key file that has it, from a backup", are(n))
	}
	return err
}

func printJSON(r *cli.Run, all keys.Listed) error {
	shown := shownList{Keys: []shownKey{}, Lost: all.Lost}
	for _, k := range all.Keys {
		shown.Keys = append(shown.Keys, shownKey{ID: k.ID, Newest: k.Newest, Made: cli.Stamp(k.Made), Sealed: k.Sealed(), Signed: k.Signed(), Under: k.Under})
	}
	return r.JSON(shown)
}

func printTable(r *cli.Run, all keys.Listed, now time.Time) error {
	w := r.Table()
	fmt.Fprintln(w, "KEY\tMADE\tAGE\tSEALED\tSIGNED\tUSE")
	for _, k := range all.Keys {
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%d\t%s\n", k.ID, cmp.Or(cli.Stamp(k.Made), "unknown"), age(k.Made, now), k.Sealed(), k.Signed(), use(k))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, k := range all.Keys {
		if what := under(k.Under); what != "" {
			fmt.Fprintf(r.Stdout, "Under %s: %s.\n", k.ID, what)
		}
	}
	if what := under(all.Lost); what != "" {
		fmt.Fprintf(r.Stdout, "Under no key of this file: %s.\n", what)
	}
	return nil
}

// age is how old a key is, in whole days.
func age(made, now time.Time) string {
	if made.IsZero() {
		return "unknown"
	}
	switch days := int(now.Sub(made) / (24 * time.Hour)); {
	case days == 1:
		return "1 day"
	case days > 1:
		return fmt.Sprintf("%d days", days)
	}
	return "less than a day"
}

// use says what a key is for now.
func use(k keys.Key) string {
	switch {
	case k.Newest:
		return "for everything new"
	case k.Sealed() > 0:
		return "opens what latchkey keys rekey seals anew"
	case k.Signed() > 0:
		return "verifies what cannot be signed anew"
	}
	return "nothing is under it"
}

// under lists what there is of each kind, in words.
func under(kinds map[store.KeptKind]int64) string {
	var all []string
	order, _ := store.KeptKinds()
	for _, kind := range order {
		if n := kinds[kind]; n > 0 {
			all = append(all, counted(n, kind))
		}
	}
	return strings.Join(all, ", ")
}

func total(kinds map[store.KeptKind]int64) (n int64) {
	for _, values := range kinds {
		n += values
	}
	return n
}

func are(n int64) string {
	if n == 1 {
		return "1 value is"
	}
	return fmt.Sprintf("%d values are", n)
}
