package admin

import (
	"maps"
	"time"

	"github.com/a-h/templ"

	"latchkey/internal/auth"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web"
	"latchkey/views"
)

const signInPath = "/admin/settings/sign-in"

// graceMost is how far away a deadline may be, in days: a policy that begins later
// than in a year is none.
const graceMost = 366

// graceOffered is the deadline that the page offers, in days.
const graceOffered = 30

// policyReview is the page that shows what a stricter policy asks of whom, before it
// is saved.
type policyReview struct{ policy auth.TwoStep }

// policyReviews are the policies that are shown first. The weakest asks nothing.
func policyReviews() []policyReview {
	return []policyReview{{auth.TwoStepEveryone}, {auth.TwoStepAdministrators}}
}

func (p policyReview) path() string { return signInPath + "/" + string(p.policy) }

// holdBack takes a stricter policy out of the form if anybody is affected, and
// returns the page that shows it; next is where to go once the rest is saved. A
// policy that would leave no administrator is refused at once.
func holdBack(v *web.Visitor, form web.Form) (rest web.Form, next string, err error) {
	before, after := v.Settings().TwoStep, auth.TwoStep(form["two_step"])
	if strength(after) <= strength(before) {
		return form, signInPath, nil
	}
	p := policyReview{after}
	late, err := v.DB.CountUsers(v.Context(), p.affected(v))
	if err != nil || late == 0 {
		return form, signInPath, err
	}
	if err := keepAdministrator(v.DB.Reader, before, after); err != nil {
		return form, "", err
	}
	rest = maps.Clone(form)
	delete(rest, "two_step")
	return rest, p.path(), nil
}

// affected selects those who must have an authenticator and have none.
func (p policyReview) affected(v *web.Visitor) store.UserFilter {
	f := store.UserFilter{TwoStep: "off", Now: v.Now}
	if p.policy == auth.TwoStepAdministrators {
		f.Role = user.RoleAdmin
	}
	return f
}

// fits reports whether the policy is stricter than the one in force, or is that one
// while its deadline can still be moved.
func (p policyReview) fits(s auth.Settings, now time.Time) bool {
	return strength(p.policy) > strength(s.TwoStep) || p.dated() && p.policy == s.TwoStep && s.InGrace(now)
}

// dated reports whether the policy can have a deadline: it concerns others than
// administrators, who never get one (OT-19).
func (p policyReview) dated() bool { return p.policy == auth.TwoStepEveryone }

func (p policyReview) show(v *web.Visitor) error {
	s := v.Settings()
	if !p.fits(s, v.Now) {
		return v.Redirect(signInPath)
	}
	deadline := v.Now.UTC().AddDate(0, 0, graceOffered)
	if s.InGrace(v.Now) {
		deadline = s.TwoStepDeadline
	}
	page, err := p.page(v, v.Filled(web.Form{"two_step_deadline": deadline.Format(time.DateOnly)}, "")["two_step_deadline"], nil)
	if err != nil {
		return err
	}
	return v.Render(page)
}

func (p policyReview) page(v *web.Visitor, deadline string, mistake error) (templ.Component, error) {
	f := p.affected(v)
	page := views.PolicyReview{
		Policy: string(p.policy), Dated: p.dated(), Deadline: deadline, CountMax: store.CountMax,
		Running: v.Settings().InGrace(v.Now), List: views.UserFilter{TwoStep: f.TwoStep, Role: string(f.Role)},
	}
	var err error
	if page.Affected, err = v.DB.CountUsers(v.Context(), f); err != nil {
		return nil, err
	}
	if page.NoAddress, err = v.DB.CountWithoutAddress(v.Context(), f); err != nil {
		return nil, err
	}
	if err := keepAdministrator(v.DB.Reader, v.Settings().TwoStep, p.policy); problem.As(err) != nil {
		page.Refused = problem.As(err).Message
	} else if err != nil {
		return nil, err
	}
	if page.Administrators, err = administratorsWithout(v); err != nil {
		return nil, err
	}
	page.Frame = v.Frame(mistake)
	return page, nil
}

// administratorsWithout are the enabled administrators without an authenticator.
func administratorsWithout(v *web.Visitor) (all []views.Link, err error) {
	admins, err := v.DB.Administrators()
	for _, u := range admins {
		if u.Authenticators == 0 {
			all = append(all, views.Link{Href: userPath(u), Words: shown(u)})
		}
	}
	return all, err
}

// submit puts the policy in force, or moves its deadline.
func (p policyReview) submit(v *web.Visitor) error {
	var names []string
	if p.dated() {
		names = []string{"two_step_deadline"}
	}
	form, err := v.Form(names...)
	if err != nil {
		return err
	}
	err = saveSettings(v, allSaved, func(before auth.Settings) (auth.Settings, error) { return p.require(v, before, form) })
	if err == nil {
		return v.Redirect(signInPath)
	}
	page, pageErr := p.page(v, form["two_step_deadline"], err)
	if pageErr != nil {
		return pageErr
	}
	return v.Reject(err, page)
}

// require is what becomes of the settings. Somebody else may have changed the policy
// since the page was shown: one that is stricter by now stays.
func (p policyReview) require(v *web.Visitor, before auth.Settings, form web.Form) (auth.Settings, error) {
	after := before
	after.TwoStep, after.TwoStepDeadline = p.policy, time.Time{}
	if err := after.Set("two_step_deadline", form["two_step_deadline"]); err != nil {
		return after, err
	}
	today := v.Now.UTC().Truncate(24 * time.Hour)
	if d := after.TwoStepDeadline; !d.IsZero() && (d.Before(today) || d.After(today.AddDate(0, 0, graceMost))) {
		return after, problem.Field("two_step_deadline", "Choose a day from today to a year from now, or leave it empty")
	}
	if !p.fits(before, v.Now) {
		return after, problem.New(problem.Conflict, "The policy was changed meanwhile. Look at the sign-in settings again.")
	}
	return after, nil
}
