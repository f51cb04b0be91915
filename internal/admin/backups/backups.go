// Package backups is the page on which administrators decide when the server makes backups, make
// one, see how that went, and download those that are encrypted. How backups are made is decided
// in package backup.
package backups

import (
	"errors"
	"io"
	"io/fs"
	"strconv"
	"strings"

	"latchkey/internal/audit"
	"latchkey/internal/auth"
	"latchkey/internal/backup"
	"latchkey/internal/instance"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/web"
	"latchkey/internal/web/forms"
	"latchkey/internal/web/route"
	"latchkey/views"
)

const (
	path = views.BackupsPath
	// shownAtOnce is how many backups a page lists, 14. They are two weeks of nightly ones.
	//
	//limit:backups Backups on one page
	shownAtOnce = 14
)

// Mount adds the routes.
func Mount(s *web.Site) {
	s.Get(path, route.Administrator, showBackups)
	s.Post(path, route.Administrator, submitBackups)
	s.Get(path+"/:backup", route.Administrator, download)
}

func showBackups(v *web.Visitor) error {
	page, err := build(v, v.Filled(fieldsOf(v.Settings()), "Save"), nil)
	if err != nil {
		return err
	}
	return v.Render(page)
}

// fields are the names of the form's fields, with the settings that they are.
var fields = map[string]string{"every": "backup_every", "at": "backup_time", "keep": "backup_keep", "recipients": "backup_recipients"}

func fieldsOf(s auth.Settings) forms.Form {
	values, form := s.Values(), forms.Form{}
	for name, setting := range fields {
		form[name] = values[setting]
	}
	return form
}

func build(v *web.Visitor, form forms.Form, mistake error) (page views.Backups, err error) {
	sent, err := v.Filters("before")
	if err != nil {
		return page, err
	}
	before, err := number(sent["before"])
	if err != nil {
		return page, err
	}
	page = views.Backups{
		Frame: v.Frame(mistake), Now: v.Now, Paged: before > 0,
		Every: form["every"], At: form["at"], Keep: form["keep"], Recipients: form["recipients"],
	}
	rows, err := v.DB.Backups(before, shownAtOnce+1)
	if err != nil {
		return page, err
	}
	if len(rows) > shownAtOnce {
		rows = rows[:shownAtOnce]
		page.Older = rows[shownAtOnce-1].Seq
	}
	for _, b := range rows {
		page.Rows = append(page.Rows, shown(v, b))
	}
	if page.Last, err = newest(v, ""); err != nil {
		return page, err
	}
	if page.Made, err = newest(v, store.BackupDone); err != nil {
		return page, err
	}
	kept, err := v.DB.KeptBackups()
	for _, b := range kept {
		if backup.IsKept(v.Folder, b) {
			page.Kept++
		}
	}
	page.Next, _ = v.Settings().Backups.Next(v.Now)
	return page, err
}

func number(text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1 || strconv.FormatInt(n, 10) != text {
		return 0, problem.New(problem.BadRequest, "The address does not name a backup.")
	}
	return n, nil
}

func newest(v *web.Visitor, state store.BackupState) (*views.Backup, error) {
	b, ok, err := v.DB.LastBackup("", state)
	if err != nil || !ok {
		return nil, err
	}
	row := shown(v, b)
	return &row, nil
}

func shown(v *web.Visitor, b store.Backup) views.Backup {
	row := views.Backup{
		Seq: b.Seq, Kind: string(b.Kind), By: b.ByName, State: string(b.State), Began: b.Began, Ended: b.Ended, Percent: b.Percent,
		Bytes: b.Bytes, Users: b.Users, HeadSeq: b.HeadSeq, HeadMAC: b.HeadMAC, Encrypted: b.Encrypted, Recipients: strings.Fields(b.Recipients), Why: b.Why,
	}
	if backup.IsKept(v.Folder, b) {
		row.File = b.File
	}
	return row
}

