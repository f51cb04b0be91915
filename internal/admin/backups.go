package admin

import (
	"latchkey/internal/store"
	"latchkey/internal/web"
	"latchkey/views"
)

// aboutBackups is about a backup that failed, that is old, or that was never made; of the last the
// list of what is to be set up tells as long as it is shown.
func aboutBackups(v *web.Visitor) ([]views.Attention, error) {
	tell := func(text string) []views.Attention {
		return []views.Attention{{Text: text, Href: views.BackupsPath, Words: "Backups"}}
	}
	last, any, err := v.DB.LastBackup("", "")
	if err != nil {
		return nil, err
	}
	if any && last.State == store.BackupFailed {
		return tell("The last backup failed."), nil
	}
	made, some, err := v.DB.LastBackup("", store.BackupDone)
	s := v.Settings()
	switch {
	case err != nil:
		return nil, err
	case some && v.Now.Sub(made.Began) > views.BackupOld:
		return tell("The last backup is " + views.Span(v.Now.Sub(made.Began)) + " old."), nil
	case !some && s.ChecklistDone && !s.BackupsDone:
		return tell("There is no backup yet."), nil
	}
	return nil, nil
}
