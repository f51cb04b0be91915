package attack

// aboutPolicy are the forms that put a stricter policy in force, each stricter than the
// one before; they come last, for whom they concern.
func (d *desk) aboutPolicy() []form {
	d.TB.Helper()
	b := d.post.Browser()
	b.SignIn(d.post.Admin)
	return []form{
		{"/admin/settings/sign-in/administrators", b, nil, nil, false},
		{"/admin/settings/sign-in/everyone", b, []string{"two_step_deadline", "2026-03-20"}, []string{"two_step_deadline"}, false},
	}
}
