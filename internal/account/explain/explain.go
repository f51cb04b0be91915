// Package explain says why a user can or cannot sign in, and who did what to their
// account, in sentences for pages and commands alike. It changes nothing.
package explain

import (
	"context"
	"time"

	"latchkey/internal/account"
	"latchkey/internal/audit"
	"latchkey/internal/auth"
	"latchkey/internal/instance"
	"latchkey/internal/user"
)

// Check is one thing that signing in depends on. What it says is for the page and for the
// command alike.
type Check struct {
	// Passes tells whether it lets the user through.
	Passes bool
	// Name says what holds where it passes, such as "The account is enabled"; where it does
	// not it is the answer, such as "The account is disabled.".
	Name string
	// Words say what was found: who, when and why.
	Words Said
	// Tell is what to say to the user, "" for nothing.
	Tell Said
	// Fix is the kind of action that helps; "" if none does.
	Fix string
}

// Explanation says why a user can or cannot sign in.
type Explanation struct {
	// Failing are the checks that do not pass, the one that matters most first; Passing are
	// the others, in the order in which signing in meets them.
	Failing, Passing []Check
	// Latest is the newest attempt, in words, if it did not succeed; "" if it did or there
	// is none.
	Latest string
}

// explainer goes through the checks of one user.
type explainer struct {
	instance *instance.Instance
	u        user.User
	now      time.Time
	hash     string
	closed   map[auth.Bucket]time.Time
	tries    []try
	all      []Check
}

// Of goes through every check of signing in and says which do not pass now. It
// changes nothing.
func Of(i *instance.Instance, u user.User, now time.Time) (Explanation, error) {
	x := explainer{instance: i, u: u, now: now}
	login, _, err := i.DB.LoginByID(u.ID)
	if err != nil {
		return Explanation{}, err
	}
	x.hash = login.Hash
	if x.closed, err = i.Closed(u, now); err != nil {
		return Explanation{}, err
	}
	if x.tries, err = triesOf(i, u); err != nil {
		return Explanation{}, err
	}
	for _, part := range []func() error{x.account, x.password, x.tooLong, x.passwordTries, x.second, x.factors} {
		if err := part(); err != nil {
			return Explanation{}, err
		}
	}
	return x.sorted(), nil
}

// sorted puts what does not pass in front.
func (x *explainer) sorted() (e Explanation) {
	for _, c := range x.all {
		if c.Passes {
			e.Passing = append(e.Passing, c)
		} else {
			e.Failing = append(e.Failing, c)
		}
	}
	if len(x.tries) > 0 && x.tries[0].failed() {
		e.Latest = x.tries[0].words
	}
	return e
}

func (x *explainer) pass(name string, words ...any) {
	x.all = append(x.all, Check{Passes: true, Name: name, Words: Say(words...)})
}

func (x *explainer) fail(c Check) { x.all = append(x.all, c) }

// account is about what administrators did to the account.
func (x *explainer) account() error {
	facts, err := factsOf(x.instance.DB.Reader, x.u)
	if err != nil {
		return err
	}
	if x.u.DeletedAt.IsZero() {
		x.pass("The account exists", "It is not in the recycle bin.")
	} else {
		x.fail(Check{Name: "The account is in the recycle bin.", Fix: account.Restore,
			Words: Say(facts.Deleted.sentence("deleted this user"), " It is removed for good on ", Day(x.u.DeletedAt.Add(account.BinFor)), "."),
			Tell:  Say("Your account was deleted on ", Day(x.u.DeletedAt), ". We can bring it back, with the same password and phone.")})
	}
	if !x.u.Disabled {
		x.pass("The account is enabled", "Nobody has disabled it.")
		return nil
	}
	tell := Say("Your account is disabled. It will work again with the same password and phone as soon as we enable it.")
	if !facts.Disabled.At.IsZero() {
		tell = Say("Your account was disabled on ", Day(facts.Disabled.At), ". It will work again with the same password and phone as soon as we enable it.")
	}
	x.fail(Check{Name: "The account is disabled.", Fix: account.Enable, Words: facts.Disabled.sentence("disabled this user"), Tell: tell})
	return nil
}

// nothingBlocks is what the page and the command say where nothing fails.
const nothingBlocks = "Nothing blocks sign-in."

// Answer is the first sentence: what keeps the user out, or that nothing does.
func (e Explanation) Answer() string {
	if len(e.Failing) == 0 {
		return nothingBlocks
	}
	return e.Failing[0].Name
}

// Reason is the line below the answer.
func (e Explanation) Reason() Said {
	switch {
	case len(e.Failing) == 1:
		return Say(e.Failing[0].Words, " Nothing else blocks sign-in.")
	case len(e.Failing) > 1:
		return e.Failing[0].Words
	case e.Latest != "":
		return Say("However, the latest attempt failed: “" + e.Latest + "”.")
	}
	return Say("They only need their password and, if two-step verification is set up, a code.")
}

// Rest is the one line about the checks that pass.
func (e Explanation) Rest() string {
	n := len(e.Passing)
	switch {
	case n == 0:
		return ""
	case len(e.Failing) == 0:
		return "All " + spelled(n) + " checks pass"
	case n == 1:
		return "One other check passes"
	}
	word := spelled(n)
	return string(word[0]-'a'+'A') + word[1:] + " other checks pass"
}

// spelled is a number as it stands in a sentence.
func spelled(n int) string {
	words := []string{"no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen",
		"fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty", "twenty-one", "twenty-two", "twenty-three", "twenty-four"}
	return words[min(max(n, 0), len(words)-1)]
}

// LastTries is how many attempts are looked at and shown.
const LastTries = 10

// try is an attempt to sign in.
type try struct {
	entry audit.Entry
	words string
}

func (t try) failed() bool { return t.entry.Result != audit.ResultOK }

// triesOf are the newest attempts to sign in as a user.
func triesOf(i *instance.Instance, u user.User) ([]try, error) {
	entries, err := i.DB.SignInTries(context.Background(), u.ID, LastTries)
	tries := make([]try, len(entries))
	for i, e := range entries {
		tries[i] = try{e, audit.Sentence(e)}
	}
	return tries, err
}
