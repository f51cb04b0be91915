package userimport

import (
	"latchkey/internal/access"
	"latchkey/internal/audit"
	"latchkey/internal/problem"
	"latchkey/internal/store"
)

// shownGroup bounds the name of a group that is repeated in a report, in characters.
const shownGroup = 40

// knownGroups knows which groups are there, in one transaction.
type knownGroups struct {
	tx       *store.Tx
	makeThem bool            // those that are not are made
	missing  map[string]bool // of those that were looked for
}

// bad says what is wrong with the groups of a row: names that no group can have, groups
// that are not there unless they are to be made, or too many of them.
func (k knownGroups) bad(names []string) (reasons []string, err error) {
	if len(names) > access.MaxGroupsOf {
		return []string{"A user can be in at most 100 groups."}, nil
	}
	for _, name := range names {
		if access.CheckGroupName(name) != nil {
			return []string{"The groups have a name that no group can have: lower-case letters, digits and hyphens, with commas between names."}, nil
		}
	}
	for _, name := range names {
		if len(reasons) > 0 || k.makeThem {
			break
		}
		missing, err := k.isMissing(name)
		if err != nil {
			return nil, err
		}
		if missing {
			reasons = append(reasons, noGroup(name))
		}
	}
	return reasons, nil
}

func (k knownGroups) isMissing(name string) (bool, error) {
	missing, known := k.missing[name]
	if known {
		return missing, nil
	}
	_, err := k.tx.Group(name)
	if missing = problem.Is(err, problem.NotFound); err != nil && !missing {
		return false, err
	}
	k.missing[name] = missing
	return missing, nil
}

func noGroup(name string) string {
	return "There is no group " + audit.CleanText(name, shownGroup) + `. To make groups that do not exist, use --make-groups, or tick "Make groups that do not exist".`
}

// join puts somebody who was added into the groups of their row: into all at once, as each statement is a trip to the
// database, or else into one after the other. One that is not there is made if the import makes groups, and refuses the
// row else: it was deleted since the file was read.
func join(tx *store.Tx, by audit.Entry, n store.NewUser, u imported) error {
	if done, err := access.JoinNewAll(tx, by, u.Groups, n.ID); done || err != nil {
		return err
	}
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
