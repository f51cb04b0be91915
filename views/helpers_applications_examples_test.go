package views

import "time"

func applicationExamples() []example {
	set := func(errors ...FieldError) Frame { return adminFrame("/admin/settings", errors...) }
	engineering, support := Group{Name: "engineering", Label: "Engineering", Members: 34}, Group{Name: "support", Label: "Support", Members: 12}
	wiki := Application{
		Slug: "wiki", Name: "Wiki", Hosts: []string{"wiki.example.com", "wiki-staging.example.com:8443"}, Groups: []Group{engineering, support}, Version: 3, Created: now.AddDate(0, -8, 0),
	}
	lunch := Application{Slug: "lunch", Name: "Lunch menu", Hosts: []string{"lunch.example.com"}, Everyone: true, Disabled: true, Created: now.Add(-time.Hour)}
	empty := Application{Slug: "new-one", Name: "New one", Created: now}
	evil := Application{Slug: hostile, Name: hostile, Hosts: []string{hostile}, Groups: []Group{{Name: hostile, Label: hostile}}, Created: now}
	ada := Opener{User: UserRow{ID: "1", Username: "ada", Name: "Ada Lovelace", Status: "active"}, Why: "Engineering, Support"}
	dennis := Opener{User: UserRow{ID: "2", Username: "dmr", Status: "disabled"}, Why: "Support"}
	sessions := []OpenSession{{ID: "9", UserID: "1", Name: "Ada Lovelace", Browser: "Firefox on Linux", Host: "wiki.example.com", Opened: now.Add(-40 * time.Minute)}}
	one := ApplicationPage{
		Frame: set(), Application: wiki, Public: []string{"/assets/", "/health"}, Start: "https://wiki.example.com/home", ProofMinutes: 15,
		Openers: People{N: 41}, Everybody: People{N: 200}, Open: People{N: 3}, Asked: now.Add(-time.Minute), AskedFrom: "127.0.0.1",
		Snippets: []Snippet{{ID: "nginx", Proxy: "nginx", Note: "In the server block.", Text: "location / {\n\tauth_request /x;\n}"}, {ID: "caddy", Proxy: "Caddy", Text: "wiki {\n}"}},
		First:    []Opener{ada, dennis}, Sessions: sessions, Newest: "/admin/applications/wiki", Older: "/admin/applications/wiki?after=9",
	}
	return []example{
		{"applications", Applications{Frame: set(), Rows: []Application{lunch, empty, wiki}, Total: 3}},
		{"applications-none", Applications{Frame: set()}},
		{"applications-search", Applications{Frame: set(), Filter: ApplicationFilter{Q: "wi", Group: "support", Sort: "-added"}, Rows: []Application{wiki}, Total: 60, Next: "/admin/applications?after=wiki"}},
		{"applications-no-match", Applications{Frame: set(), Filter: ApplicationFilter{Q: "x"}}},
		{"applications-hostile", Applications{Frame: hostileFrame("/admin/settings"), Filter: ApplicationFilter{Q: hostile, Group: hostile, Sort: hostile}, Rows: []Application{evil}, Total: 1}},
		{"application-new", ApplicationForm{Frame: set(), Access: "groups", Offered: []Group{engineering, support}}},
		{"application-new-no-groups", ApplicationForm{Frame: set(), Access: "everyone"}},
		{"application-new-mistakes", ApplicationForm{Frame: set(FieldError{Field: "slug", Message: "Enter a short name"}, FieldError{Field: "host", Message: "Enter at least one host"}, FieldError{Field: "group", Message: "No"}, FieldError{Field: "access", Message: "No"}), Access: "groups", Offered: []Group{support}, Chosen: []string{"support"}}},
		{"application-edit", ApplicationForm{Frame: set(), Stored: wiki, Name: "Wiki", Hosts: "wiki.example.com\nwiki-staging.example.com:8443", Access: "groups", ManyGroups: true, Chosen: []string{"engineering", "support"}, Public: "/assets/", ProofMinutes: "15", Version: "3"}},
		{"application-form-hostile", ApplicationForm{Frame: hostileFrame("/admin/settings"), Stored: evil, Name: hostile, Hosts: hostile, Access: hostile, Offered: evil.Groups, Chosen: []string{hostile}, Public: hostile, LaunchURL: hostile, ProofMinutes: hostile, Version: hostile}},
		{"application", one},
		{"application-everyone", ApplicationPage{Frame: set(), Application: lunch, Start: "https://lunch.example.com/", Openers: People{N: 10000, Over: true}, Everybody: People{N: 10000, Over: true}, First: []Opener{{User: ada.User, Why: "Everyone"}}}},
		{"application-nobody", ApplicationPage{Frame: set(), Application: empty, Everybody: People{N: 1}}},
		{"application-hostile", ApplicationPage{Frame: hostileFrame("/admin/settings"), Application: evil, Public: []string{hostile}, Start: hostile, Openers: People{N: 1}, Everybody: People{N: 1}, Asked: now, AskedFrom: hostile, Snippets: []Snippet{{ID: "x", Proxy: hostile, Note: hostile, Text: hostile}}, First: []Opener{{User: UserRow{ID: hostile, Username: hostile, Name: hostile}, Why: hostile}}, Sessions: []OpenSession{{ID: hostile, UserID: hostile, Name: hostile, Browser: hostile, Host: hostile, Opened: now}}}},
		{"application-enable", ApplicationAction{Frame: set(), Application: lunch, Kind: "enable"}},
		{"application-disable", ApplicationAction{Frame: set(), Application: wiki, Kind: "disable", Open: People{N: 3}}},
		{"application-delete", ApplicationAction{Frame: set(), Application: wiki, Kind: "delete", Open: People{N: 10000, Over: true}}},
		{"application-who", ApplicationWho{Frame: set(), Application: wiki, Rows: []Opener{ada, dennis}, Openers: People{N: 41}, Next: "/admin/applications/wiki/who?after=2"}},
		{"application-who-yes", ApplicationWho{Frame: set(), Application: wiki, Asked: "ada", Answer: "Ada Lovelace can open Wiki.", Good: true, Reason: "It is open to members of Engineering.", Fix: "/admin/users/1", FixWords: "Open their page", Rows: []Opener{ada}, Openers: People{N: 1}}},
		{"application-who-no", ApplicationWho{Frame: set(), Application: lunch, Asked: "dmr", Answer: "dmr cannot open Lunch menu.", Reason: "Lunch menu is disabled, so nobody can open it.", Fix: "/admin/applications/lunch/enable", FixWords: "Enable Lunch menu", Rows: []Opener{dennis}, Openers: People{N: 10000, Over: true}, Previous: "/admin/applications/lunch/who?before=2"}},
		{"application-who-nobody", ApplicationWho{Frame: set(), Application: empty}},
		{"application-who-hostile", ApplicationWho{Frame: hostileFrame("/admin/settings"), Application: evil, Asked: hostile, Answer: hostile, Reason: hostile, Fix: "/admin/users/1", FixWords: hostile, Rows: []Opener{{User: UserRow{ID: hostile, Username: hostile}, Why: hostile}}, Openers: People{N: 1}}},
	}
}

