package views

import (
	"hash/fnv"
	"strings"
	"unicode"
)

// tones are the names of the background colours that the style sheet has for pictures.
const tones = "abcdefgh"

// toneOf returns the colour that this user always has. It hangs on the user name, which
// does not change when a name does.
func toneOf(username string) string {
	h := fnv.New32a()
	h.Write([]byte(username)) // never fails
	i := h.Sum32() % uint32(len(tones))
	return tones[i : i+1]
}

// initials returns one or two letters: of the first and last word of the name that
// have any, or else of the user name. Letters without capitals stay as they are.
func initials(name, username string) string {
	var letters []string
	for word := range strings.FieldsSeq(name) {
		if letter := firstLetter(word); letter != "" {
			letters = append(letters, letter)
		}
	}
	switch len(letters) {
	case 0:
		return firstLetter(username)
	case 1:
		return letters[0]
	}
	return letters[0] + letters[len(letters)-1]
}

// firstLetter returns the first letter or digit of a word with the marks on it, as it
// begins a title; "" if there is none. Title case rather than upper case, because few
// fonts have the capitals of Georgian.
func firstLetter(word string) string {
	start := strings.IndexFunc(word, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
	if start < 0 {
		return ""
	}
	letter := []rune(word[start:])
	end := 1
	for end < len(letter) && unicode.IsMark(letter[end]) && end <= maxMarks {
		end++
	}
	return strings.ToTitle(string(letter[:end]))
}

// maxMarks is how many marks may stand on one letter; a name can hold ninety, which
// would run over the page.
const maxMarks = 3
