package backup

import (
	"bufio"
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"filippo.io/age"
)

// TestBA02_APassphraseIsStretched: guessing one costs as much as age makes it cost, and an
// archive cannot make opening it cost more than a bound.
func TestBA02_APassphraseIsStretched(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "passphrase")
	if err := os.WriteFile(path, []byte("seven lamps on a pier\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	recipient, err := PassphraseRecipient(path)
	if err != nil {
		t.Fatal(err)
	}
	var sealed bytes.Buffer
	w, err := age.Encrypt(&sealed, recipient)
	if err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	stanza := regexp.MustCompile(`(?m)^-> scrypt \S+ (\d+)$`)
	if m := stanza.FindStringSubmatch(sealed.String()); m == nil || m[1] != "18" {
		t.Fatalf("the head is %q, want scrypt with 2^18 steps", m)
	}
	identities, err := Identities(nil, path)
	if err != nil {
		t.Fatal(err)
	}
	costly := strings.Replace(sealed.String(), stanza.FindString(sealed.String()), strings.TrimSuffix(stanza.FindString(sealed.String()), "18")+"21", 1)
	if _, _, err := decrypted(bufio.NewReader(strings.NewReader(costly)), identities); err == nil || !strings.Contains(err.Error(), "its encryption cannot be read") {
		t.Errorf("an archive that takes 2^21 steps to open: %v", err)
	}
}