// submitBackups makes a backup, or saves when others are made.
func submitBackups(v *web.Visitor) error {
	form, err := v.Form("now", "every", "at", "keep", "recipients")
	if err != nil {
		return err
	}
	if _, now := form["now"]; now {
		return submitNow(v, form)
	}
	err = save(v, form)
	if err == nil {
		v.BackupDue.Send()
		return v.Redirect(path)
	}
	values := fieldsOf(v.Settings())
	for name, value := range form {
		values[name] = value
	}
	page, other := build(v, values, err)
	if other != nil {
		return other
	}
	return v.Reject(err, page)
}

// submitNow has the server make a backup.
func submitNow(v *web.Visitor, form forms.Form) error {
	if len(form) > 1 {
		return problem.New(problem.BadRequest, "The form asks for two things at once.")
	}
	err := v.Tx(func(tx *store.Tx) error {
		_, ok, err := tx.AddBackup(store.Backup{Kind: store.BackupPage, State: store.BackupRunning, ByID: v.User.ID, ByName: v.User.Username, Began: v.Now})
		if err != nil {
			return err
		}
		if !ok {
			return v.SetFlash(tx, views.Flash{Kind: "warn", Text: "A backup is being made already."})
		}
		return v.SetFlash(tx, views.Flash{Kind: "good", Text: "The backup has been started."})
	})
	if err != nil {
		return err
	}
	v.BackupDue.Send()
	return v.Redirect(path)
}

// save stores the settings that were sent; one that was not keeps its value.
func save(v *web.Visitor, form forms.Form) error {
	if len(form) == 0 {
		return problem.New(problem.BadRequest, "The form is empty.")
	}
	values := map[string]string{}
	for name, setting := range fields {
		if value, sent := form[name]; sent {
			values[setting] = value
		}
	}
	said := views.Flash{Kind: "good", Text: "Settings saved."}
	err := v.Tx(func(tx *store.Tx) error {
		_, _, err := instance.EditSettings(tx, v.Audit("", audit.ResultOK), func(before auth.Settings) (auth.Settings, error) {
			after, err := before.With(auth.BackupNames(), values)
			if err != nil {
				return after, ofFields(err)
			}
			if _, err := backup.Recipients(strings.Fields(after.Backups.Recipients)); err != nil {
				return after, problem.Field("recipients", "R"+strings.TrimPrefix(err.Error(), "r"))
			}
			if after.Backups.Recipients == "" && before.Backups.Recipients != "" {
				said = views.Flash{Kind: "warn", Text: "Settings saved. New backups are not encrypted any more: they hold the key in the clear, and cannot be downloaded."}
			}
			return after, nil
		})
		if err != nil {
			return err
		}
		return v.SetFlash(tx, said)
	})
	if err != nil {
		return err
	}
	return v.LoadSettings()
}

// ofFields gives each mistake to the field of the form that has the setting.
func ofFields(err error) error {
	var all []error
	for _, p := range problem.All(err) {
		for name, setting := range fields {
			if p.Field == setting {
				all = append(all, problem.Field(name, p.Message))
			}
		}
	}
	if len(all) == 0 {
		return err
	}
	return errors.Join(all...)
}

// download sends a backup that is encrypted: it holds everything, so the person has to have proved
// who they are a moment ago, and the audit log says that it left.
func download(v *web.Visitor) error {
	if err := v.NeedFresh(); err != nil {
		return err
	}
	seq, err := number(v.Param("backup"))
	if err != nil {
		return problem.New(problem.NotFound, "There is no such backup.")
	}
	b, ok, err := v.DB.BackupBySeq(seq)
	if err != nil {
		return err
	}
	if !ok {
		return problem.New(problem.NotFound, "There is no such backup.")
	}
	file, err := backup.Open(v.Folder, b)
	if errors.Is(err, fs.ErrNotExist) {
		return problem.New(problem.NotFound, "This backup is not kept here, or is not encrypted.")
	}
	if err != nil {
		return err
	}
	defer file.Close()
	return v.Download("application/octet-stream", b.File, func(w io.Writer) error {
		e := v.Audit("", audit.ResultOK)
		e.Event, e.Details = audit.BackupDownloaded, []audit.Detail{{Name: "file", After: b.File}}
		if err := v.Tx(func(tx *store.Tx) error { return tx.Audit(e) }); err != nil {
			return err
		}
		_, err := io.Copy(w, file)
		return err
	})
}
