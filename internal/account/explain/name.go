package explain

import (
	"strconv"

	"latchkey/internal/instance"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

// Missing answers for a name that no user has.
type Missing struct {
	// Answer is the first sentence and Words the line below it.
	Answer string
	Words  Said
	// ImportID and Owner are the import in which the name stands and whose it is; "" for none.
	ImportID, Owner string
	// Known says that there is something to tell: the name stands in an import.
	Known bool
}

// Name finds the user who signs in with this name or address. If nobody does, missing
// says why: the name may stand in an import that waits or refused it.
func Name(i *instance.Instance, typed string) (u user.User, missing *Missing, err error) {
	name := user.CanonicalName(typed)
	login, found, err := i.DB.LoginByName(name)
	if err != nil || found {
		return login.User, nil, err
	}
	row, waits, err := i.DB.Unimported(name)
	if err != nil {
		return u, nil, err
	}
	if !waits {
		return u, &Missing{Answer: "No user has this name.",
			Words: Say("Nobody signs in as “" + typed + "”, and no recent import contains the name. Check the spelling.")}, nil
	}
	return u, unimported(row), nil
}

// unimported tells of a row that has not become a user.
func unimported(i store.Unimported) *Missing {
	m := &Missing{ImportID: i.Job.ID, Owner: i.Job.Owner, Known: true}
	file := "Row " + strconv.Itoa(i.Row.Number) + " of “" + i.Job.FileName + "”"
	by := i.OwnerName
	if by == "" {
		by = "Somebody"
	}
	checked := Say(by+" checked the file on ", Day(i.Job.Created))
	switch {
	case i.Row.Result == store.RowRefused:
		m.Answer = "The import refused this name."
		m.Words = Say(file+" was refused: "+ended(i.Row.Reasons)+" ", checked, ".")
	case i.Job.State == store.ImportRunning:
		m.Answer = "This name is being imported."
		m.Words = Say(file+" is waiting to be imported. ", checked, " and started the import.")
	default:
		m.Answer = "Not imported yet."
		m.Words = Say(file+" has the name. ", checked, ", but has not imported it.")
	}
	return m
}

// ended gives reasons a full stop.
func ended(s string) string {
	if s == "" {
		return "no reason was kept."
	}
	if last := s[len(s)-1]; last == '.' || last == '?' || last == '!' {
		return s
	}
	return s + "."
}
