package password

import "unicode/utf8"

// easyBits is below what a password counts as easy to guess, although the rules may
// accept it. It is made for somebody who has stolen the hashes and tries a million
// passwords a second, which at the default cost takes some hundred thousand cores: half of
// 2^48 takes four years.
const easyBits = 48.0

// hintLength is how many code points Easy looks at. The rest cannot make a password
// weaker, and the work grows with the square of the length.
const hintLength = 64

// Easy reports whether somebody who aims at this user and has the hashes could find
// password, as Clean returned it. It is a hint beside the rules and refuses nothing: Check
// decides. Only the first 64 code points count, so that it takes less than a millisecond,
// whatever they are.
//
// It stands on the estimate behind Check, which works as zxcvbn does (Wheeler, USENIX
// Security 2016). The Go port of zxcvbn reads its dictionaries into the heap before
// main: 10 MB for a server that has 25, and three times as long until it answers.
func (r Rules) Easy(password string) bool {
	return guessBits(firstRunes(password, hintLength), cheapWords(r.Words)) < easyBits
}

// firstRunes returns s up to its first n code points.
func firstRunes(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	end := 0
	for i := range s {
		if n == 0 {
			end = i
			break
		}
		n--
	}
	return s[:end]
}
