package access

import (
	"strconv"
	"strings"

	"latchkey/internal/audit"
	"latchkey/internal/problem"
	"latchkey/internal/store"
)

// ErrApplicationChanged is a change of a version of an application that is no longer the newest.
var ErrApplicationChanged = problem.New(problem.Conflict, "Somebody else has changed this application since you opened this page. Look at it again.")

// AddApplication adds an application that has passed Check.
func AddApplication(tx *store.Tx, by audit.Entry, a store.Application) error {
	if _, err := tx.Application(a.Slug); !problem.Is(err, problem.NotFound) {
		if err != nil {
			return err
		}
		return problem.Field("slug", "There is an application with this short name already")
	}
	if err := free(tx, a); err != nil {
		return err
	}
	a.Created = by.At
	added, err := tx.AddApplication(a)
	if err == nil && !added {
		err = problem.Field("slug", "There are 10,000 applications already. Delete one first")
	}
	if err != nil {
		return err
	}
	return note(tx, by, audit.ApplicationAdded, changes(store.Application{}, a))
}

// free refuses hosts of other applications and groups that are not there.
func free(tx *store.Tx, a store.Application) error {
	for _, host := range a.Hosts {
		slug, taken, err := tx.HostOf(host)
		if err != nil {
			return err
		}
		if taken && slug != a.Slug {
			return problem.Field("host", "“"+host+"” belongs to the application “"+slug+"” already")
		}
		if err := freeName(tx, host, a.Slug); err != nil {
			return err
		}
	}
	for _, group := range a.Groups {
		if _, err := tx.Group(group); problem.Is(err, problem.NotFound) {
			return noGroup(group)
		} else if err != nil {
			return err
		}
	}
	return nil
}

// freeName refuses a host whose name another application has on another port. Cookies know no ports
// (RFC 6265, section 8.5), so each of the two would be handed what opens the other one. On this
// machine itself, where every program is told apart by its port, that is left to whoever tries
// something there.
func freeName(tx *store.Tx, host, slug string) error {
	name, _, err := splitHost(host)
	if err != nil || IsThisMachine(name) {
		return err
	}
	other, taken, err := tx.NameOf(joinHost(name, ""), slug)
	if err == nil && taken {
		err = problem.Field("host", "“"+host+"” has the name of a host of the application “"+other+"”. Browsers send the same cookies to all ports, so each application needs a name of its own")
	}
	return err
}

// EditApplication changes an application that has passed Check, if it still has the version that was
// edited. Its slug stays, and whether it is disabled.
func EditApplication(tx *store.Tx, by audit.Entry, a store.Application, version int64) error {
	before, err := tx.Application(a.Slug)
	if err != nil {
		return err
	}
	if err := free(tx, a); err != nil {
		return err
	}
	a.Disabled, a.Version = before.Disabled, version
	done, err := tx.EditApplication(a, by.At)
	if err == nil && !done {
		err = ErrApplicationChanged
	}
	if err != nil {
		return err
	}
	details := changes(before, a)
	if len(details) == 1 {
		return nil // only its slug: nothing was changed
	}
	return note(tx, by, audit.ApplicationChanged, details)
}

// DisableApplication closes an application to everybody, at once.
func DisableApplication(tx *store.Tx, by audit.Entry, slug string, version int64) error {
	return setDisabled(tx, by, slug, version, true, audit.ApplicationDisabled)
}

// EnableApplication opens an application again to those who had access.
func EnableApplication(tx *store.Tx, by audit.Entry, slug string, version int64) error {
	return setDisabled(tx, by, slug, version, false, audit.ApplicationEnabled)
}

func setDisabled(tx *store.Tx, by audit.Entry, slug string, version int64, disabled bool, event audit.Event) error {
	a, err := tx.Application(slug)
	if err != nil {
		return err
	}
	if a.Disabled == disabled {
		return problem.New(problem.Conflict, map[bool]string{true: "This application is disabled already.", false: "This application is enabled already."}[disabled])
	}
	done, err := tx.SetApplicationDisabled(slug, disabled, version, by.At)
	if err == nil && !done {
		err = ErrApplicationChanged
	}
	if err != nil {
		return err
	}
	return note(tx, by, event, []audit.Detail{{Name: audit.ApplicationDetail, After: slug}})
}

// DeleteApplication deletes an application that still has the version that was seen.
func DeleteApplication(tx *store.Tx, by audit.Entry, slug string, version int64) error {
	a, err := tx.Application(slug)
	if err != nil {
		return err
	}
	done, err := tx.DropApplication(slug, version)
	if err == nil && !done {
		err = ErrApplicationChanged
	}
	if err != nil {
		return err
	}
	return note(tx, by, audit.ApplicationDeleted, changes(a, store.Application{}))
}

// changes says what of an application is another than before, as the audit log has it. The first
// names the application.
func changes(before, after store.Application) (all []audit.Detail) {
	slug := audit.Detail{Name: audit.ApplicationDetail, After: after.Slug}
	if after.Slug == "" {
		slug = audit.Detail{Name: audit.ApplicationDetail, Before: before.Slug}
	}
	all = append(all, slug)
	for _, d := range []audit.Detail{
		{Name: "name", Before: before.Name, After: after.Name},
		{Name: "hosts", Before: strings.Join(before.Hosts, ", "), After: strings.Join(after.Hosts, ", ")},
		{Name: "access", Before: accessOf(before), After: accessOf(after)},
		{Name: "public", Before: strings.Join(before.Public, ", "), After: strings.Join(after.Public, ", ")},
		{Name: "launch_url", Before: before.LaunchURL, After: after.LaunchURL},
		{Name: "proof_minutes", Before: minutes(before), After: minutes(after)},
	} {
		if d.Before != d.After {
			all = append(all, d)
		}
	}
	return all
}

func accessOf(a store.Application) string {
	switch {
	case a.Slug == "":
		return ""
	case a.Everyone:
		return "everyone"
	case len(a.Groups) == 0:
		return "nobody"
	}
	return strings.Join(a.Groups, ", ")
}

func minutes(a store.Application) string {
	if a.ProofMinutes == 0 {
		return ""
	}
	return strconv.Itoa(a.ProofMinutes)
}
