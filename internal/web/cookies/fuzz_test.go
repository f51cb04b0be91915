package cookies

import (
	"strings"
	"testing"
)

// FuzzSE05_Split: a cookie is a token, a token and a validator, or nothing; together they are
// what was sent.
func FuzzSE05_Split(f *testing.F) {
	token := strings.Repeat("a", TokenLength)
	for _, v := range []string{"", token, token + "." + token, token + ".", "." + token, token + "-" + token, token + "." + token + "." + token, strings.Repeat(".", 2*TokenLength+1)} {
		f.Add(v)
	}
	f.Fuzz(func(t *testing.T, value string) {
		token, validator := split(value)
		if token == "" && validator == "" {
			return
		}
		if Join(token, validator) != value || len(token) != TokenLength || validator != "" && len(validator) != TokenLength {
			t.Errorf("%q is %q and %q", value, token, validator)
		}
	})
}
