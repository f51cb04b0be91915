package access

import (
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
)

// TestPlainNamesAreTheirOwnSpelling: what is taken as it stands is what the whole rule would make of it.
func TestPlainNamesAreTheirOwnSpelling(t *testing.T) {
	t.Parallel()
	names := []string{
		"a", "wiki.example.com", "app-1.localhost", "x.y1", "1.com", "a--b.com", "-a.com", "a-.com", "a.-b", "a.", ".a", "a..b", "", "1", "1.2.3.4", "0x7f", "a.0x1", "a.1a", "a.b1", "a.1",
		"xn--bcher-kva.example", "A.com", "a_b.com", "a b", strings.Repeat("a", 63) + ".com", strings.Repeat("a", 64) + ".com", strings.Repeat("a.", 126) + "a", strings.Repeat("a.", 127) + "a",
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		b := make([]byte, 1+random.IntN(12))
		for i := range b {
			b[i] = "abxz019--..n"[random.IntN(12)]
		}
		names = append(names, string(b))
	}
	plain := 0
	for _, name := range names {
		if !isPlainName(name) {
			continue
		}
		plain++
		ascii, err := hostNames.ToASCII(name)
		last := ascii[strings.LastIndexByte(ascii, '.')+1:]
		if _, notAddress := netip.ParseAddr(name); err != nil || ascii != name || notAddress == nil || strings.Trim(last, "0123456789") == "" || strings.HasPrefix(last, "0x") {
			t.Errorf("%q is %q, %v", name, ascii, err)
		}
	}
	if plain < 1000 || !isPlainName("wiki.example.com") {
		t.Errorf("only %d of %d are plain", plain, len(names))
	}
}

// TestIsPlainName_ExactlyThose: what each request to an application names is not looked up in tables, up to
// the lengths that the DNS can hold; everything else is.
func TestIsPlainName_ExactlyThose(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 62) + "." + strings.Repeat("b", 63) + "." + strings.Repeat("c", 63) + "." + strings.Repeat("d", 62)
	for name, want := range map[string]bool{
		"a": true, "z": true, "a0": true, "a9": true, "0.a": true, "9.z": true, "a-b": true, "a-0.b": true, "wiki.example.com": true,
		long: true, long[:252]: true, long + "d": false, long + "dd": false, strings.Repeat("a", 63): true, strings.Repeat("a", 64): false, "x." + strings.Repeat("a", 64): false,
		"": false, ".": false, ".a": false, "a.": false, "a..b": false, "-a": false, "a.-b": false, "a-": false, "a-.b": false, "a--b": false,
		"A": false, "a_b": false, "a/b": false, "a:b": false, "a`b": false, "a{b": false, "é": false, "a b": false,
		"0": false, "9": false, "a.0": false, "a.9": false, "a.9b": false, "a.0x7f": false,
	} {
		if got := isPlainName(name); got != want {
			t.Errorf("%q, of %d: %v, want %v", name, len(name), got, want)
		}
	}
}
