package views

func forwardExamples() []example {
	home := gateFrame()
	away := gateFrame()
	away.Home = "https://login.example.com"
	asked := away
	asked.Contact = Contact{Name: "Help desk", Link: "mailto:helpdesk@example.com", LinkWords: "helpdesk@example.com"}
	const enter = "https://wiki.example.com/.latchkey/enter?code=0f6c"
	evil := hostileFrame("")
	evil.Nav = nil
	return []example{
		{"forward-continue", Continue{Frame: home, Name: "Grace Hopper", Username: "grace", App: "Wiki", Host: "wiki.example.com", Href: enter}},
		{"forward-continue-hostile", Continue{Frame: evil, Name: hostile, Username: hostile, App: hostile, Host: hostile, Href: enter}},
		{"forward-403", NoAccess{Frame: home, Name: "Margaret Hamilton", Username: "margaret", App: "Wiki", Host: "wiki.example.com", Applications: "/applications", Action: "/logout", Next: "/apps/enter?app=wiki", Reference: "01JDT7Q4ZK"}},
		{"forward-403-away", NoAccess{Frame: asked, Username: "margaret", App: "Wiki", Host: "wiki.example.com", Applications: "https://login.example.com/applications", Action: "/.latchkey/sign-out", To: "/page", Everywhere: true, Reference: "01JDT7Q4ZK"}},
		{"forward-403-disabled", NoAccess{Frame: away, Name: "Margaret Hamilton", Username: "margaret", App: "Wiki", Host: "wiki.example.com", Disabled: true, Applications: "https://login.example.com/applications", Action: "/.latchkey/sign-out", To: "/", Everywhere: true, Reference: "01JDT7Q4ZK"}},
		{"forward-403-hostile", NoAccess{Frame: evil, Name: hostile, Username: hostile, App: hostile, Host: hostile, Applications: "/applications", Action: "/logout", To: hostile, Next: hostile, Reference: hostile}},
		{"forward-circle", OnTheWay{Frame: away, Title: "Signing in to Wiki does not last", Texts: []string{"You were signed in several times just now, and each time wiki.example.com asked again."}, Button: Link{"/.latchkey/start?again=1&to=%2F", "Try again"}, Links: []Link{{"https://login.example.com/", "Go to Acme Portal"}}, Reference: "01JDT7Q4ZK"}},
		{"forward-other-tab", OnTheWay{Frame: away, Title: "Signing in did not finish", Texts: []string{"It was begun in another tab or another browser. You should be taken on automatically. If not, use the button."}, Button: Link{"/.latchkey/start?to=%2F", "Continue to wiki.example.com"}, Refresh: true, Reference: "01JDT7Q4ZK"}},
		{"forward-sign-out", LeaveApp{Frame: away, App: "Wiki", Name: "Grace Hopper", Username: "grace", Back: "/"}},
		{"forward-sign-out-nobody", LeaveApp{Frame: away, App: "Wiki", Back: "/"}},
		{"forward-sign-out-hostile", LeaveApp{Frame: evil, App: hostile, Name: hostile, Username: hostile, Back: "/"}},
	}
}
