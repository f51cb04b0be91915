package e2e

import (
	"testing"

	"latchkey/internal/apptest"
	"latchkey/internal/store"
)

// walkLostPhone is a lost phone from both sides of the counter, and what somebody
// does beforehand and an administrator looks at when nothing helps.
func walkLostPhone(t *testing.T) *tab {
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	admin := a.Browser()
	admin.SignIn(a.Admin)
	b := newTab(t, a.URL)
	b.open("/login").fill("Username or email", "alice", "Password", alice.Password).press("Sign in")
	b.follow("I lost my phone").inspect("lost phone")
	b.press("Ask for help").inspect("lost phone, with mistakes")
	b.fill("What happened?", "It fell into the sea.", "How can an administrator contact you?", "extension 12").press("Ask for help")
	b.at("/login/lost-phone").inspect("lost phone, waiting")
	q, _, err := a.DB.OpenRequest(alice.ID)
	if err != nil {
		t.Fatal(err)
	}
	b.dropCookies()
	b.open(alice.LinkAbout(store.PurposeCancel, q.ID)).at("/lost-phone/cancel").inspect("withdraw a request")
	b.dropCookies()
	b.as(admin).open("/admin").inspect("overview, a lost phone")
	b.follow("Lost phones").inspect("lost phones")
	b.follow("Alice").press("Decide").inspect("a request, with mistakes")
	b.tick("Approve").fill("Reason", "I called back.").press("Decide").inspect("a request, its link")
	link := eval[string](b, "document.getElementById('link').innerText")
	b.open("/admin/requests/" + q.ID).inspect("a request, approved")
	b.open("/admin/requests").inspect("lost phones, decided")
	b.open("/admin/users/" + alice.ID + "/explain").inspect("explain")
	b.dropCookies()
	b.open(link[len(a.URL):]).at("/lost-phone/new").inspect("new phone")
	b.fill("Password", "wrong").press("Continue").inspect("new phone, wrong password")
	b.fill("Password", alice.Password).press("Continue").at("/security/authenticators/new")
	b.fill("6-digit code", codeOnScreen(b, a)).press("Turn on").at("/security/recovery-codes")
	b.tick("I have saved these codes somewhere safe").press("Finish")
	b.open("/security/recovery-codes/try").inspect("try out a code")
	b.fill("Recovery code", "no").press("Test it").inspect("try out a code, wrong")
	b.open("/lost-phone/withdrawn").inspect("request withdrawn")
	second := a.Browser()
	second.SignIn(a.AddUser("second", apptest.Administrator))
	boss := a.AddUser("boss", apptest.Administrator)
	b.dropCookies()
	b.as(second).open("/admin/users/" + boss.ID + "/reset-two-step").inspect("reset, with a second approval")
	b.fill("Reason", "New phone.").press("Ask for approval").inspect("an approval, mine")
	mine := b.path()
	b.open("/admin/users/" + boss.ID + "/edit").inspect("edit, with a second approval")
	b.open("/admin/requests").inspect("requests")
	b.dropCookies()
	third := a.Browser()
	third.SignIn(a.Admin)
	b.as(third).open(mine).press("Decide").inspect("an approval, with mistakes")
	b.tick("Approve").fill("Reason", "I called them.").press("Decide").inspect("an approval, approved")
	return b
}

// walkImport is a file of users from the form to the last page.
func walkImport(t *testing.T) *tab {
	a := apptest.Start(t, apptest.Options{})
	admin := signedInBrowser(a, a.Admin)
	b := newTab(t, a.URL).as(admin)
	b.open("/admin/users/import").inspect("import")
	b.press("Check the file").inspect("import, no file")
	review := admin.Upload("/admin/users/import", "file", "people.csv", "username,full name,mail,shoe size,password_hash\n"+
		`ann,Ann,ann@example.org,40,"`+apptest.Cost.Hash("x")+`"`+"\nben,Ben,,41,\n")
	b.open(review.Header.Get("Location")).inspect("import, checked")
	b.press("Import 1 good row").inspect("import, done")
	review = admin.Upload("/admin/users/import", "file", "people.csv", "username;name;email\nida;Ida;ida@example.org\njo;;\n", "invite", "1")
	b.open(review.Header.Get("Location")).inspect("import, inviting")
	b.press("Import 2 users").inspect("import, to be invited")
	b.press("Show 2 invitations").inspect("invitations")
	b.open("/admin/users/invitations").inspect("invitations, again")
	return b
}
