package requestwords

import (
	"iter"
	"strings"
	"unicode"
	"unicode/utf8"

	"latchkey/internal/terms"
)

const (
	// maxInText is how many different words of one person count in one request: 200, and a message
	// of 500 characters has some 80.
	maxInText = 200
	// maxLetters is how long a word may be, 40 letters: longer is no word but a key or a password.
	maxLetters = 40
)

// clean returns the words of a message that may be counted: none of an address, none with a digit or an
// underscore, as usernames, codes, numbers and passwords have them, and none of one letter.
func clean(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for piece := range strings.FieldsSeq(text) {
			if address(piece) {
				continue
			}
			for word := range terms.Words(piece) {
				if letters(word) && !yield(word) {
					return
				}
			}
		}
	}
}

// letters reports whether a word is one of letters.
func letters(word string) bool {
	if n := utf8.RuneCountInString(word); n < 2 || n > maxLetters {
		return false
	}
	return !strings.ContainsFunc(word, func(r rune) bool { return !unicode.IsLetter(r) })
}

// address reports whether a text without spaces is, or has in it, an address of any kind: of mail or of a
// page, a host, a path, or a name with dots.
func address(piece string) bool {
	if strings.ContainsAny(piece, "@＠\\") || strings.Contains(piece, "//") || strings.HasPrefix(strings.ToLower(piece), "www.") {
		return true
	}
	before, inside := false, false
	for _, r := range piece {
		word := unicode.IsLetter(r) || unicode.IsNumber(r)
		if word && inside {
			return true
		}
		inside = before && (r == '.' || r == '．')
		before = word
	}
	return false
}

// greetings are polite words, which say nothing about what somebody needs. They are left out here and not
// in latchkey terms, whose texts may be about them.
var greetings = set(`hello hi hey dear please thanks thank you regards greetings kind kindly best cheers sincerely sorry morning afternoon evening
	hallo hi bitte danke dank vielen lieber liebe liebes guten tag abend gruß grüße grüßen gruss grüsse grüssen viele freundliche freundlichen freundlicher
	herzliche herzlichen beste besten mfg vg lg servus moin geehrte geehrter geehrten entschuldigung sorry`)

// about are the words that say that codes are refused, or why: a clock.
var about = set(`clock clocks time times timezone code codes token tokens otp totp
	uhr uhren uhrzeit zeit zeiten zeitzone sicherheitscode einmalcode bestätigungscode`)

// ours are words that people need for asking for help with signing in. They are shown even if somebody is
// called that, as Mr Handy and Ms Uhr are, unless it is their username.
var ours = set(`phone phones smartphone mobile lost new old broken stolen found number app apps authenticator laptop battery screen holiday clock time
	code codes password login sign account access device office help reset recovery key locked work working
	handy handys telefon neu neues neuen alt altes alten verloren kaputt defekt gestohlen gefunden nummer akku bildschirm urlaub uhr uhrzeit zeit
	passwort anmelden anmeldung konto zugang gerät büro hilfe schlüssel gesperrt arbeit`)

func set(words string) map[string]bool {
	all := map[string]bool{}
	for _, w := range strings.Fields(words) {
		all[w] = true
	}
	return all
}

// AboutClock reports whether a word is about clocks or codes, so that its rise may mean that a clock is wrong.
func AboutClock(word string) bool { return about[word] }
