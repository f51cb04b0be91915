package users

import (
	"fmt"

	"latchkey/internal/access"
	"latchkey/internal/app/cli"
	"latchkey/internal/program"
	"latchkey/internal/user"
)

// applicationsShown is how many applications an explanation names.
const applicationsShown = 50

// printApplications prints what a user has access to and why, where there are applications.
func printApplications(r *cli.Run, p *program.Program, u user.User) error {
	all, err := access.OpenTo(r.Ctx, p.DB.Reader, u, applicationsShown)
	if err != nil || all.Total == 0 {
		return err
	}
	fmt.Fprintln(r.Stdout, "\nHas access to:")
	w := r.Table()
	for _, a := range all.First {
		why := a.Why
		if a.Disabled {
			why += " (disabled, so nobody can open it)"
		}
		fmt.Fprintf(w, "  %s\t%s\n", a.Name, why)
	}
	if n := all.Total - len(all.First); n > 0 {
		fmt.Fprintf(w, "  and %d more\n", n)
	}
	return w.Flush()
}
