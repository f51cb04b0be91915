package applications

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"latchkey/internal/access"
	"latchkey/internal/audit"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/web"
	"latchkey/internal/web/forms"
	"latchkey/views"
)

// Who may open an application, as the form says it.
const (
	everyone = "everyone"
	byGroups = "groups"
)

// groupsOffered is up to how many groups the form has a box for; where there are more, names are typed.
const groupsOffered = 50

// fields are those of both forms that have one value.
var fields = []string{"name", "host", "access", "public", "launch_url", "proof_minutes"}

func showNew(v *web.Visitor) error {
	form, groups := v.FilledMany(forms.Form{"access": byGroups}, "Add application")
	page, err := formPage(v, views.ApplicationForm{}, form, groups, nil)
	if err != nil {
		return err
	}
	return v.Render(page)
}

// formPage puts what was typed into the page.
func formPage(v *web.Visitor, page views.ApplicationForm, form forms.Form, groups []string, mistake error) (views.ApplicationForm, error) {
	page.Slug, page.Name, page.Hosts, page.Access = form["slug"], form["name"], form["host"], form["access"]
	page.Public, page.LaunchURL, page.ProofMinutes, page.Version = form["public"], form["launch_url"], form["proof_minutes"], form["version"]
	page.Chosen = names(groups)
	all, err := v.DB.Groups(v.Context(), store.GroupFilter{Limit: groupsOffered + 1})
	if err != nil {
		return page, err
	}
	if page.ManyGroups = len(all) > groupsOffered; !page.ManyGroups {
		for _, g := range all {
			page.Offered = append(page.Offered, viewGroup(g))
		}
	}
	page.Frame = v.Frame(mistake)
	return page, nil
}

// names are those of groups, from boxes or from lines.
func names(sent []string) (all []string) {
	return strings.FieldsFunc(strings.Join(sent, "\n"), func(r rune) bool { return strings.ContainsRune(",;\n\r\t ", r) })
}

// lines are those of a field that are not empty.
func lines(field string) []string {
	return slices.DeleteFunc(strings.FieldsFunc(field, func(r rune) bool { return r == '\n' || r == '\r' }), func(s string) bool { return strings.TrimSpace(s) == "" })
}

// wish is the application that a form asks for, or every mistake in it.
func wish(v *web.Visitor, slug string, form forms.Form, groups []string) (store.Application, error) {
	var wrong error
	if form["access"] != everyone && form["access"] != byGroups {
		wrong = problem.Field("access", "Choose who may open it")
	}
	minutes, err := proofMinutes(form["proof_minutes"])
	a, checkErr := access.Wish{
		Slug: slug, Name: form["name"], Hosts: lines(form["host"]), Everyone: form["access"] == everyone, Groups: names(groups),
		Public: lines(form["public"]), LaunchURL: form["launch_url"], ProofMinutes: minutes,
	}.Check(v.URL)
	return a, errors.Join(checkErr, wrong, err)
}

// proofMinutes reads the field, in which nothing is any time.
func proofMinutes(typed string) (int, error) {
	if typed = strings.TrimSpace(typed); typed == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(typed)
	if err != nil || n < 1 || n > access.MaxProofMinutes {
		return 0, problem.Field("proof_minutes", access.ProofRule)
	}
	return n, nil
}

// maxGroups is how many boxes or lines a form may have.
const maxGroups = access.MaxListed

func submitNew(v *web.Visitor) error {
	form, groups, err := v.FormMany("group", maxGroups, append(slices.Clone(fields), "slug")...)
	if err != nil {
		return err
	}
	slug := strings.TrimSpace(form["slug"])
	a, err := wish(v, slug, form, groups)
	if err == nil {
		err = v.Tx(func(tx *store.Tx) error {
			if err := access.AddApplication(tx, v.Audit("", audit.ResultOK), a); err != nil {
				return err
			}
			return v.SetFlash(tx, good("The application has been added. Next, put it behind your proxy."))
		})
	}
	if err != nil {
		page, readErr := formPage(v, views.ApplicationForm{}, form, groups, err)
		if readErr != nil {
			return readErr
		}
		return v.Reject(err, page)
	}
	return v.Redirect(path(slug))
}

func showEdit(v *web.Visitor) error {
	a, err := chosen(v)
	if err != nil {
		return err
	}
	form, groups := v.FilledMany(values(a), "Save changes")
	if !v.IsKept() {
		groups = a.Groups
	}
	page, err := formPage(v, views.ApplicationForm{Stored: shown(a, nil)}, form, groups, nil)
	if err != nil {
		return err
	}
	return v.Render(page)
}

// values are those of the form for an application as it is.
func values(a store.Application) forms.Form {
	form := forms.Form{
		"name": a.Name, "host": strings.Join(a.Hosts, "\n"), "access": byGroups, "public": strings.Join(a.Public, "\n"), "launch_url": a.LaunchURL,
		"version": strconv.FormatInt(a.Version, 10),
	}
	if a.Everyone {
		form["access"] = everyone
	}
	if a.ProofMinutes > 0 {
		form["proof_minutes"] = strconv.Itoa(a.ProofMinutes)
	}
	return form
}

func submitEdit(v *web.Visitor) error {
	form, groups, err := v.FormMany("group", maxGroups, append(slices.Clone(fields), "version")...)
	if err != nil {
		return err
	}
	stored, err := chosen(v)
	if err != nil {
		return err
	}
	seen, err := version(form)
	if err != nil {
		return err
	}
	if _, sent := form["access"]; !sent { // the boxes belong to it, of which those without a tick are not sent
		groups = stored.Groups
	}
	form = form.Else(values(stored), fields...)
	a, err := wish(v, stored.Slug, form, groups)
	if err == nil {
		err = v.Tx(func(tx *store.Tx) error {
			if err := access.EditApplication(tx, v.Audit("", audit.ResultOK), a, seen); err != nil {
				return err
			}
			return v.SetFlash(tx, good("The application has been saved."))
		})
	}
	if problem.Is(err, problem.Conflict) { // the values of now must be seen before they are overwritten
		now, findErr := chosen(v)
		if findErr != nil {
			return findErr
		}
		stored, form, groups = now, values(now), now.Groups
	}
	if err != nil {
		page, readErr := formPage(v, views.ApplicationForm{Stored: shown(stored, nil)}, form, groups, err)
		if readErr != nil {
			return readErr
		}
		return v.Reject(err, page)
	}
	return v.Redirect(path(stored.Slug))
}