func myApplicationExamples() []example {
	set := func() Frame {
		f := myFrame("/applications")
		f.Applications = true
		return f
	}
	viewed := set()
	viewed.Viewing = &Viewing{ID: "7", Name: "Grace Hopper", Until: now.Add(time.Minute), Page: "applications"}
	apps := []MyApplication{
		{Slug: "grafana", Name: "Grafana", Host: "metrics.example.com", Href: "https://metrics.example.com/", Opened: now.Add(-48 * time.Minute)},
		{Slug: "help", Name: "Help desk", Host: "help.example.com", Href: "https://help.example.com/"},
		{Slug: "paperless", Name: "Paperless", Host: "documents.finance.internal.example.com", Href: "https://documents.finance.internal.example.com/", Elsewhere: true},
	}
	evil := []MyApplication{{Slug: hostile, Name: hostile, Host: hostile, Href: "javascript:alert(1)", Opened: now}}
	hostileOne := hostileFrame("/applications")
	hostileOne.Applications = true
	return []example{
		{"my-applications", MyApplications{Frame: set(), Apps: apps}},
		{"my-applications-none", MyApplications{Frame: set()}},
		{"my-applications-many", MyApplications{Frame: set(), Apps: apps[:1], Q: "gra", Searchable: true, Next: "/applications?after=grafana"}},
		{"my-applications-no-match", MyApplications{Frame: set(), Q: "x", Searchable: true}},
		{"my-applications-viewed", MyApplications{Frame: viewed, Apps: apps}},
		{"my-applications-hostile", MyApplications{Frame: hostileOne, Apps: evil, Q: hostile, Searchable: true}},
	}
}
