package admin

import (
	"time"

	"latchkey/internal/audit"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web"
	"latchkey/views"
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
	d.Who, d.ID = shown(by), by.ID
	return d, nil
}

// sentence is "Ada disabled this user on 28 November 2026: on parental leave."
func (d madeBy) sentence(did string) views.Said {
	switch {
	case !d.Known && d.At.IsZero():
		return views.Say("The audit log no longer says who did it or when.")
	case !d.Known:
		return views.Say("It happened on ", views.OnlyDay(d.At), "; the audit log no longer says who did it.")
	case d.Imported:
		return views.Say("This user was already disabled in the file that "+d.Who+" imported on ", views.OnlyDay(d.At), ".")
	}
	s := views.Say(d.Who+" "+did+" on ", views.OnlyDay(d.At))
	return append(s, views.Piece{Text: because(d.Why)})
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
func (d madeBy) by(did string) views.Said {
	if !d.Known && d.At.IsZero() {
		return views.Say(did + ". The audit log no longer says who did it or when.")
	}
	s := views.Say(did)
	switch {
	case d.Imported:
		s = views.Say(did, " in the file that ", d.link(), " imported")
	case d.Known:
		s = views.Say(did, " by ", d.link())
	}
	return views.Say(s, " on ", views.OnlyDay(d.At), because(d.Why))
}

// link is the name, leading to the page of somebody who still exists.
func (d madeBy) link() views.Link {
	if d.ID == "" {
		return views.Link{Words: d.Who}
	}
	return views.Link{Href: "/admin/users/" + d.ID, Words: d.Who}
}

// addState says in sentences how the user stands, with who and why.
func addState(v *web.Visitor, u user.User, page *views.UserPage) error {
	facts, err := factsOf(v.DB.Reader, u)
	if err != nil {
		return err
	}
	if facts.Added.Known {
		page.AddedBy = facts.Added.link()
	}
	say := func(s views.Said) { page.State = append(page.State, s) }
	if !u.DeletedAt.IsZero() {
		say(views.Say(facts.Deleted.by("Deleted"), " Removed for good on ", views.OnlyDay(u.DeletedAt.Add(binFor)), "."))
	}
	if u.Disabled {
		say(facts.Disabled.by("Disabled"))
	}
	if !u.PasswordClosed.IsZero() {
		e, ok, err := v.DB.LatestDone(u.ID, audit.UserNotMe)
		if err != nil {
			return err
		}
		say(notMeWords(u, e, ok))
	}
	if !u.HasPassword && u.DeletedAt.IsZero() {
		invited, err := invitation(v, u)
		if err != nil {
			return err
		}
		say(invited)
	}
	return nil
}

// invitation says when somebody without a password was invited and until when it works.
func invitation(v *web.Visitor, u user.User) (views.Said, error) {
	invited, err := latest(v.DB.Reader, u, audit.UserInvited)
	if err != nil {
		return nil, err
	}
	link, err := linkOf(v.DB.Reader, u, v.Now)
	switch {
	case err != nil:
		return nil, err
	case !link.Ends.IsZero() && !invited.Known:
		return views.Say("Invited on ", views.OnlyDay(link.Created), ". The invitation works until ", link.Ends, "."), nil
	case !link.Ends.IsZero():
		return views.Say(invited.by("Invited"), " The invitation works until ", link.Ends, "."), nil
	case !invited.Known:
		return views.Say("Not invited yet: there is no password, and no invitation to choose one with."), nil
	case !u.InvitedUntil.IsZero():
		return views.Say(invited.by("Invited"), " The invitation expired on ", u.InvitedUntil, " and was never used."), nil
	}
	return views.Say(invited.by("Invited"), " The invitation no longer works and was never used."), nil
}

// addNotes adds what administrators wrote down about the user.
func addNotes(v *web.Visitor, u user.User, page *views.UserPage) error {
	notes, err := v.DB.Notes(u.ID)
	for _, n := range notes {
		page.Notes = append(page.Notes, viewNote(n))
	}
	return err
}
