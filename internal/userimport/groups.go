package userimport

import (
	"latchkey/internal/access"
	"latchkey/internal/audit"
	"latchkey/internal/problem"
	"latchkey/internal/store"
)

// shownGroup bounds the name of a group that is repeated in a report, in characters.
const shownGroup = 40

// badGroups says what is wrong with the groups of a row: names that no group can have, groups
// that are not there unless they are to be made, or too many of them.
func badGroups(tx *store.Tx, names []string, makeThem bool) (reasons []string, err error) {
	if len(names) > access.MaxGroupsOf {
		return []string{"A user can be in at most 100 groups."}, nil
	}
	for _, name := range names {
		if access.CheckGroupName(name) != nil {
			reasons = append(reasons, "The groups have a name that no group can have: lower-case letters, digits and hyphens, with commas between names.")
			break
		}
	}
	for _, name := range names {
		if len(reasons) > 0 || makeThem {
			break
		}
		_, err := tx.Group(name)
		if problem.Is(err, problem.NotFound) {
			reasons = append(reasons, noGroup(name))
		} else if err != nil {
			return nil, err
		}
	}
	return reasons, nil
}

func noGroup(name string) string {
	return "There is no group " + audit.CleanText(name, shownGroup) + `. To make groups that do not exist, use --make-groups, or tick "Make groups that do not exist".`
}

// join puts somebody who was added into the groups of their row. One that is not there is made
// if the import makes groups, and refuses the row else: it was deleted since the file was read.
func join(tx *store.Tx, by audit.Entry, n store.NewUser, u imported) error {
	for _, name := range u.Groups {
		_, err := tx.Group(name)
		switch {
		case problem.Is(err, problem.NotFound) && !u.MakeGroups:
			return problem.New(problem.Invalid, noGroup(name))
		case problem.Is(err, problem.NotFound):
			err = access.AddGroup(tx, by, name, "")
		}
		if err != nil {
			return err
		}
		if err := access.JoinNew(tx, by, name, n.ID); err != nil {
			return err
		}
	}
	return nil
}
