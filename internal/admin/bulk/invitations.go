package bulk

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"latchkey/internal/account"
	"latchkey/internal/audit"
	"latchkey/internal/auth"
	"latchkey/internal/bulk"
	"latchkey/internal/factor"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/userimport"
	"latchkey/internal/web"
	"latchkey/internal/web/forms"
	"latchkey/internal/web/userlist"
	"latchkey/views"
)

// invitationsAtOnce is how many invitations one page shows, to print or to pass on.
// They are made when it is asked for: a link is nowhere in the database, so it cannot be
// shown later.
const invitationsAtOnce = 100

// printing is for whom invitations are printed: users who were picked, the users of an
// import who cannot be reached by mail, or all invited users who match a filter of the
// list; those behind After.
type printing struct {
	Picked []string `json:",omitempty"`
	Import string   `json:",omitempty"`
	Filter string   `json:",omitempty"`
	After  int64
	// Done is how many were printed before, Total how many there are.
	Done, Total int
}

// printed is what the next page shows, once.
type printed struct {
	Next  printing
	More  bool
	Ends  time.Time
	Cards []printedCard
}

type printedCard struct{ ID, Link string }

// printedMark tells what is kept for that page from a link to one user.
const printedMark = "invitations "

// submitInvitations makes the next invitations and goes on to the page that shows them.
// Those that these people got before stop working.
func submitInvitations(v *web.Visitor) error {
	form, err := v.Form("import", "filter", "place", "done")
	if err != nil {
		return err
	}
	in := forms.Filters{Sent: form}
	p := printing{Import: in.Key("import"), Filter: form["filter"], After: in.Positive("place"), Done: int(in.Positive("done"))}
	if in.Bad || (p.Import == "") == (p.Filter == "") {
		return problem.New(problem.BadRequest, "The form does not say whose invitations to print.")
	}
	if p.Import != "" {
		if _, err := v.DB.Import(p.Import, v.User.ID); err != nil {
			return err
		}
	}
	if err := p.print(v); err != nil {
		return err
	}
	return v.Redirect(views.InvitationsPath)
}

// print begins to print for those who were selected on the list.
func (s selected) print(v *web.Visitor, p bulk.Plan) error {
	if p.Changes == 0 && !p.Over {
		return bulk.ErrNobody
	}
	if !s.all {
		return printing{Picked: s.picked}.print(v)
	}
	// Only invited users have invitations; the list may show others as well.
	f := userlist.Who(s.filter)
	switch f.Status {
	case "":
		f.Status = store.StatusInvited
	case store.StatusInvited, store.StatusExpired:
	default:
		return bulk.ErrNobody
	}
	return printing{Filter: f.Query()}.print(v)
}

// print makes the next invitations and keeps their links for the next page of this
// session.
func (p printing) print(v *web.Visitor) error {
	members, more, err := p.members(v)
	if err != nil {
		return err
	}
	return v.Tx(func(tx *store.Tx) error {
		out := printed{Next: p, More: more, Ends: v.Now.Add(v.Settings().InviteFor())}
		for _, m := range members {
			out.Next.After = m.Num
			u, err := tx.User(m.ID)
			if problem.Is(err, problem.NotFound) {
				continue
			}
			if err != nil {
				return err
			}
			if unfitToPrint(u) {
				continue
			}
			a := account.Action{Instance: v.Instance, Tx: tx, By: v.Audit("", audit.ResultOK)}
			link, err := a.Invite(u)
			if account.NeedsApproval(err) {
				continue // their own page asks for the second approval
			}
			if err != nil {
				return err
			}
			out.Cards = append(out.Cards, printedCard{u.ID, link})
		}
		if len(out.Cards) == 0 && !more {
			return bulk.ErrNobody
		}
		out.Next.Done += len(out.Cards)
		text, err := json.Marshal(out)
		if err != nil {
			return err
		}
		return v.SetOnce(tx, printedMark+string(text))
	})
}

// members returns the next users and whether there are more behind them.
func (p *printing) members(v *web.Visitor) (members []store.Member, more bool, err error) {
	switch {
	case p.Import != "":
		if p.Total, err = userimport.ToPrint(v.Instance, p.Import); err == nil {
			members, err = v.DB.InvitedBy(v.Context(), p.Import, v.HasMail(), p.After, invitationsAtOnce+1)
		}
	case p.Filter != "":
		var f store.UserFilter
		if f, err = store.ReadFilter(p.Filter); err != nil {
			return nil, false, forms.ErrAddress
		}
		f = bulk.Who(v.Instance, f, v.Now)
		if p.Total, err = v.DB.CountUsers(v.Context(), f); err == nil {
			members, err = v.DB.UsersByNumber(v.Context(), f, p.After, 0, invitationsAtOnce+1)
		}
	default:
		members, err = bulk.Selection{Picked: p.Picked}.Someone(v.DB.Reader)
		p.Total = len(members)
	}
	if more = len(members) > invitationsAtOnce; more {
		members = members[:invitationsAtOnce]
	}
	return members, more, err
}

// showInvitations shows invitations that were just made. It is the only time: looked at
// again, it says so.
func showInvitations(v *web.Visitor) error {
	page := views.Invitations{Frame: v.Frame(nil)}
	text, ok := strings.CutPrefix(v.TakeOnce(), printedMark)
	if !ok {
		return v.Render(page)
	}
	var out printed
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		return err
	}
	page.To, page.Total = out.Next.Done, max(out.Next.Total, out.Next.Done)
	page.From = out.Next.Done - len(out.Cards) + 1
	if out.More {
		page.Import, page.Filter, page.After = out.Next.Import, out.Next.Filter, strconv.FormatInt(out.Next.After, 10)
	}
	policy := v.Settings().TwoStep
	for _, c := range out.Cards {
		u, err := v.DB.User(c.ID)
		if problem.Is(err, problem.NotFound) {
			continue
		}
		if err != nil {
			return err
		}
		card, err := cardOf(u, policy, c.Link, out.Ends)
		if err != nil {
			return err
		}
		page.Cards = append(page.Cards, card)
	}
	v.PreventBackCache()
	return v.Render(page)
}

// cardOf is an invitation on paper.
func cardOf(u user.User, policy auth.TwoStep, link string, ends time.Time) (c views.Card, err error) {
	c = views.Card{Name: u.Name, Username: u.Username, Link: link, Expires: ends, TwoStep: u.MustEnrol || policy.Demands(u.Role)}
	c.QRSize, c.QRPath, err = factor.QR(link)
	return c, err
}

func unfitToPrint(u user.User) bool {
	k, _ := account.KindOf(account.Print)
	return k.Unfit(u) != ""
}
