package views

import (
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
)

var deadline = time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC)

// policyExamples are the pages of a policy with a deadline.
func policyExamples() []example {
	review := PolicyReview{Frame: adminFrame("/admin/settings"), Policy: "everyone", Affected: 312, NoAddress: 12, CountMax: 10000,
		List: UserFilter{TwoStep: "off"}, Dated: true, Deadline: "2026-12-23", Administrators: []Link{{"/admin/users/u_ada", "Ada Lovelace"}, {"/admin/users/u_b", "Barbara Liskov"}}}
	many := review
	many.Frame, many.Affected, many.NoAddress, many.Administrators = adminFrame("/admin/settings", FieldError{"two_step_deadline", "Choose a day from today to a year from now, or leave it empty"}), 10001, 10001, nil
	moved := review
	moved.Running, moved.Deadline, moved.Affected, moved.NoAddress, moved.Administrators = true, "2027-03-01", 0, 0, nil
	admins := review
	admins.Policy, admins.Dated, admins.Affected, admins.List.Role = "administrators", false, 2, "admin"
	refused := admins
	refused.Refused = "No administrator has an authenticator app yet. Set one up first, or nobody will be able to manage this site."
	looser := PolicyReview{Frame: adminFrame("/admin/settings"), Policy: "optional", Before: "everyone", Weaker: true, Affected: 3412, Alone: 312, CountMax: 10000,
		List: UserFilter{Status: "active"}, MinPassword: 15, Ended: deadline, Forgotten: true}
	onlyAdmins := looser
	onlyAdmins.Policy, onlyAdmins.List.Role, onlyAdmins.MinPassword, onlyAdmins.Ended, onlyAdmins.Forgotten = "administrators", "user", 0, time.Time{}, false
	weaker := SettingsReview{Frame: adminFrame("/admin/settings"), Action: "/admin/settings/sign-in", Fields: []Hidden{{"session_idle", "240"}, {"remember_days", "30"}}, PolicyNext: true,
		Changes: []Weaker{{"Idle sessions end after", "1 hour", "4 hours", "Unattended computers stay signed in for longer."}, {"A browser can skip the code for", "0 days", "30 days", "On a remembered browser a stolen password is enough to sign in."}}}
	evilWeaker := weaker
	evilWeaker.Frame, evilWeaker.Fields, evilWeaker.Changes = hostileFrame("/admin/settings"), []Hidden{{hostile, hostile}}, []Weaker{{hostile, hostile, hostile, hostile}}
	evil := review
	evil.Frame, evil.Policy, evil.Deadline, evil.Administrators = hostileFrame("/admin/settings"), hostile, hostile, []Link{{"/admin/users/x", hostile}}
	reminded := Profile{Frame: myFrame("/profile"), Username: "grace", Role: "user", Since: now.AddDate(-1, 0, 0)}
	reminded.SetUpBy = deadline
	running := SettingsSignIn{Frame: adminFrame("/admin/settings"), TwoStep: "everyone", PasswordMin: "12", SessionIdle: "60", SessionMax: "1440", RememberDays: "0", LostPhoneWait: "0", InviteDays: "3", DeleteSelf: "no", Deadline: deadline}
	late := AdminOverview{Frame: adminFrame("/admin"), Long: true, Days: monthOfDays(), Progress: &Progress{Late: 312, All: 3412, CountMax: 10000, Deadline: deadline, Left: 8*24*time.Hour + time.Minute}}
	done := AdminOverview{Frame: adminFrame("/admin"), Days: monthOfDays()[:14], Progress: &Progress{All: 10001, CountMax: 10000, Deadline: deadline, Left: time.Hour}}
	return append([]example{
		{"policy", review}, {"policy-many-error", many}, {"policy-moved", moved}, {"policy-administrators", admins}, {"policy-refused", refused}, {"policy-optional", looser}, {"policy-administrators-only", onlyAdmins},
		{"settings-weaker", weaker}, {"settings-weaker-hostile", evilWeaker}, {"policy-hostile", evil},
		{"profile-reminded", reminded}, {"settings-sign-in-deadline", running}, {"overview-deadline", late}, {"overview-last-day", done},
	}, viewAsExamples()...)
}

func monthOfDays() (days []Day) {
	for i := range 30 {
		days = append(days, Day{Date: time.Date(2026, 10, 25+i, 0, 0, 0, 0, time.UTC), Succeeded: 20 + i*7%13, Failed: i % 4})
	}
	return days
}

