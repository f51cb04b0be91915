package secret

import (
	"crypto/sha256"
	"encoding/base64"
	"regexp"
	"testing"
)

func TestSE01_TokensAre256RandomBits(t *testing.T) {
	t.Parallel()
	raw, err := base64.RawURLEncoding.DecodeString(Token())
	if err != nil || len(raw) != 32 {
		t.Fatalf("Token() decodes to %d bytes, %v; want 32", len(raw), err)
	}
	var ever [32]byte
	seen := map[string]bool{}
	for range 1000 {
		token := Token()
		if seen[token] {
			t.Fatal("the same token twice")
		}
		seen[token] = true
		raw, _ := base64.RawURLEncoding.DecodeString(token)
		for i, b := range raw {
			ever[i] |= b
		}
	}
	for i, b := range ever {
		if b != 0xff {
			t.Errorf("byte %d never sets the bits %08b", i, ^b)
		}
	}
}

func TestIDsAreShortAndDifferent(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(`^[0-9a-v]{26}$`)
	seen := map[string]bool{}
	for range 1000 {
		id := ID()
		if !form.MatchString(id) || seen[id] {
			t.Fatalf("ID() = %q, of the wrong form or seen before", id)
		}
		seen[id] = true
	}
}

func TestSE01_DatabaseKeepsAHash(t *testing.T) {
	t.Parallel()
	sum := sha256.Sum256([]byte("abc"))
	want := base64.RawURLEncoding.EncodeToString(sum[:])
	if got := HashToken("abc"); got != want {
		t.Errorf("HashToken(abc) = %q, want %q", got, want)
	}
}

func TestDecodeKnowsOneSpelling(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"": true, "AA": true, "AB": false, "A": false, "AA==": false, "A\nA": false, "__": false, "_w": true, "/w": false,
	} {
		if _, ok := decode(text); ok != want {
			t.Errorf("decode(%q) ok = %v, want %v", text, ok, want)
		}
	}
}
