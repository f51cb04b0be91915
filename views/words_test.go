package views

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"
)

// TestEveryPageWithAMenuShowsTheMessage finds a page that would swallow the message
// of the action before it, which is shown only once.
func TestEveryPageWithAMenuShowsTheMessage(t *testing.T) {
	t.Parallel()
	for _, e := range examples() {
		v := reflect.New(reflect.TypeOf(e.page)).Elem()
		v.Set(reflect.ValueOf(e.page))
		f := v.FieldByName("Frame").Addr().Interface().(*Frame)
		if f.Nav == nil {
			continue
		}
		f.Flash = &Flash{Text: "Settings saved.", Kind: "good"}
		html := render(t, v.Interface().(templ.Component))
		_, isError := e.page.(Error)
		if !isError && !strings.Contains(html, `role="status"><p>Settings saved.`) {
			t.Errorf("%s does not show the message", e.name)
		}
	}
}

func TestFilterPaths(t *testing.T) {
	t.Parallel()
	for want, got := range map[string]string{
		"/admin/users": UserFilter{Sort: "name", Size: 25}.Path(),
		"/admin/users?q=a%26role%3Dadmin&status=locked&two_step=off&role=user&sort=-name&after=k+1&size=50": UserFilter{
			Q: "a&role=admin", Status: "locked", TwoStep: "off", Role: "user", Sort: "-name", After: "k 1", Size: 50}.Path(),
		"/admin/users?sort=-name&size=100": UserFilter{Size: 100, After: "x", Before: "y"}.sorted("-name"),
		"/admin/users?q=a":                 UserFilter{Q: "a", Size: 50, After: "x"}.sized("25"),
		"/admin/audit":                     AuditFilter{}.Path(),
		"/admin/audit?actor=ada&user=bob&event=login.code&result=ok&ip=%3A%3A1&from=2026-01-02&to=2026-01-03&before=7": AuditFilter{
			Actor: "ada", User: "bob", Event: "login.code", Result: "ok", IP: "::1", From: "2026-01-02", To: "2026-01-03", Before: 7}.Path(),
	} {
		if got != want {
			t.Errorf("got %s\nwant %s", got, want)
		}
	}
	if (AuditFilter{Before: 7}).Filtered() || !(AuditFilter{IP: "::1"}).Filtered() || (UserFilter{After: "x"}).Filtered() || !(UserFilter{Q: "x"}).Filtered() {
		t.Error("a page is not a filter, and everything else is")
	}
}

func zone(name string) *time.Location {
	z, err := time.LoadLocation(name)
	if err != nil {
		panic(err)
	}
	return z
}

func TestWords(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ got, want string }{
		{thousands(0), "0"}, {thousands(999), "999"}, {thousands(1204), "1,204"}, {thousands(1000000), "1,000,000"}, {thousands(-1000), "-1,000"},
		{count(1, "user"), "1 user"}, {count(0, "user"), "0 users"},
		{about(time.Second), "1 second"}, {about(61500 * time.Millisecond), "62 seconds"}, {about(4 * time.Minute), "about 4 minutes"},
		{about(241 * time.Second), "about 5 minutes"}, {about(2 * time.Hour), "about 2 hours"},
		{initials("Ada King Lovelace", "ada"), "AL"}, {initials(" ", "ada"), "A"}, {initials("Åke", "x"), "Å"}, {initials("«»", "x"), "X"},
		{grouped("ABCDEFGH"), "ABCD EFGH"}, {grouped("ABCDE"), "ABCD E"}, {grouped(""), ""},
		{short(500), "500"}, {short(1500), "1.5k"}, {short(20000), "20k"},
		{date(now), "23 November 2026"}, {Minute(now, nil), "23 Nov 2026, 09:17 UTC"},
		{Minute(now, zone("Europe/Berlin")), "23 Nov 2026, 10:17 CET"}, {Minute(now.AddDate(0, -5, 0), zone("Europe/Berlin")), "23 Jun 2026, 11:17 CEST"},
		{Minute(now, zone("America/Sao_Paulo")), "23 Nov 2026, 06:17 UTC-3"}, {Minute(now, zone("Asia/Kathmandu")), "23 Nov 2026, 15:02 UTC+5:45"},
		{Minute(now, zone("Pacific/Marquesas")), "22 Nov 2026, 23:47 UTC-9:30"}, {Minute(now, zone("Pacific/Kiritimati")), "23 Nov 2026, 23:17 UTC+14"},
		{machine(now.In(time.FixedZone("", 3600))), "2026-11-23T09:17:05Z"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestChartHoldsItsBars(t *testing.T) {
	t.Parallel()
	for _, most := range []int{0, 1, 3, 4, 30, 31, 299, 100000} {
		p := AdminOverview{Days: []Day{{Date: now, Succeeded: most, Failed: most}}}
		if top := p.scale(); top < most || top%3 != 0 || top > 3*max(most, 1) {
			t.Errorf("the chart for %d ends at %d", most, top)
		}
		if got := p.rules(); len(got) != 4 || got[0].y != "150.0" || got[3].y != "18.0" {
			t.Errorf("lines for %d: %v", most, got)
		}
	}
}

func TestErrorInPlainText(t *testing.T) {
	t.Parallel()
	got := Error{Status: 500, Reference: "01JD8Q4Z"}.Plain()
	want := "Something went wrong on our side\n\nTry again in a minute. If it keeps happening, tell your administrator the reference below.\n\nReference 01JD8Q4Z\n"
	if got != want {
		t.Errorf("got %q", got)
	}
	for status := 400; status < 600; status++ {
		if p := (Error{Status: status}).worded(); p.Title == "" || p.Text == "" || strings.ContainsAny(p.Title, "0123456789") {
			t.Errorf("%d has the words %q, %q", status, p.Title, p.Text)
		}
	}
}
