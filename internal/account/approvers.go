package account

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"latchkey/internal/instance"
	"latchkey/internal/store"
	"latchkey/internal/user"
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
		if whyUnable(a, demands, func(time.Time) string { return "" }) == "" {
			o.can = append(o.can, a)
		} else {
			o.cannot = append(o.cannot, a)
		}
	}
	return o, nil
}

// whyUnable says why somebody who counts as an administrator cannot approve anything at
// the moment; "" if they can.
func whyUnable(a user.User, demands bool, minute func(time.Time) string) string {
	switch {
	case a.Role != user.RoleAdmin || !a.Active():
		return Shown(a) + " was an administrator until " + minute(a.AdminUntil)
	case !a.PasswordClosed.IsZero(), a.EnrolByLink && a.Authenticators == 0:
		return Shown(a) + " needs a new password first"
	case a.Authenticators == 0 && (a.MustEnrol || demands):
		return Shown(a) + " has no authenticator app yet"
	}
	return ""
}

// without are those who could approve it now, except one.
func (o others) without(id string) []user.User {
	return slices.DeleteFunc(slices.Clone(o.can), func(a user.User) bool { return a.ID == id })
}

// unableNamed is how many administrators who cannot approve are named: 3.
const unableNamed = 3

// nobodyElse says why nobody else could approve, and what helps.
func nobodyElse(cannot []user.User, demands bool, minute func(time.Time) string) string {
	var why []string
	for _, a := range cannot[:min(len(cannot), unableNamed)] {
		why = append(why, whyUnable(a, demands, minute))
	}
	if more := len(cannot) - len(why); more > 0 {
		why = append(why, "and "+strconv.Itoa(more)+" more cannot either")
	}
	return "Nobody else can at the moment: " + strings.Join(why, "; ") + ". Make somebody an administrator, or use the command line on the server."
}

// Approver is an administrator who reads in advance who must approve something.
type Approver struct {
	Instance *instance.Instance
	ID       string
	Now      time.Time
	// Minute writes a point in time as they read it.
	Minute func(time.Time) string
}

func (a Approver) others(u user.User) (o others, demands bool, err error) {
	demands = a.Instance.Settings().TwoStep.Demands(user.RoleAdmin)
	if !guardedNow(u, a.Now) {
		return o, demands, nil
	}
	o, err = otherAdministrators(a.Instance.DB.Reader, u, demands, a.Now)
	return o, demands, err
}

// Second says whether a request about a lost phone needs two administrators and, if nobody
// but this one can be one of them at the moment, why.
func (a Approver) Second(u user.User) (two bool, nobody string, err error) {
	o, demands, err := a.others(u)
	if err != nil || !o.two() {
		return false, "", err
	}
	if len(o.without(a.ID)) == 0 {
		nobody = nobodyElse(o.cannot, demands, a.Minute)
	}
	return true, nobody, nil
}

// Words say who must approve what this administrator is about to do to a user; "" if
// nobody must.
func (a Approver) Words(u user.User) (string, error) {
	if u.ID == a.ID {
		return "", nil
	}
	o, demands, err := a.others(u)
	if err != nil || !o.two() {
		return "", err
	}
	because := ", because " + Shown(u) + " is an administrator."
	if u.Role != user.RoleAdmin {
		because = ", because " + Shown(u) + " was an administrator until " + a.Minute(u.AdminUntil) + "."
	}
	can := o.without(a.ID)
	switch {
	case len(can) == 0:
		return "Another administrator must approve too" + because + " " + nobodyElse(o.cannot, demands, a.Minute), nil
	case len(can) == 1:
		return Shown(can[0]) + " must approve too" + because, nil
	}
	return "Another administrator must approve too" + because, nil
}
