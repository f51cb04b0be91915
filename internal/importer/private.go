package importer

import (
	"slices"
	"strings"
	"unicode"
)

// What stands in a file where we would repeat it may be anything: a value under the
// wrong column, a row where the names of columns should be. So nothing is repeated
// that could be a secret, and of names that are none of ours only those that plainly
// are the name of something.

// hidden stands in the place of a value that could be a secret.
const hidden = "(not shown)"

// shown returns a name of a user as it may be repeated.
func shown(value string) string {
	if looksSecret(value) {
		return hidden
	}
	return value
}

// looksSecret reports whether a value could be a password hash, the key of an
// authenticator or some other token, by its form. Nothing tells a password from a
// name.
func looksSecret(value string) bool {
	lower := strings.ToLower(value)
	for _, start := range []string{"otpauth:", "$", "{ssha", "{sha", "{crypt", "{md5", "pbkdf2", "scrypt", "bcrypt", "argon2", "sha1:", "sha256:", "phpass"} {
		if strings.HasPrefix(lower, start) && len(value) > len(start) {
			return true
		}
	}
	if strings.Contains(value, "://") || strings.Count(value, "$") > 1 {
		return true
	}
	return isKey(value) || isToken(value)
}

// isKey reports what looks like base32: 80 bits and more in capitals, perhaps in
// groups. Sixteen capitals may be a name, too; that one is then not shown.
func isKey(value string) bool {
	key := strings.TrimRight(strings.NewReplacer(" ", "", "-", "").Replace(value), "=")
	if len(key) < 16 || strings.Trim(key, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") != "" {
		upper := strings.ToUpper(key)
		return len(key) >= 16 && len(key)%2 == 0 && key == strings.ToLower(key) && strings.ContainsAny(key, "234567") &&
			strings.Trim(upper, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") == ""
	}
	return strings.ContainsAny(key, "234567") || slices.Contains([]int{16, 20, 24, 26, 32, 52}, len(key))
}

// isToken reports what looks like hexadecimal or base64 of 96 bits and more.
func isToken(value string) bool {
	value = strings.TrimRight(value, "=")
	if len(value) >= 24 && strings.Trim(strings.ToLower(value), "0123456789abcdef") == "" {
		return true
	}
	has := func(in func(rune) bool) bool { return strings.ContainsFunc(value, in) }
	odd := func(r rune) bool {
		return r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("+/-_.", r)
	}
	return len(value) >= 20 && !has(odd) && has(unicode.IsDigit) && has(unicode.IsUpper) && has(unicode.IsLower)
}

// isName reports whether text could be the name of a column: short, of letters,
// spaces and underscores.
func isName(text string) bool {
	return text != "" && len(text) <= 40 && !strings.ContainsFunc(text, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsMark(r) && !strings.ContainsRune(" _-.", r)
	})
}

// harmless reports whether a name that is none of ours may be repeated: every word of
// it is one that lists of people have columns of. Any other could be a password.
func harmless(name string) bool {
	if len(name) > 40 || !isName(strings.TrimRight(name, "0123456789")) || len(name)-len(strings.TrimRight(name, "0123456789")) > 2 {
		return false
	}
	words := wordsOf(strings.TrimRight(name, "0123456789"))
	return len(words) > 0 && !slices.ContainsFunc(words, func(w string) bool {
		return !isColumnWord(w)
	})
}

// wordsOf cuts last_login, Last Login and lastLogin into their words.
func wordsOf(name string) (words []string) {
	var word strings.Builder
	end := func() {
		if word.Len() > 0 {
			words = append(words, strings.ToLower(word.String()))
			word.Reset()
		}
	}
	var before rune
	for _, r := range name {
		if strings.ContainsRune(" _-.", r) {
			end()
			before = 0
			continue
		}
		if unicode.IsUpper(r) && unicode.IsLower(before) {
			end()
		}
		word.WriteRune(r)
		before = r
	}
	end()
	return words
}

// columnWords are what columns of lists of people are called.
const columnWords = ` user username full display real mail password hash key is status role disabled active enabled otp totp secret cn uid login
	abteilung academic accepted access account accounts activated activation added address admin administrator adresse
	age agent alias amount anrede answer app apps area at attempts authenticator authenticators avatar badge balance
	bemerkung bio birth birthday board branch browser building business by campus card category cell center centre change
	changed child city class client code codes college color colour comment comments company confirmed contact contractor
	cost count country county course created creation credit customer date datejoined dates day days default deleted
	department dept description desk details device directory discount district division dn dob editor employee employees
	employment end ended engineer entry event expiration expired expires expiry extension external faculty failed family
	fax field file firma first flag floor forename geburtsdatum gender geo given grade group groups gruppe guest guid
	hire hired history hobbies home hour hours house id ids image import index info initials instructor internal invited
	invoice ip job joined kind label land lang language last lead leader left length level link links list locale
	location locked logged logins logout manager married medium member members membership memo message method middle
	mobile moderator modified month nachname name names nationality nick nickname no nom note notes number numbers
	occupation of office on operator order org organisation organization ort other owner parent partner pay person
	personal personalnummer phone photo picture place plan plz position post postal postcode poste prefix prenom primary
	principal profile project province quota rank reason recovery ref reference region registered registration remark
	remarks report reporter reset rolle room row salary school score second secondary section seen service sex shift
	shipping sign signed site size societe sort source sprache staff standort start started state strasse street student
	subject subscription suffix suite superuser supervisor surname tag tags tax teacher team tel telefon telephone tenant
	term terms text theme thumbnail time times timestamp timezone titel title to total town tutor type tz unit university
	up updated uri url uuid valid value vat verified version viewer ville visitor vorname website week work worker year
	zip zone `

func isColumnWord(word string) bool {
	return slices.Contains(strings.Fields(columnWords), word)
}
