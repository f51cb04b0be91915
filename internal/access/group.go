// Package access is who may open what. So far that is groups: what they are called, how they
// change and who is in them, the same from a page, a command and a job.
package access

import (
	"strconv"

	"latchkey/internal/audit"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

// maxGroupName is how long the name of a group may be.
const maxGroupName = 40

// isGroupName reports whether a group may be called this: applications get the names in a list with commas,
// and addresses hold them.
func isGroupName(name string) bool {
	for i := range len(name) {
		if c := name[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return name != "" && len(name) <= maxGroupName
}

// NameRule says what a group may be called.
const NameRule = "The name can have up to 40 lower-case letters, digits and hyphens"

// reservedName is the page on which a group is added.
const reservedName = "new"

// maxGroupLabel is how long the label of a group may be, in characters: as long as the name of
// a person.
const maxGroupLabel = 100

// CheckGroupName refuses what a group cannot be called, with the field "name".
func CheckGroupName(name string) error {
	switch {
	case name == "":
		return problem.Field("name", "Enter a name")
	case !isGroupName(name):
		return problem.Field("name", NameRule)
	case name == reservedName:
		return problem.Field("name", "A group cannot be called “new”")
	}
	return nil
}

// CheckGroupLabel returns a label fit to store, perhaps empty, or a problem with the field
// "label".
func CheckGroupLabel(typed string) (string, error) {
	return user.CleanText("label", "Label", maxGroupLabel, typed)
}

// AddGroup adds a group whose name and label have passed the rules.
func AddGroup(tx *store.Tx, by audit.Entry, name, label string) error {
	added, err := tx.AddGroup(store.Group{Name: name, Label: label, Created: by.At})
	if err != nil {
		return err
	}
	if !added {
		if _, err := tx.Group(name); !problem.Is(err, problem.NotFound) {
			if err != nil {
				return err
			}
			return problem.Field("name", "There is a group of this name already")
		}
		return problem.Field("name", "There are 10,000 groups already. Delete one first")
	}
	details := []audit.Detail{{Name: audit.GroupDetail, After: name}}
	if label != "" {
		details = append(details, audit.Detail{Name: "label", After: label})
	}
	return note(tx, by, audit.GroupAdded, details)
}

// ErrGroupChanged is an edit or deletion of a version of a group that is no longer the newest.
var ErrGroupChanged = problem.New(problem.Conflict, "Somebody else has changed this group since you opened this page. Look at it again.")

// EditGroup gives a group another label, if it still has the version that was edited. The name
// stays: applications know it.
func EditGroup(tx *store.Tx, by audit.Entry, name, label string, version int64) error {
	g, err := tx.Group(name)
	if err != nil {
		return err
	}
	before := g.Label
	g.Label, g.Version = label, version
	done, err := tx.EditGroup(g, by.At)
	switch {
	case err != nil:
		return err
	case !done:
		return ErrGroupChanged
	case before == label:
		return nil
	}
	return note(tx, by, audit.GroupChanged, []audit.Detail{{Name: audit.GroupDetail, After: name}, {Name: "label", Before: before, After: label}})
}

// DeleteGroup deletes a group that still has the version that was seen, and takes everybody
// out of it. That is one event, which says how many they were (decision record 86).
func DeleteGroup(tx *store.Tx, by audit.Entry, name string, version int64) error {
	g, err := tx.Group(name)
	if err != nil {
		return err
	}
	if done, err := tx.DropGroup(name, version); err != nil || !done {
		if err == nil {
			err = ErrGroupChanged
		}
		return err
	}
	details := []audit.Detail{{Name: audit.GroupDetail, Before: name}, {Name: "members", Before: strconv.Itoa(g.Members)}}
	if g.Label != "" {
		details = append(details, audit.Detail{Name: "label", Before: g.Label})
	}
	return note(tx, by, audit.GroupDeleted, details)
}

func note(tx *store.Tx, by audit.Entry, event audit.Event, details []audit.Detail) error {
	by.Event, by.Result, by.Details = event, audit.ResultOK, append(details, by.Details...)
	return tx.Audit(by)
}
