package requestwords

import (
	"context"
	"strings"
	"unicode/utf8"

	"latchkey/internal/problem"
	"latchkey/internal/terms"
	"latchkey/internal/user"
)

const (
	// namesRead is how many users are looked at who have a word somewhere in their names: 200, in the
	// order in which they were added.
	namesRead = 200
	// staffRead is how many administrators' names are known: 1,000.
	staffRead = 1000
)

// wordsOf are the words of names, in the spelling of messages and in those of the search: without accents, and
// with an e in place of an umlaut. Of an address it takes what stands before the @: the rest belongs to nobody.
func wordsOf(names []string) map[string]bool {
	all := map[string]bool{}
	for _, n := range names {
		n, _, _ = strings.Cut(n, "@")
		for w := range terms.Words(n) {
			all[w] = true
		}
		if !strings.ContainsFunc(n, func(r rune) bool { return r >= utf8.RuneSelf }) {
			continue // the search spells it in the same way
		}
		for w := range terms.Words(user.SearchText("", n, "")) {
			all[w] = true
		}
	}
	return all
}

// isName reports whether a word is a username, or one of the words of somebody's username or name. The
// lock is held; what was found out is kept for as long as results are.
func (w *Words) isName(ctx context.Context, word string) (bool, error) {
	if is, known := w.names[word]; known {
		return is, nil
	}
	if w.staff == nil {
		names, err := w.instance.DB.AdministratorNames(ctx, staffRead)
		if err != nil {
			return false, err
		}
		w.staff = wordsOf(names)
	}
	is := w.staff[word] && !ours[word]
	if !is {
		var err error
		if is, err = w.found(ctx, word); err != nil {
			return false, err
		}
	}
	w.names[word] = is
	return is, nil
}

// found looks for a name among all users.
func (w *Words) found(ctx context.Context, word string) (bool, error) {
	folded := user.Fold(word)
	switch _, err := w.instance.DB.UserByName(user.CanonicalName(word)); {
	case err == nil:
		return true, nil
	case !problem.Is(err, problem.NotFound):
		return false, err
	}
	if ours[word] {
		return false, nil
	}
	people, err := w.instance.DB.NamesLike(ctx, word, namesRead)
	if err != nil {
		return false, err
	}
	for _, n := range people {
		if strings.Contains(n, "@") {
			continue // an address, which no word of a message is a part of
		}
		if all := wordsOf([]string{n}); all[word] || all[folded] {
			return true, nil
		}
	}
	return false, nil
}
