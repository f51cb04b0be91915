package access

import (
	"strings"

	"latchkey/internal/store"
	"latchkey/internal/user"
)

// Why says why somebody has access to an application, who is in these of the groups that it
// lists; "" if they have none. It begins no sentence: "Everyone" and "Engineering, Support" stand in a
// list.
func Why(a store.Application, in []store.Membership) string {
	if a.Everyone {
		return "Everyone"
	}
	titles := make([]string, len(in))
	for i, m := range in {
		titles[i] = m.Title()
	}
	return strings.Join(titles, ", ")
}

// Way is what would let somebody in who cannot open an application.
type Way string

// The ways.
const (
	NoWay      Way = ""
	Enabling   Way = "enable"    // the application
	Joining    Way = "join"      // a group that it lists
	Listing    Way = "edit"      // the application, which lists no group
	Restoring  Way = "restore"   // the user
	Activating Way = "enableone" // the user
)

// Verdict says whether somebody can open an application, and why.
type Verdict struct {
	// Opens is true if nothing stands in the way, once they are signed in.
	Opens bool
	// Answer is one sentence and Reason the line below it.
	Answer, Reason string
	// Way is what would let them in; Group is the name of a group for Joining, and Title what people
	// call it.
	Way          Way
	Group, Title string
}

// Judge says whether a user can open an application who is in these of the groups that it lists. groups are
// all that it lists. Whether the user can sign in is another question, but for somebody who is
// disabled or in the recycle bin the answer is known.
func Judge(a store.Application, u user.User, in []store.Membership, groups []store.Group) Verdict {
	name, has := called(u), a.Everyone || len(in) > 0
	cannot := name + " cannot open " + a.Name + "."
	switch {
	case !u.DeletedAt.IsZero():
		return Verdict{Answer: cannot, Reason: name + " is in the recycle bin." + also(a, has), Way: Restoring}
	case u.Disabled:
		return Verdict{Answer: cannot, Reason: "The account of " + name + " is disabled." + also(a, has), Way: Activating}
	case a.Disabled:
		reason := a.Name + " is disabled, so nobody can open it. Once it is enabled, " + name + " can: " + because(a, in) + "."
		if !has {
			reason = a.Name + " is disabled, so nobody can open it. " + without(a, name, groups)
		}
		return Verdict{Answer: cannot, Reason: reason, Way: Enabling}
	case has:
		return Verdict{Opens: true, Answer: name + " can open " + a.Name + ".", Reason: capital(because(a, in)) + "."}
	case len(groups) == 0:
		return Verdict{Answer: cannot, Reason: without(a, name, groups), Way: Listing}
	}
	return Verdict{Answer: cannot, Reason: without(a, name, groups), Way: Joining, Group: groups[0].Name, Title: groups[0].Title()}
}

// also says of somebody who cannot sign in what else stands in the way.
func also(a store.Application, has bool) string {
	switch {
	case a.Disabled:
		return " " + a.Name + " is disabled too."
	case !has:
		return " And no group gives them access to " + a.Name + "."
	}
	return ""
}

// because is why, within a sentence.
func because(a store.Application, in []store.Membership) string {
	if a.Everyone {
		return "it is open to everyone"
	}
	titles := make([]string, len(in))
	for i, m := range in {
		titles[i] = m.Title()
	}
	return "it is open to members of " + listed(titles, " and ")
}

// groupsNamed is how many groups a sentence names.
const groupsNamed = 5

// without says which groups would let somebody in.
func without(a store.Application, name string, groups []store.Group) string {
	if len(groups) == 0 {
		return a.Name + " is open to no group, so nobody can open it."
	}
	var titles []string
	for _, g := range groups {
		if len(titles) == groupsNamed {
			titles = append(titles, "other groups")
			break
		}
		titles = append(titles, g.Title())
	}
	if len(titles) == 1 {
		return "It is open to members of " + titles[0] + ", and " + name + " is not one of them."
	}
	return "It is open to members of " + listed(titles, " or ") + ", and " + name + " is in none of these groups."
}

// listed puts names into a sentence.
func listed(names []string, last string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + last + names[len(names)-1]
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// called is what a sentence calls the user.
func called(u user.User) string {
	if u.Name != "" {
		return u.Name
	}
	return u.Username
}
