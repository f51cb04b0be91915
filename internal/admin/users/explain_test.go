package users_test

import (
	"testing"

	"latchkey/internal/apptest"
)

// TestExplain_SaysOnlyWhatIsKnown looks at somebody invited, somebody disabled and
// somebody whose app nobody has used.
func TestExplain_SaysOnlyWhatIsKnown(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice, carl, ida := a.AddUser("alice"), a.AddUser("carl", apptest.Disabled), a.AddUser("ida", apptest.Invited)
	b := a.Browser()
	b.SignIn(a.Admin)
	b.Open("/admin/users/" + alice.ID)
	b.Follow("Why can’t Alice sign in?").Sees("Nothing blocks sign-in.", "All eleven checks pass", "Its codes have not been used yet.", "10 of them.").SeesNot("clock is", "step 0")
	b.Open("/admin/users/"+carl.ID+"/explain").Sees("The account is disabled.", "The audit log no longer says who did it or when.").SeesNot("by an administrator")
	b.Open("/admin/users/"+ida.ID+"/explain").Sees("This user has not been invited yet.").SeesNot("The password has not been closed", "stored password")
	b.Open("/admin/users/" + ida.ID).Sees("It has to be set up at the next sign-in.")
}
