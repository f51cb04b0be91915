package admin

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web"
	"latchkey/views"
)

// others are the administrators beside the user whom something is about.
type others struct {
	// can are those who could approve it now, cannot the rest of those who count.
	can, cannot []user.User
}

// two reports whether there are two, so that both have to agree.
func (o others) two() bool { return len(o.can)+len(o.cannot) >= 2 }

// otherAdministrators returns those who count: every other administrator who ever chose a
// password, and who was one lately. Whether they could approve at the moment must not
// matter: a reset, or an app that is demanded of them, would be the way around the second
// approval. Nobody is behind an account that was only invited.
func otherAdministrators(r store.Reader, u user.User, demands bool, now time.Time) (o others, err error) {
	all, err := r.Administrators()
	if err != nil {
		return o, err
	}
	once, err := r.OnceAdministrators(now.Add(-OnceFor))
	if err != nil {
		return o, err
	}
	seen := map[string]bool{u.ID: true}
	for _, a := range append(all, once...) {
		if seen[a.ID] || !a.HasPassword {
			continue
		}
		seen[a.ID] = true
		if whyUnable(a, demands, nil) == "" {
			o.can = append(o.can, a)
		} else {
			o.cannot = append(o.cannot, a)
		}
	}
	return o, nil
}

// whyUnable says why somebody who counts as an administrator cannot approve anything at
// the moment; "" if they can.
func whyUnable(a user.User, demands bool, zone *time.Location) string {
	switch {
	case a.Role != user.RoleAdmin || a.Disabled || !a.DeletedAt.IsZero():
		return shown(a) + " was an administrator until " + views.Minute(a.AdminUntil, zone)
	case !a.PasswordClosed.IsZero(), a.EnrolByLink && a.Authenticators == 0:
		return shown(a) + " needs a new password first"
	case a.Authenticators == 0 && (a.MustEnrol || demands):
		return shown(a) + " has no authenticator app yet"
	}
	return ""
}

// secondApproval says whether a request about a lost phone needs two administrators and, if
// nobody but the visitor can be one of them at the moment, why.
func secondApproval(v *web.Visitor, u user.User) (two bool, nobody string, err error) {
	demands := adminDemands(v)
	o, err := otherAdministrators(v.DB.Reader, u, demands, v.Now)
	if err != nil || !guardedNow(u, v.Now) || !o.two() {
		return false, "", err
	}
	if len(o.without(v.User.ID)) == 0 {
		nobody = nobodyElse(o.cannot, demands, v.Zone())
	}
	return true, nobody, nil
}

// without are those who could approve it now, except one.
func (o others) without(id string) []user.User {
	return slices.DeleteFunc(slices.Clone(o.can), func(a user.User) bool { return a.ID == id })
}

// unableNamed is how many administrators who cannot approve are named: 3.
const unableNamed = 3

// nobodyElse says why nobody else could approve, and what helps.
func nobodyElse(cannot []user.User, demands bool, zone *time.Location) string {
	var why []string
	for _, a := range cannot[:min(len(cannot), unableNamed)] {
		why = append(why, whyUnable(a, demands, zone))
	}
	if more := len(cannot) - len(why); more > 0 {
		why = append(why, "and "+strconv.Itoa(more)+" more cannot either")
	}
	return "Nobody else can at the moment: " + strings.Join(why, "; ") + ". Make somebody an administrator, or use the command line on the server."
}
