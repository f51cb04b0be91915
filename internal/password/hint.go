package password

import "unicode/utf8"

// The answers of Hint. They are whole phrases for a page; compare with the
// constants rather than with their words.
const (
	// HintEasy is told of a password that somebody with the hashes could find, although
	// the rules may accept it.
	HintEasy = "Easy to guess. A longer one, or one more random word, would be safer."
	// HintGood is told of a password that takes years to find.
	HintGood = "Good"
	// HintStrong is told of a password that nobody finds by trying.
	HintStrong = "Strong"
)

// The limits between the answers, in bits. They are made for somebody who has stolen
// the hashes and tries a million passwords a second, which at the default
// cost takes some hundred thousand cores: half of 2^48 takes four years, half of
// 2^60 eighteen thousand.
const (
	goodBits   = 48.0
	strongBits = 60.0
)

// hintLength is how many code points Hint looks at. The rest cannot make a password
// weaker, and the work grows with the square of the length.
const hintLength = 64

// Hint says how hard password is to guess: HintEasy, HintGood or HintStrong, or ""
// for an empty one. About are the words that somebody who aims at this user tries
// first, such as Rules.Words. It is advice beside the rules and refuses
// nothing: Rules.Check decides. Only the first 64 code points count, so that
// it takes less than a millisecond, whatever they are.
//
// It stands on the estimate behind Check, which works as zxcvbn does (Wheeler, USENIX
// Security 2016). The Go port of zxcvbn reads its dictionaries into the heap before
// main: 10 MB for a server that has 25, and three times as long until it answers.
func Hint(password string, about ...string) string {
	if password == "" {
		return ""
	}
	switch bits := guessBits(firstRunes(password, hintLength), cheapWords(about)); {
	case bits >= strongBits:
		return HintStrong
	case bits >= goodBits:
		return HintGood
	}
	return HintEasy
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
