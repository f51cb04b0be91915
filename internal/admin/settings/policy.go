package settings

import (
	"maps"
	"time"

	"github.com/a-h/templ"

	"latchkey/internal/account"
	"latchkey/internal/auth"
	"latchkey/internal/instance"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web"
	"latchkey/internal/web/forms"
	"latchkey/views"
)

// graceMost is how far away a deadline may be, in days: a policy that begins later
// than in a year is none.
const graceMost = 366

// graceOffered is the deadline that the page offers, in days.
const graceOffered = 30

// policyReview is the page that shows what another policy asks of whom, or of whom it
// asks nothing any more, before it is saved.
type policyReview struct{ policy auth.TwoStep }

// policyReviews are the policies, each of which is shown first.
func policyReviews() []policyReview {
	return []policyReview{{auth.TwoStepEveryone}, {auth.TwoStepAdministrators}, {auth.TwoStepOptional}}
}

func (p policyReview) path() string { return signInPath + "/" + string(p.policy) }

// deferPolicy takes a weaker policy out of the form, or a stricter one if anybody is affected,
// and returns the page that shows it; next is where to go once the rest is saved. A
// policy that would leave no administrator is refused at once.
func deferPolicy(v *web.Visitor, form forms.Form) (rest forms.Form, next string, err error) {
	before, after := v.Settings().TwoStep, auth.TwoStep(form["two_step"])
	if form["two_step"] == "" || after == before || strength(after) < 0 {
		return form, signInPath, nil
	}
	p := policyReview{after}
	n, err := v.DB.CountUsers(v.Context(), p.affected(v))
	if err != nil || n == 0 && !p.weakens(v.Settings()) {
		return form, signInPath, err
	}
	if err := instance.KeepAdministrator(v.DB.Reader, before, after); err != nil {
		return form, "", err
	}
	rest = maps.Clone(form)
	delete(rest, "two_step")
	return rest, p.path(), nil
}

// weakens reports whether the policy asks less than the one in force.
func (p policyReview) weakens(s auth.Settings) bool { return strength(p.policy) < strength(s.TwoStep) }

// affected selects those who must have an authenticator and have none, or those of whom
// it is not asked any more.
func (p policyReview) affected(v *web.Visitor) store.UserFilter {
	if p.weakens(v.Settings()) {
		return p.released(v)
	}
	return store.WithoutTwoStep(p.role(), v.Now)
}

// role is the only one that the policy concerns; "" for everyone.
func (p policyReview) role() user.Role {
	if p.policy == auth.TwoStepAdministrators {
		return user.RoleAdmin
	}
	return ""
}

// released selects those of whom a weaker policy asks nothing any more.
func (p policyReview) released(v *web.Visitor) store.UserFilter {
	f := store.UserFilter{Status: store.StatusActive, Now: v.Now}
	switch before := v.Settings().TwoStep; {
	case before == auth.TwoStepAdministrators:
		f.Role = user.RoleAdmin
	case p.policy == auth.TwoStepAdministrators:
		f.Role = user.RoleUser
	}
	return f
}

// fits reports whether the policy is another than the one in force, or is that one while
// its deadline can still be moved.
func (p policyReview) fits(s auth.Settings, now time.Time) bool {
	return p.policy != s.TwoStep || p.dated() && s.InGrace(now)
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
	page, err := p.page(v, v.Filled(forms.Form{"two_step_deadline": deadline.Format(time.DateOnly)}, "")["two_step_deadline"], nil)
	if err != nil {
		return err
	}
	return v.Render(page)
}

