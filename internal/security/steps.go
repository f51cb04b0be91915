package security

import (
	"fmt"
	"strings"

	"latchkey/internal/web"
	"latchkey/internal/web/proof"
	"latchkey/views"
)

// firstLabel is the name that is proposed for an app.
const firstLabel = "Phone"

// freeLabel proposes a name for a new app that none of the user's apps has: "Phone",
// then "Phone 2".
func freeLabel(v *web.Visitor) (string, error) {
	if replaces(v) {
		return firstLabel, nil // the app of that name goes
	}
	all, err := v.DB.Authenticators(v.User.ID)
	if err != nil {
		return "", err
	}
	taken := map[string]bool{}
	for _, a := range all {
		taken[strings.ToLower(a.Label)] = true
	}
	label := firstLabel
	for n := 2; taken[strings.ToLower(label)]; n++ {
		label = fmt.Sprintf("%s %d", firstLabel, n)
	}
	return label, nil
}

// enrolSteps says which step the enrolment is. Recovery codes follow the first app;
// the password came before if it was chosen on the way here. One more app has no steps.
func enrolSteps(v *web.Visitor) views.Steps {
	switch {
	case v.User.CodesLeft > 0 && !replaces(v):
		return views.Steps{}
	case v.Session.ID == "" && v.User.PasswordChanged.Equal(v.Pending.PasswordAt):
		return views.Steps{At: 2, Of: 3}
	}
	return views.Steps{At: 1, Of: 2}
}

// newCodesSteps says which step it is to save the recovery codes: the last, if they
// were made with the app that was set up just before.
func newCodesSteps(v *web.Visitor, codes proof.NewCodes) (views.Steps, error) {
	all, err := v.DB.Authenticators(v.User.ID)
	if err != nil {
		return views.Steps{}, err
	}
	for _, a := range all {
		switch {
		case !a.Created.Equal(codes.Made):
		case v.Session.Created.Equal(codes.Made) && v.Session.Proofs.Password.Equal(v.User.PasswordChanged):
			return views.Steps{At: 3, Of: 3}, nil
		default:
			return views.Steps{At: 2, Of: 2}, nil
		}
	}
	return views.Steps{}, nil
}

// place names the session or pending sign-in in which an enrolment goes on. No
// other one ever sees its key: somebody who had only stolen the password could
// open the page first, and later hold the key of the app that its owner turned on.
func place(v *web.Visitor) string {
	if v.Session.ID != "" {
		return v.Session.ID
	}
	return v.Pending.IDHash
}
