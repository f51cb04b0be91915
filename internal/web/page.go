package web

// Page cuts a page off the rows that were read for it, which are one more than it has where
// there are others beyond, and says whether pages lie before and after it. after and before are
// the keys of the address: in the direction that was not read lies the page that somebody came
// from.
func Page[T any](rows []T, size int, after, before string) (page []T, back, on bool) {
	more := len(rows) > size
	switch {
	case before != "" && more:
		return rows[1:], true, true
	case before != "":
		return rows, false, true
	case more:
		return rows[:size], after != "", true
	}
	return rows, after != "", false
}