func (p policyReview) page(v *web.Visitor, deadline string, mistake error) (templ.Component, error) {
	f, before := p.affected(v), v.Settings()
	page := views.PolicyReview{
		Policy: string(p.policy), Before: string(before.TwoStep), Dated: p.dated(), Deadline: deadline, CountMax: store.CountMax,
		Running: before.InGrace(v.Now) && p.policy == before.TwoStep,
		List:    views.UserFilter{Status: string(f.Status), TwoStep: f.TwoStep, Role: string(f.Role)},
	}
	var err error
	if page.Affected, err = v.DB.CountUsers(v.Context(), f); err != nil {
		return nil, err
	}
	if p.weakens(before) {
		err = p.loosened(v, &page)
	} else {
		err = p.demanded(v, &page)
	}
	page.Frame = v.Frame(mistake)
	return page, err
}

// loosened adds what a weaker policy does.
func (p policyReview) loosened(v *web.Visitor, page *views.PolicyReview) (err error) {
	f, before := p.released(v), v.Settings()
	page.Weaker = true
	page.Alone, err = v.DB.CountUsers(v.Context(), store.WithoutTwoStep(f.Role, v.Now))
	if err != nil {
		return err
	}
	after := before
	after.TwoStep, after.TwoStepDeadline = p.policy, time.Time{}
	if after.MinPassword(v.Now) > before.MinPassword(v.Now) {
		page.MinPassword = after.MinPassword(v.Now)
	}
	if before.InGrace(v.Now) {
		page.Ended = before.TwoStepDeadline
	}
	page.Forgotten = before.RememberDays > 0
	return nil
}

// demanded adds what a stricter policy asks.
func (p policyReview) demanded(v *web.Visitor, page *views.PolicyReview) (err error) {
	if page.NoAddress, err = v.DB.CountWithoutAddress(v.Context(), store.WithoutTwoStep(p.role(), v.Now)); err != nil {
		return err
	}
	if err := instance.KeepAdministrator(v.DB.Reader, v.Settings().TwoStep, p.policy); problem.As(err) != nil {
		page.Refused = problem.As(err).Message
	} else if err != nil {
		return err
	}
	page.Administrators, err = administratorsWithout(v)
	return err
}

// administratorsNamed is how many administrators a review names.
const administratorsNamed = 50

// administratorsWithout are the administrators who can sign in without an authenticator.
func administratorsWithout(v *web.Visitor) (all []views.Link, err error) {
	f := store.WithoutTwoStep(user.RoleAdmin, v.Now)
	f.Limit = administratorsNamed
	found, err := v.DB.Users(v.Context(), f)
	for _, u := range found {
		all = append(all, views.Link{Href: account.Path(u), Words: account.Shown(u)})
	}
	return all, err
}

// submit puts the policy in force, or moves its deadline.
func (p policyReview) submit(v *web.Visitor) error {
	names := []string{"from"}
	if p.dated() {
		names = append(names, "two_step_deadline")
	}
	form, err := v.Form(names...)
	if err != nil {
		return err
	}
	if _, sent := form["two_step_deadline"]; p.dated() && !sent { // empty it would mean at once
		return problem.New(problem.BadRequest, "The form does not say from when on.")
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
// since the page was shown: what was shown then is no review of what happens now.
func (p policyReview) require(v *web.Visitor, before auth.Settings, form forms.Form) (auth.Settings, error) {
	after := before
	after.TwoStep, after.TwoStepDeadline = p.policy, time.Time{}
	if err := after.Set("two_step_deadline", form["two_step_deadline"]); err != nil {
		return after, err
	}
	today := v.Now.UTC().Truncate(24 * time.Hour)
	if d := after.TwoStepDeadline; !d.IsZero() && (d.Before(today) || d.After(today.AddDate(0, 0, graceMost))) {
		return after, problem.Field("two_step_deadline", "Choose a day from today to a year from now, or leave it empty")
	}
	if form["from"] != "" && strength(auth.TwoStep(form["from"])) < 0 {
		return after, problem.New(problem.BadRequest, "The form does not say which policy was in force.")
	}
	if from := form["from"]; !p.fits(before, v.Now) || from != string(before.TwoStep) && (from != "" || p.weakens(before)) {
		return after, problem.New(problem.Conflict, "The policy has changed since you opened this page. Check the sign-in settings again.")
	}
	return after, nil
}
