package applications

import (
	"latchkey/internal/access"
	"latchkey/internal/audit"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/web"
	"latchkey/internal/web/forms"
	"latchkey/views"
)

// kind is something done to an application that is asked for first.
type kind struct {
	name string
	do   func(tx *store.Tx, by audit.Entry, slug string, version int64) error
	done string // behind the name, on the next page
}

func kinds() []kind {
	return []kind{
		{"enable", access.EnableApplication, " has been enabled."},
		{"disable", access.DisableApplication, " has been disabled."},
		{"delete", access.DeleteApplication, " has been deleted."},
	}
}

func (k kind) page(v *web.Visitor, a store.Application, mistake error) (views.ApplicationAction, error) {
	page := views.ApplicationAction{Application: shown(a, nil), Kind: k.name}
	n, err := v.DB.CountOpenNow(v.Context(), a.Slug, v.Now)
	page.Open, page.Frame = views.People(n), v.Frame(mistake)
	return page, err
}

func (k kind) show(v *web.Visitor) error {
	a, err := chosen(v)
	if err != nil {
		return err
	}
	v.Filled(forms.Form{"version": ""}, k.button(a))
	page, err := k.page(v, a, nil)
	if err != nil {
		return err
	}
	return v.Render(page)
}

// button is what the page's has on it.
func (k kind) button(a store.Application) string {
	return views.ApplicationAction{Application: shown(a, nil), Kind: k.name}.Button()
}

func (k kind) submit(v *web.Visitor) error {
	form, err := v.Form("version")
	if err != nil {
		return err
	}
	a, err := chosen(v)
	if err != nil {
		return err
	}
	seen, err := version(form)
	if err != nil {
		return err
	}
	err = v.Tx(func(tx *store.Tx) error {
		if err := k.do(tx, v.Audit("", audit.ResultOK), a.Slug, seen); err != nil {
			return err
		}
		return v.SetFlash(tx, good(a.Name+k.done))
	})
	if problem.Is(err, problem.Conflict) {
		if a, findErr := chosen(v); findErr == nil {
			page, readErr := k.page(v, a, err)
			if readErr != nil {
				return readErr
			}
			return v.Reject(err, page)
		}
	}
	if err != nil {
		return err
	}
	if k.name == "delete" {
		return v.Redirect(listPath)
	}
	return v.Redirect(path(a.Slug))
}
