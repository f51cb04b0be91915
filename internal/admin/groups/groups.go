// Package groups is the pages on which administrators look after groups. What may become of a
// group is decided in package access.
package groups

import (
	"errors"
	"strconv"
	"strings"

	"latchkey/internal/access"
	"latchkey/internal/audit"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/web"
	"latchkey/internal/web/forms"
	"latchkey/internal/web/route"
	"latchkey/views"
)

const (
	listPath    = views.GroupsPath
	newPath     = listPath + "/new"
	onePath     = listPath + "/:group"
	membersPath = onePath + "/members"
)

// Mount adds the routes.
func Mount(s *web.Site) {
	s.Get(listPath, route.Administrator, showList)
	s.Get(newPath, route.Administrator, showNew)
	s.Post(newPath, route.Administrator, submitNew)
	s.Get(onePath, route.Administrator, showOne)
	s.Get(onePath+"/edit", route.Administrator, showEdit)
	s.Post(onePath+"/edit", route.Administrator, submitEdit)
	s.Get(onePath+"/delete", route.Administrator, showDelete)
	s.Post(onePath+"/delete", route.Administrator, submitDelete)
	s.Get(membersPath, route.Administrator, showMembers)
	s.Post(membersPath, route.Administrator, submitMembers)
}

// path is the page of a group.
func path(name string) string { return listPath + "/" + name }

// chosen is the group of the route.
func chosen(v *web.Visitor) (store.Group, error) { return v.DB.Group(v.Param("group")) }

func shown(g store.Group) views.Group {
	return views.Group{Name: g.Name, Label: g.Label, Members: g.Members, Version: g.Version, Created: g.Created}
}

func good(text string) views.Flash { return views.Flash{Kind: "good", Text: text} }

func showNew(v *web.Visitor) error {
	form := v.Filled(forms.Form{"name": "", "label": ""}, "Add group")
	return v.Render(newPage(v, form, nil))
}

func newPage(v *web.Visitor, form forms.Form, err error) views.GroupForm {
	return views.GroupForm{Frame: v.Frame(err), Name: form["name"], Label: form["label"]}
}

func submitNew(v *web.Visitor) error {
	form, err := v.Form("name", "label")
	if err != nil {
		return err
	}
	name := strings.TrimSpace(form["name"])
	label, err := access.CheckGroupLabel(form["label"])
	if err = errors.Join(access.CheckGroupName(name), err); err == nil {
		err = v.Tx(func(tx *store.Tx) error {
			if err := access.AddGroup(tx, v.Audit("", audit.ResultOK), name, label); err != nil {
				return err
			}
			return v.SetFlash(tx, good("The group has been added."))
		})
	}
	if err != nil {
		return v.Reject(err, newPage(v, form, err))
	}
	return v.Redirect(path(name))
}

func showEdit(v *web.Visitor) error {
	g, err := chosen(v)
	if err != nil {
		return err
	}
	return v.Render(editPage(v, g, v.Filled(values(g), "Save changes"), nil))
}

// values are those of the form for a group as it is.
func values(g store.Group) forms.Form {
	return forms.Form{"label": g.Label, "version": strconv.FormatInt(g.Version, 10)}
}

func editPage(v *web.Visitor, g store.Group, form forms.Form, err error) views.GroupForm {
	return views.GroupForm{Frame: v.Frame(err), Stored: shown(g), Label: form["label"], Version: form["version"]}
}

func submitEdit(v *web.Visitor) error {
	form, err := v.Form("label", "version")
	if err != nil {
		return err
	}
	g, err := chosen(v)
	if err != nil {
		return err
	}
	seen, err := version(form)
	if err != nil {
		return err
	}
	form = form.Else(values(g), "label")
	label, err := access.CheckGroupLabel(form["label"])
	if err == nil {
		err = v.Tx(func(tx *store.Tx) error {
			if err := access.EditGroup(tx, v.Audit("", audit.ResultOK), g.Name, label, seen); err != nil {
				return err
			}
			return v.SetFlash(tx, good("The group has been saved."))
		})
	}
	if problem.Is(err, problem.Conflict) { // the values of now must be seen before they are overwritten
		now, findErr := chosen(v)
		if findErr != nil {
			return findErr
		}
		return v.Reject(err, editPage(v, now, values(now), err))
	}
	if err != nil {
		return v.Reject(err, editPage(v, g, form, err))
	}
	return v.Redirect(path(g.Name))
}

// version is the version that a form was filled in for; 0 if it names none.
func version(form forms.Form) (int64, error) {
	if form["version"] == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(form["version"], 10, 64)
	if err != nil {
		return 0, problem.New(problem.BadRequest, "The form does not say which version of the group was meant.")
	}
	return n, nil
}

func showDelete(v *web.Visitor) error {
	g, err := chosen(v)
	if err != nil {
		return err
	}
	v.Filled(forms.Form{"version": ""}, "Delete group")
	page, err := deletePage(v, g, nil)
	if err != nil {
		return err
	}
	return v.Render(page)
}

func submitDelete(v *web.Visitor) error {
	form, err := v.Form("version")
	if err != nil {
		return err
	}
	g, err := chosen(v)
	if err != nil {
		return err
	}
	seen, err := version(form)
	if err != nil {
		return err
	}
	err = v.Tx(func(tx *store.Tx) error {
		if err := access.DeleteGroup(tx, v.Audit("", audit.ResultOK), g.Name, seen); err != nil {
			return err
		}
		return v.SetFlash(tx, good("The group "+g.Title()+" has been deleted."))
	})
	if problem.Is(err, problem.Conflict) {
		if g, findErr := chosen(v); findErr == nil {
			page, readErr := deletePage(v, g, err)
			if readErr != nil {
				return readErr
			}
			return v.Reject(err, page)
		}
	}
	if err != nil {
		return err
	}
	return v.Redirect(listPath)
}
