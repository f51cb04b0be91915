package web

import (
	"errors"
	"net/http"
	"net/url"
	"time"

	"latchkey/internal/auth"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web/cookies"
	"latchkey/internal/web/route"
	"latchkey/internal/web/session"
)

// adminProofFor is how old the newest proof of an administrator may be to look
// at the administration.
const adminProofFor = 12 * time.Hour

// allow lets the visitor pass, or says where to go or why not.
func (v *Visitor) allow(a route.Access) error {
	switch a {
	case route.Anyone:
		return nil
	case route.CodeStage:
		return v.allowPending(auth.StepCode)
	case route.PasswordStage:
		return v.allowPending(auth.StepNewPassword)
	case route.LinkStage:
		return v.allowPending(auth.StepLink)
	case route.EnrolStage:
		return v.allowEnrol()
	case route.SignedIn:
		return v.allowSession()
	case route.Fresh:
		return v.allowFresh()
	case route.Administrator:
		return v.allowAdministrator()
	case route.Proxy:
		if v.Way.Trusted() {
			return nil
		}
	case route.ApplicationHost:
		if v.App.Slug != "" {
			return nil
		}
	}
	return problem.New(problem.NotFound, "")
}

func (v *Visitor) allowPending(stage auth.Step) error {
	if ok, err := v.LoadPending(); err != nil || ok && v.Pending.Stage == stage {
		return err
	} else if ok {
		return &session.Step{To: v.Pending.Stage.Path()}
	}
	if ok, err := v.SignedIn(); err != nil {
		return err
	} else if ok {
		return &session.Step{To: auth.StepDone.Path()}
	}
	return v.NotPending(stage)
}

func (v *Visitor) allowEnrol() error {
	ok, err := v.LoadPending()
	if err != nil {
		return err
	}
	if ok && v.Pending.Stage == auth.StepEnrol {
		return nil
	}
	if err := v.allowUnfinished(); err != nil {
		if _, out := errors.AsType[*session.Step](err); out && !ok && v.Cookies.Token(cookies.Pending) != "" {
			return v.NotPending(auth.StepEnrol)
		}
		return err
	}
	return v.NeedFresh()
}

// allowUnfinished lets a session pass even if the policy demands an enrolment
// from its user meanwhile.
func (v *Visitor) allowUnfinished() error {
	ok, err := v.SignedIn()
	if err != nil || ok {
		return err
	}
	if ok, err := v.LoadPending(); err != nil {
		return err
	} else if ok {
		return &session.Step{To: v.Pending.Stage.Path()}
	}
	return v.signInFirst()
}

func (v *Visitor) allowSession() error {
	if err := v.allowUnfinished(); err != nil {
		return err
	}
	if step := v.NextStep(); step != auth.StepDone && v.route != "/confirm" {
		return &session.Step{To: v.behind(step)}
	}
	return nil
}

// behind is the page of a step that comes first. Somebody on the way to an application is led on
// from there.
func (v *Visitor) behind(step auth.Step) string {
	next := session.SafeNext(v.page())
	if step != auth.StepEnrol || v.route != session.EnterPath || next == "" {
		return step.Path()
	}
	return step.Path() + "?next=" + url.QueryEscape(next)
}

func (v *Visitor) allowFresh() error {
	if err := v.allowSession(); err != nil {
		return err
	}
	return v.NeedFresh()
}

func (v *Visitor) allowAdministrator() error {
	if err := v.allowSession(); err != nil {
		return err
	}
	if v.User.Role != user.RoleAdmin {
		return problem.New(problem.NotFound, "")
	}
	if v.Posts() {
		return v.NeedFresh()
	}
	newest := v.Session.Proofs.Password
	if v.Session.Proofs.Second.After(newest) {
		newest = v.Session.Proofs.Second
	}
	if age := v.Now.Sub(newest); age < 0 || age > adminProofFor {
		return v.confirmFirst()
	}
	return nil
}

// NeedFresh returns nil if the visitor's proof is fresh, else an error that
// leads to the page that asks for one and back. A handler calls it for actions of which
// only some need one.
func (v *Visitor) NeedFresh() error {
	if v.IsFresh() {
		return nil
	}
	return v.confirmFirst()
}

// NeedProof returns nil if the visitor's proof is not older than this, else an error that leads to
// the page that asks for one and back.
func (v *Visitor) NeedProof(within time.Duration) error {
	if auth.ProvedWithin(v.Session.Proofs, auth.FactsOf(v.User), within, v.Now) {
		return nil
	}
	return v.confirmFirst()
}

// confirmFirst leads to the page that asks for a proof, and from there back. What was
// typed waits meanwhile.
func (v *Visitor) confirmFirst() error {
	v.takeIn()
	back, err := v.keep(v.Session.ID, v.User.ID)
	if err != nil {
		return err
	}
	return &session.Step{To: "/confirm?next=" + url.QueryEscape(back)}
}

// signInFirst leads to the sign-in page and from there back to the page that was asked
// for. Somebody who brought a session cookie is told why it is over, and what they typed
// waits for their next session in this browser if it is only over because of the time.
func (v *Visitor) signInFirst() error {
	back, err := v.page(), error(nil)
	if v.Lapsed().ID != "" {
		if back, err = v.keep(v.Lapsed().ID, v.Lapsed().UserID); err != nil {
			return err
		}
	}
	q := url.Values{}
	if v.Cookies.Token(cookies.Session) != "" {
		q.Set("notice", "expired")
	} else if j, ok := v.Cookies.Jar(); ok && j.Empty() && v.Way.CameFromSignIn() {
		q.Set("notice", "cookies")
	}
	if next := session.SafeNext(back); next != "" && next != auth.StepDone.Path() {
		q.Set("next", next)
	}
	if len(q) == 0 {
		return &session.Step{To: "/login"}
	}
	return &session.Step{To: "/login?" + q.Encode()}
}

// begin notes what this request counts as, after the visitor was let in. A download is
// counted here, before it begins and once it has a place; it goes on where nothing can be
// written.
func (v *Visitor) begin(b auth.Bucket) error {
	if b == "" || v.c.Request().Method == http.MethodHead { // it gets the headers of a file only
		return nil
	}
	if v.CountAs = b; v.Posts() {
		return nil
	}
	if err := v.takePlace(); err != nil {
		return err
	}
	err := v.Tx(func(*store.Tx) error { return nil })
	if problem.Is(err, problem.Unavailable) {
		return nil
	}
	return err
}
