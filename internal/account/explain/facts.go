package explain

import (
	"strings"
	"time"

	"latchkey/internal/account"
	"latchkey/internal/audit"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

// madeBy is who did something to a user, when and why, as far as the audit log still
// tells.
type madeBy struct {
	// Who is the name of the person who did it, and ID their id while they exist.
	Who, ID string
	At      time.Time
	Why     string
	// Known is false if the log does not tell, and then At may be all there is.
	Known bool
	// Imported says that the user came like this out of a file.
	Imported bool
}

// userFacts are what the audit log tells of how a user came to be as they are.
type userFacts struct {
	Added, Disabled, Deleted madeBy
}

func factsOf(r store.Reader, u user.User) (f userFacts, err error) {
	if f.Added, err = latest(r, u, audit.UserCreated, audit.SetupDone); err != nil {
		return f, err
	}
	if u.Disabled {
		if f.Disabled, err = latest(r, u, audit.UserDisabled); err != nil {
			return f, err
		}
		if !f.Disabled.Known && f.Added.Imported {
			f.Disabled = f.Added
		}
	}
	if !u.DeletedAt.IsZero() {
		if f.Deleted, err = latest(r, u, audit.UserDeleted); err != nil {
			return f, err
		}
		f.Deleted.At = u.DeletedAt
	}
	return f, nil
}

// latest is the newest of these events that was done to the user.
func latest(r store.Reader, u user.User, events ...audit.Event) (madeBy, error) {
	e, ok, err := r.LatestDone(u.ID, events...)
	if err != nil || !ok {
		return madeBy{}, err
	}
	d := madeBy{Who: audit.ActorName(e), At: e.At, Why: e.Why(), Known: true, Imported: e.Detail("by") == "import"}
	if e.ActorID == "" {
		return d, nil
	}
	by, err := r.User(e.ActorID)
	switch {
	case problem.Is(err, problem.NotFound):
		return d, nil
	case err != nil:
		return d, err
	}
	d.Who, d.ID = account.Shown(by), by.ID
	return d, nil
}

// sentence is "Ada disabled this user on 28 November 2026: on parental leave."
func (d madeBy) sentence(did string) Said {
	switch {
	case !d.Known && d.At.IsZero():
		return Say("The audit log no longer says who did it or when.")
	case !d.Known:
		return Say("It happened on ", Day(d.At), "; the audit log no longer says who did it.")
	case d.Imported:
		return Say("This user was already disabled in the file that "+d.Who+" imported on ", Day(d.At), ".")
	}
	s := Say(d.Who+" "+did+" on ", Day(d.At))
	return append(s, Piece{Text: because(d.Why)})
}

// because ends a sentence with the reason, if there is one, and one full stop.
func because(why string) string {
	if why == "" {
		return "."
	}
	switch why[len(why)-1] {
	case '.', '!', '?':
		return ": " + why
	}
	return ": " + why + "."
}

// by is "Disabled by Ada on 28 November 2026: on parental leave.", with a link to Ada.
func (d madeBy) by(did string) Said {
	if !d.Known && d.At.IsZero() {
		return Say(did + ". The audit log no longer says who did it or when.")
	}
	s := Say(did)
	switch {
	case d.Imported:
		s = Say(did, " in the file that ", d.link(), " imported")
	case d.Known:
		s = Say(did, " by ", d.link())
	}
	return Say(s, " on ", Day(d.At), because(d.Why))
}

// link is the name, leading to the page of somebody who still exists.
func (d madeBy) link() Link {
	if d.ID == "" {
		return Link{Words: d.Who}
	}
	return Link{Href: "/admin/users/" + d.ID, Words: d.Who}
}

// notMeWords say since when the password opens nothing, and of what its owner said so.
func notMeWords(u user.User, e audit.Entry, ok bool) Said {
	about := ""
	if notice := e.Detail("notice"); ok && notice != "" {
		about = ", about “" + strings.TrimSuffix(notice, ".") + "”"
	}
	return Say(account.Shown(u)+" said “This was not me” on ", Day(u.PasswordClosed), about+". The password no longer works: a new one has to be chosen through a link.")
}

// linkOf is the living link by which a user chooses a password, the zero one for none.
func linkOf(r store.Reader, u user.User, now time.Time) (store.Link, error) {
	l, _, err := r.LinkOf(u.ID, now)
	return l, err
}

// State says in sentences how the user stands, with who and why; added is who added them,
// the zero Link if the log does not say.
func State(r store.Reader, u user.User, now time.Time) (state []Said, added Link, err error) {
	facts, err := factsOf(r, u)
	if err != nil {
		return nil, added, err
	}
	if facts.Added.Known {
		added = facts.Added.link()
	}
	if !u.DeletedAt.IsZero() {
		state = append(state, Say(facts.Deleted.by("Deleted"), " Removed for good on ", Day(u.DeletedAt.Add(account.BinFor)), "."))
	}
	if u.Disabled {
		state = append(state, facts.Disabled.by("Disabled"))
	}
	if !u.PasswordClosed.IsZero() {
		e, ok, err := r.LatestDone(u.ID, audit.UserNotMe)
		if err != nil {
			return nil, added, err
		}
		state = append(state, notMeWords(u, e, ok))
	}
	if !u.HasPassword && u.DeletedAt.IsZero() {
		invited, err := invitation(r, u, now)
		if err != nil {
			return nil, added, err
		}
		state = append(state, invited)
	}
	return state, added, nil
}

// invitation says when somebody without a password was invited and until when it works.
func invitation(r store.Reader, u user.User, now time.Time) (Said, error) {
	invited, err := latest(r, u, audit.UserInvited)
	if err != nil {
		return nil, err
	}
	link, err := linkOf(r, u, now)
	switch {
	case err != nil:
		return nil, err
	case !link.Ends.IsZero() && !invited.Known:
		return Say("Invited on ", Day(link.Created), ". The invitation works until ", link.Ends, "."), nil
	case !link.Ends.IsZero():
		return Say(invited.by("Invited"), " The invitation works until ", link.Ends, "."), nil
	case !invited.Known:
		return Say("Not invited yet: there is no password, and no invitation to choose one with."), nil
	case !u.InvitedUntil.IsZero():
		return Say(invited.by("Invited"), " The invitation expired on ", u.InvitedUntil, " and was never used."), nil
	}
	return Say(invited.by("Invited"), " The invitation no longer works and was never used."), nil
}
