package admin

import (
	"slices"

	"latchkey/internal/audit"
	"latchkey/internal/auth"
	"latchkey/internal/instance"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web"
	"latchkey/views"
)

// checklist is what should be set up on a new instance; none once all of it is, or the
// list is not wanted any more. Each line ticks itself off; the last can be ticked off
// as well, since nobody can see from here whether copies are made in another way.
func checklist(v *web.Visitor) ([]views.Task, error) {
	s := v.Settings()
	if s.ChecklistDone {
		return nil, nil
	}
	usable, err := v.DB.UsableAdministrators(v.Settings().TwoStep.Demands(user.RoleAdmin))
	if err != nil {
		return nil, err
	}
	_, backedUp, err := v.DB.LastBackup("", store.BackupDone)
	if err != nil {
		return nil, err
	}
	all := []views.Task{
		{Text: "Turn on two-step verification for yourself", Href: "/security", Done: v.User.Authenticators > 0},
		{Text: "Name this instance", Href: views.SettingsGeneralPath, Done: s.InstanceName != auth.DefaultSettings().InstanceName},
		{Text: "Set the web address people use (currently " + v.URL.String() + ")", Href: views.SettingsGeneralPath + "#seen", Done: addressSet(v)},
		{Text: "Set up mail", Href: "/admin/settings/mail", Done: v.HasMail()},
		addressTask(v),
		{Text: "Add a second administrator", Href: "/admin/users/new", Done: usable > 1},
		{Text: "Make backups", Href: views.BackupsPath, Done: s.BackupsDone || backedUp, Item: itemBackups},
	}
	if !slices.ContainsFunc(all, func(t views.Task) bool { return !t.Done }) {
		return nil, nil
	}
	return all, nil
}

// addressTask is about the visitor's own address: as long as it is not confirmed, nothing
// that matters is sent there.
func addressTask(v *web.Visitor) views.Task {
	switch {
	case v.User.Email == "":
		return views.Task{Text: "Add your email address", Href: "/profile/edit"}
	case v.User.EmailConfirmed:
		return views.Task{Text: "Add your email address", Href: "/profile", Done: true}
	case !v.HasMail():
		return views.Task{Text: "Confirm your email address, once mail is set up", Href: "/profile"}
	}
	return views.Task{Text: "Confirm your email address", Href: "/profile"}
}

// addressSet reports whether somebody decided on the address of this site, and nothing is
// wrong with how this request came to it.
func addressSet(v *web.Visitor) bool {
	decided := slices.ContainsFunc(v.FlagValues, func(f views.FlagValue) bool { return f.Flag == "--url" && !f.Default })
	return decided && len(v.Reach().Troubles) == 0
}

// What a person ticks off: one line, or the list.
const (
	itemBackups = "backups"
	itemList    = "list"
)

func submitChecklist(v *web.Visitor) error {
	form, err := v.Form("item")
	if err != nil {
		return err
	}
	said := "Ticked off."
	if form["item"] == itemList {
		said = "The list has been hidden."
	}
	tick := func(s auth.Settings) (auth.Settings, error) {
		switch form["item"] {
		case itemBackups:
			s.BackupsDone = true
		case itemList:
			s.ChecklistDone = true
		default:
			return s, problem.New(problem.BadRequest, "The form contains a value that is not allowed.")
		}
		return s, nil
	}
	err = v.Tx(func(tx *store.Tx) error {
		if _, _, err := instance.EditSettings(tx, v.Audit("", audit.ResultOK), tick); err != nil {
			return err
		}
		return v.SetFlash(tx, views.Flash{Kind: "good", Text: said})
	})
	if err != nil {
		return err
	}
	if err := v.LoadSettings(); err != nil {
		return err
	}
	return v.Redirect("/admin")
}
