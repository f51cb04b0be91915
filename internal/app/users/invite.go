package users

import (
	"fmt"
	"time"

	"latchkey/internal/account"
	"latchkey/internal/app/cli"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

// linkSlice is how many invitations are made in one transaction. Their links are
// printed once they are on disk: what is printed works.
const linkSlice = 200

// invitations says who is invited by mail, and prints the links of the others. They are
// made now; if this is interrupted, the users are there and can be invited again.
func (i importRun) invitations() error {
	mailed, err := i.mailed()
	if err != nil {
		return err
	}
	if mailed > 0 {
		if _, err := fmt.Fprintf(i.r.Stdout, "%d invitations will be mailed while the server is running.\n", mailed); err != nil {
			return err
		}
	}
	for after, first := int64(0), true; ; first = false {
		members, err := i.p.DB.InvitedBy(i.r.Ctx, i.batch.ID, i.p.Instance.HasMail(), after, linkSlice)
		if err != nil || len(members) == 0 {
			return err
		}
		after = members[len(members)-1].Num
		if err := i.links(members, first); err != nil {
			return fmt.Errorf("inviting: %w; invite those who have no link yet from the Users page", err)
		}
	}
}

func (i importRun) mailed() (int, error) {
	b, err := i.p.DB.BulkJob(i.batch.ID)
	if problem.Is(err, problem.NotFound) {
		return 0, nil
	}
	return b.Total, err
}

// links makes and prints the links of these users.
func (i importRun) links(members []store.Member, first bool) error {
	type invited struct {
		user.User
		link string
	}
	var all []invited
	by := cli.AuditBase(time.Now())
	err := i.p.DB.Tx(i.r.Ctx, func(tx *store.Tx) error {
		all = nil
		for _, m := range members {
			link, err := account.Action{Instance: i.p.Instance, Tx: tx, By: by}.Invite(m.User)
			if err != nil {
				return err
			}
			all = append(all, invited{m.User, link})
		}
		return nil
	})
	if err != nil {
		return err
	}
	w := i.r.Table()
	if first {
		ends := by.At.Add(i.p.Instance.Settings().InviteFor())
		fmt.Fprintf(i.r.Stdout, "Invitations to pass on. Give each link only to the person it is for. Each works once, until %s.\n", cli.Minute(ends))
		fmt.Fprintln(w, "USERNAME\tNAME\tLINK")
	}
	for _, u := range all {
		fmt.Fprintf(w, "%s\t%s\t%s\n", u.Username, u.Name, u.link)
	}
	return w.Flush()
}
