package bulk

import (
	"context"

	"latchkey/internal/account"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

// groupGone says why a batch cannot go on with its group, as the audit log has it; "" if it can,
// or has none. Another group of the same name is not the one that was meant: its name may open
// other doors by now.
func groupGone(r store.Reader, b store.BulkJob) (why string, err error) {
	if b.Group == "" {
		return "", nil
	}
	g, err := r.Group(b.Group)
	switch {
	case problem.Is(err, problem.NotFound):
		return "the group “" + b.Group + "” has been deleted", nil
	case err != nil:
		return "", err
	case g.Created.After(b.Began):
		return "the group “" + b.Group + "” has been deleted, and a new one has its name", nil
	}
	return "", nil
}

// startable refuses a batch that is about a group which is no longer there.
func startable(tx *store.Tx, b store.BulkJob) error {
	why, err := groupGone(tx.Reader, b)
	if err == nil && why != "" {
		err = problem.New(problem.Conflict, "No users were changed: "+why+".")
	}
	return err
}

// changedSince reports whether somebody has changed what the batch that is to be undone did to
// the user.
func (r *Runner) changedSince(m store.Member, u user.User) (bool, error) {
	switch {
	case m.Was == 0:
		return false, nil
	case !r.kind.OfGroup:
		return u.Version != m.Was, nil
	}
	same, err := account.LastByBatch(r.tx.Reader, u.ID, r.batch.Group, r.batch.Undoes)
	return !same, err
}

// standings are how these users stand to the group of the plan; empty where it has none.
func (p planner) standings(ctx context.Context, members []store.Member) (map[string]store.Standing, error) {
	if p.group == "" {
		return nil, nil
	}
	ids := make([]string, len(members))
	for i, m := range members {
		ids[i] = m.ID
	}
	return p.instance.DB.StandingsTo(ctx, p.group, ids)
}
