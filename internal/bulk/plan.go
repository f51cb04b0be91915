package bulk

import (
	"context"

	"latchkey/internal/account"
	"latchkey/internal/instance"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

const (
	// named is how many users a plan names, of those who will be changed and of those who
	// will not: 20.
	named = 20
	// looked is how many users a plan looks at one by one; of more it says how many match.
	looked = store.CountMax
	// read is how many of them are read at once: 1,000.
	read = 1000
)

// Selection is a kind of action and whom it is about.
type Selection struct {
	Kind account.Kind
	// Group is the name of the group, for a kind that takes one; as long as it is "", nobody is
	// left out because of it.
	Group string
	// Filter is who is on the list; All selects everybody there, whatever was picked.
	Filter store.UserFilter
	Picked []string
	All    bool
}

// Someone returns the users who were picked. One who does not exist is left out.
func (s Selection) Someone(r store.Reader) (all []store.Member, err error) {
	for _, id := range s.Picked {
		u, err := r.User(id)
		if problem.Is(err, problem.NotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		all = append(all, store.Member{User: u})
	}
	return all, nil
}

// Plan is whom an action would change and whom not, before it is done.
type Plan struct {
	Total int
	// Over says that there are more than were looked at; Changes and Stays are then only of
	// those.
	Over           bool
	Changes, Stays int
	// Names are the first of those who would be changed, Left of those who would not.
	Names []string
	Left  []LeftOut
	// Members are the first of all, one more than AtOnce if there are more.
	Members []store.Member
}

// LeftOut is a user to whom nothing would be done, and why, as a sentence.
type LeftOut struct{ Name, Why string }

// planner makes a plan for one actor.
type planner struct {
	*Plan
	instance *instance.Instance
	kind     account.Kind
	group    string
	actorID  string
}

// Plan looks at who is selected, one by one as far as a plan goes.
func (s Selection) Plan(ctx context.Context, i *instance.Instance, actorID string) (p Plan, err error) {
	w := planner{&p, i, s.Kind, s.Group, actorID}
	if !s.All {
		members, err := s.Someone(i.DB.Reader)
		if err != nil {
			return p, err
		}
		p.Total = len(members)
		return p, w.look(ctx, members)
	}
	who := Who(i, s.Filter, i.Now())
	if p.Total, err = howMany(ctx, i, who); err != nil {
		return p, err
	}
	p.Over = p.Total > looked
	for after, more := int64(0), true; more && p.Changes+p.Stays < looked; {
		members, err := i.DB.UsersByNumber(ctx, who, after, 0, read)
		if err != nil {
			return p, err
		}
		if more = len(members) == read; more {
			after = members[read-1].Num
		}
		if err := w.look(ctx, members); err != nil {
			return p, err
		}
	}
	return p, nil
}

// howMany counts those who match: exactly, which takes a while only where they are more
// than the list counts.
func howMany(ctx context.Context, i *instance.Instance, who store.UserFilter) (int, error) {
	first := who
	first.Limit = 1
	l, err := i.DB.ListUsers(ctx, first)
	if err != nil || !l.Over {
		return l.Total, err
	}
	n, err := i.DB.CountAllUsers(ctx, who)
	return int(n), err
}

// look adds users to the plan.
func (p planner) look(ctx context.Context, members []store.Member) error {
	standing, err := p.standings(ctx, members)
	if err != nil {
		return err
	}
	p.Members = append(p.Members, members[:min(len(members), AtOnce+1-len(p.Members))]...)
	for _, m := range members {
		if err := p.add(m.User, standing[m.ID]); err != nil {
			return err
		}
	}
	return nil
}

// add puts one user on the side of those who change or of those who do not.
func (p planner) add(u user.User, standing store.Standing) error {
	why := leftOut(p.instance, p.kind, u, p.actorID)
	if why == "" && p.group != "" {
		why = p.kind.UnfitForGroup(standing)
	}
	if why == "" && u.Role == user.RoleAdmin && p.kind.TakesAdministrator(u) {
		last, err := p.instance.DB.LastAdministrator(p.instance.Settings().TwoStep.Demands(user.RoleAdmin), u.ID)
		if err != nil {
			return err
		}
		if last {
			why = account.LastAdministrator
		}
	}
	switch {
	case why == "":
		p.Changes++
		if len(p.Names) < named {
			p.Names = append(p.Names, full(u))
		}
	default:
		p.Stays++
		if len(p.Left) < named {
			p.Left = append(p.Left, LeftOut{Name: full(u), Why: why})
		}
	}
	return nil
}

// full tells a user from others of the same name.
func full(u user.User) string {
	if u.Name == "" {
		return u.Username
	}
	return u.Name + " (" + u.Username + ")"
}
