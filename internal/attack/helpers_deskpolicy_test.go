package attack

// aboutPolicy are the forms that put another policy in force, each fitting the one
// before; they come last, for whom they concern.
func (d *desk) aboutPolicy() []form {
	d.TB.Helper()
	b := d.post.Browser()
	b.SignIn(d.post.Admin)
	return []form{
		{"/admin/settings/sign-in/administrators", b, []string{"from", "optional"}, []string{"from"}, false},
		{"/admin/settings/sign-in/everyone", b, []string{"from", "administrators", "two_step_deadline", "2026-03-20"}, []string{"from", "two_step_deadline"}, false},
		{"/admin/settings/sign-in/optional", b, []string{"from", "everyone"}, nil, false},
	}
}