// viewAsExamples are a user's own pages as an administrator sees them.
func viewAsExamples() []example {
	ask := ViewAs{Frame: adminFrame("/admin/users"), ID: "u_ab12cd", Name: "Grace Hopper", Minutes: "15"}
	wrong, refused, evil := ask, ask, ask
	wrong.Frame, wrong.Reason = adminFrame("/admin/users", FieldError{"reason", "Enter a reason"}), " "
	refused.Refused = "This user is in the recycle bin and has no pages. Restore the user first."
	evil.Frame, evil.Name, evil.Reason, evil.ID = hostileFrame("/admin/users"), hostile, hostile, hostile
	notices := Notices{All: []Notice{{ID: "n1", Text: "Your password was changed.", At: now.Add(-time.Hour), From: "203.0.113.7, Firefox on Linux"}}, Newest: now}
	phoneless := Profile{Frame: viewingFrame("profile"), Username: "grace", Email: "grace@example.test", EmailPending: "hopper@example.test", EmailUnconfirmed: true, Role: "user", Since: now.AddDate(-1, 0, 0), Notices: notices}
	phoneless.SetUpBy = deadline
	profile := Profile{Frame: viewingFrame("profile"), Username: "grace", Name: "Grace Hopper", Role: "user", Since: now, TwoStep: true, CodesLeft: 7, Ready: "2 of 4 done."}
	security := Security{Frame: viewingFrame("security"), Authenticators: []Authenticator{phone, tablet}, CodesLeft: 7, CodesTotal: 10, Sessions: []Session{here, away}, Notices: notices,
		Browsers: []Browser{{Name: "Firefox on Linux", IP: "203.0.113.7", LastUsed: now, Ends: now.AddDate(0, 0, 27)}}, Activity: []Event{looked, signed}, Ready: []Task{{Text: "A recovery code tested"}, {Text: "A confirmed email address", Done: true}}}
	security.Sessions[0].Current = false
	bare := Security{Frame: viewingFrame("security"), CodesTotal: 10}
	bad := profile
	bad.Frame = hostileFrame("/admin/users")
	bad.Viewing = &Viewing{ID: hostile, Name: hostile, Until: now, Page: hostile}
	return []example{
		{"view-as", ask}, {"view-as-error", wrong}, {"view-as-refused", refused}, {"view-as-hostile", evil}, {"viewing-hostile", bad},
		{"viewing-profile", profile}, {"viewing-profile-phoneless", phoneless}, {"viewing-security", security}, {"viewing-security-bare", bare},
		{"viewing-activity", Activity{Frame: viewingFrame("activity"), Events: []Event{looked, signed}, Older: "/admin/users/u_ab12cd/as/activity?before=7", Newer: "/admin/users/u_ab12cd/as/activity"}},
	}
}

// looked is how a user reads that somebody looked.
var looked = Event{Seq: 1205, At: now.Add(-time.Minute), Words: "An administrator viewed your pages", Why: "She called about a missing browser"}

func viewingFrame(page string) Frame {
	f := adminFrame("/admin/users")
	f.Viewing = &Viewing{ID: "u_ab12cd", Name: "Grace Hopper", Until: now.Add(15 * time.Minute), Page: page}
	return f
}

// TestAC05_ViewingHasNothingToPress: whatever is on a user's page, an administrator who
// looks at it finds the tabs, the button that ends it, and the frame's own sign-out.
func TestAC05_ViewingHasNothingToPress(t *testing.T) {
	inspect(t, func(t *testing.T, doc *goquery.Document, name string) {
		if !strings.HasPrefix(name, "viewing-") || strings.Contains(name, "hostile") {
			return
		}
		doc.Find("main a, main form, main input, main textarea, main select, main button").Each(func(_ int, s *goquery.Selection) {
			href, _ := s.Attr("href")
			action, _ := s.Attr("action")
			if !strings.HasPrefix(href, "/admin/users/u_ab12cd/as/") && action != "/viewing/end" && s.Closest(`form[action="/viewing/end"]`).Length() == 0 {
				t.Errorf("%s %s%s: %q", goquery.NodeName(s), href, action, s.Text())
			}
		})
		if doc.Find(`main form[action="/viewing/end"]`).Length() != 1 {
			t.Error("there is no way out")
		}
	})
}
