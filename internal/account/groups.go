package account

import (
	"context"
	"slices"

	"latchkey/internal/access"
	"latchkey/internal/audit"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

// groupKinds are what is done to several users with a group. One user at a time is put into a
// group on the page of the group.
func groupKinds() []Kind {
	return []Kind{
		{Name: AddToGroup, Called: "add to a group", Do: Action.JoinGroup, Bulk: true, OfGroup: true, Undo: RemoveFromGroup},
		{Name: RemoveFromGroup, Called: "remove from a group", Do: Action.LeaveGroup, Bulk: true, OfGroup: true, Undo: AddToGroup},
	}
}

// JoinGroup puts the user into the group of the action.
func (a Action) JoinGroup(u user.User) error { return access.Join(a.Tx, a.member(), a.Group, u) }

// LeaveGroup takes the user out of the group of the action.
func (a Action) LeaveGroup(u user.User) error { return access.Leave(a.Tx, a.member(), a.Group, u) }

// member is the entry of a change of membership, with what stands behind the change.
func (a Action) member() audit.Entry {
	e := a.By
	e.Details = slices.Clone(a.Also)
	if a.Reason != "" {
		e.Details = slices.Insert(e.Details, 0, audit.Detail{Name: "reason", After: a.Reason})
	}
	return e
}

// UnfitForGroup says why an action with a group does not fit the user, who stands to the group
// like this; "" if it does. Kinds without a group fit.
func (k Kind) UnfitForGroup(s store.Standing) string {
	var refused error
	switch {
	case k.Name == AddToGroup && s.In:
		refused = access.ErrMember
	case k.Name == AddToGroup && s.Full:
		refused = access.ErrFull
	case k.Name == RemoveFromGroup && !s.In:
		refused = access.ErrNotMember
	default:
		return ""
	}
	return problem.As(refused).Message
}

// recentChanges is among how many changes of a user the one is looked for that a batch made:
// 200. Whoever was changed more often since then counts as changed.
const recentChanges = 200

// LastByBatch reports whether the newest change of what the user has to do with a group is the one
// that a batch made. The version of the user says nothing about groups.
func LastByBatch(r store.Reader, userID, group, batchID string) (bool, error) {
	changes, err := r.AuditEntries(context.Background(), store.AuditFilter{Subject: userID, Event: audit.UserChanged, Limit: recentChanges})
	if err != nil {
		return false, err
	}
	for _, e := range changes {
		about := func(d audit.Detail) bool {
			return d.Name == audit.GroupDetail && (d.Before == group || d.After == group)
		}
		if e.Result == audit.ResultOK && slices.ContainsFunc(e.Details, about) {
			return e.Detail("batch") == batchID, nil
		}
	}
	return false, nil
}
