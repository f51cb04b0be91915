package groups

import (
	"strings"

	"latchkey/internal/audit"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web"
	"latchkey/internal/web/forms"
	"latchkey/views"
)

// review shows who is meant.
func review(v *web.Visitor, g store.Group, form forms.Form, typed []string) error {
	remove := form["action"] == "remove"
	w, err := who(v, typed)
	if err == nil && len(w.users)+len(w.unknown) == 0 {
		err = problem.Field("user", "Enter at least one username or email address")
		if remove {
			err = problem.New(problem.Conflict, "Nobody is selected. Tick the people to remove.")
		}
	}
	if problem.As(err) != nil {
		return rejectMembers(v, g, typed, err)
	}
	if err != nil {
		return err
	}
	page := views.GroupReview{Group: shown(g), Remove: remove, Unknown: w.unknown}
	all, err := members(v, g.Name, w.users)
	if err != nil {
		return err
	}
	for _, m := range all {
		switch in := !m.Since.IsZero(); {
		case m.User.Status == "deleted" && !remove:
			page.Binned = append(page.Binned, m.User.Username)
		case in == remove:
			page.Chosen = append(page.Chosen, m)
		default:
			page.Same = append(page.Same, m)
		}
	}
	page.Frame = v.Frame(nil)
	return v.Render(page)
}

// meant are the users that somebody typed or ticked, and lines that are none.
type meant struct {
	users   []user.User
	unknown []string
}

// shownLine bounds a line that is shown again, in characters.
const shownLine = 100

// who finds users by id, username or address, each once.
func who(v *web.Visitor, typed []string) (m meant, err error) {
	seen := map[string]bool{}
	split := func(r rune) bool { return strings.ContainsRune(",;\n\r\t ", r) }
	for _, name := range strings.FieldsFunc(strings.Join(typed, "\n"), split) {
		if len(seen) == maxNamed {
			return m, problem.Field("user", "Enter at most 500 people at once")
		}
		if seen[name] {
			continue
		}
		seen[name] = true
		u, err := v.DB.UserNamed(name)
		switch {
		case problem.Is(err, problem.NotFound):
			m.unknown = append(m.unknown, audit.CleanText(name, shownLine))
		case err != nil:
			return m, err
		case !seen[u.ID] || name == u.ID:
			seen[u.ID] = true
			m.users = append(m.users, u)
		}
	}
	return m, nil
}
