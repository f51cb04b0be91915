package access

import (
	"latchkey/internal/audit"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

// Join puts a user into a group. Details of by stand behind the change. One who cannot be put
// there is a problem.Conflict.
func Join(tx *store.Tx, by audit.Entry, group string, u user.User) error {
	u, err := tx.User(u.ID)
	if err != nil {
		return err
	}
	done, err := tx.AddMember(group, u.ID, actor(by), by.At)
	if err == nil && !done {
		err = unjoinable(tx, group, u)
	}
	if err != nil {
		return err
	}
	return noteMember(tx, by, u, audit.Detail{Name: audit.GroupDetail, After: group})
}

// actor is who did it, as the page of the group says it.
func actor(by audit.Entry) string {
	name := []rune(audit.ActorName(by))
	return string(name[:min(len(name), 100)])
}

// unjoinable is why a user was not put into a group.
func unjoinable(tx *store.Tx, group string, u user.User) error {
	if _, err := tx.Group(group); err != nil {
		return err
	}
	if !u.DeletedAt.IsZero() {
		return problem.New(problem.Conflict, "This user is in the recycle bin. Restore the user first.")
	}
	if in, err := tx.IsMember(group, u.ID); err != nil || in {
		if err == nil {
			err = ErrMember
		}
		return err
	}
	return ErrFull
}

// What is refused because it is so already, or because of the groups that the user is in.
var (
	ErrFull      = problem.New(problem.Conflict, "This user is in 100 groups already. Remove the user from one of them first.")
	ErrMember    = problem.New(problem.Conflict, "This user is already in the group.")
	ErrNotMember = problem.New(problem.Conflict, "This user is not in the group.")
)

// MaxGroupsOf is how many groups one user may be in.
const MaxGroupsOf = store.MaxGroupsOf

// JoinNew puts somebody into a group who is added in the same transaction, whose event says
// so: it writes none of its own.
func JoinNew(tx *store.Tx, by audit.Entry, group, userID string) error {
	done, err := tx.AddMember(group, userID, actor(by), by.At)
	if err == nil && !done {
		err = problem.New(problem.Invalid, "The user cannot be put into the group "+group+".")
	}
	return err
}

// JoinNewAll is JoinNew for several groups; done is false, and the user is in none of them, if one refuses the user or is
// not there.
func JoinNewAll(tx *store.Tx, by audit.Entry, groups []string, userID string) (done bool, err error) {
	return tx.AddMemberships(groups, userID, actor(by), by.At)
}

// Leave takes a user out of a group; one who is not in it is ErrNotMember.
func Leave(tx *store.Tx, by audit.Entry, group string, u user.User) error {
	u, err := tx.User(u.ID)
	if err != nil {
		return err
	}
	if _, err := tx.Group(group); err != nil {
		return err
	}
	done, err := tx.DropMember(group, u.ID)
	if err == nil && !done {
		err = ErrNotMember
	}
	if err != nil {
		return err
	}
	return noteMember(tx, by, u, audit.Detail{Name: audit.GroupDetail, Before: group})
}

func noteMember(tx *store.Tx, by audit.Entry, u user.User, d audit.Detail) error {
	by.SubjectID, by.SubjectName = u.ID, u.Username
	return note(tx, by, audit.UserChanged, []audit.Detail{d})
}
