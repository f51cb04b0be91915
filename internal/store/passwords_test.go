package store

import (
	"errors"
	"strings"
	"testing"
	"time"

	"latchkey/internal/password"
)

// TestPW15_NoPasswordIsNoEmptyHash: the empty address and the missing password of
// one user must not be found, nor stand in the way of another's.
func TestPW15_NoPasswordIsNoEmptyHash(t *testing.T) {
	t.Parallel()
	db := open(t)
	bare := func(n *NewUser) { n.Hash, n.Email, n.EmailKey = "", "", "" }
	first := db.add(t, "anna", bare)
	db.add(t, "ben", bare)
	if l, found, err := db.LoginByID(first); !found || err != nil || l.Hash != "" || l.User.HasPassword {
		t.Errorf("LoginByID = %+v, %v, %v", l, found, err)
	}
	if _, found, err := db.LoginByName(""); found || err != nil {
		t.Errorf("the empty name found somebody: %v", err)
	}
	if db.once(t, func(tx *Tx) (bool, error) { return tx.UpgradeHash(first, "", "planted") }) {
		t.Error("an upgrade gave a password to somebody without one")
	}
}

func TestPW09_UpgradeKeepsAPasswordChangedMeanwhile(t *testing.T) {
	t.Parallel()
	db := open(t)
	id := db.add(t, "anna", func(n *NewUser) { n.Hash = "old" })
	db.must(t, func(tx *Tx) error {
		done, err := tx.SetPassword(id, "chosen", start().Add(time.Hour))
		return errors.Join(err, wantDone(done))
	})
	if db.once(t, func(tx *Tx) (bool, error) { return tx.UpgradeHash(id, "old", "upgraded") }) {
		t.Error("the upgrade of the old password won")
	}
	l, _, err := db.LoginByID(id)
	if err != nil || l.Hash != "chosen" || l.User.CredVersion != 2 || !l.User.PasswordChanged.Equal(start().Add(time.Hour)) {
		t.Errorf("after both: %+v, %v", l, err)
	}
	if !db.once(t, func(tx *Tx) (bool, error) { return tx.UpgradeHash(id, "chosen", "better") }) {
		t.Error("the upgrade of the present password lost")
	}
	if l, _, err = db.LoginByID(id); err != nil || l.Hash != "better" || l.User.CredVersion != 2 {
		t.Errorf("an upgrade is no change of the password: %+v, %v", l, err)
	}
}

func wantDone(done bool) error {
	if !done {
		return errors.New("not done")
	}
	return nil
}

func TestHashSamplesAreOneOfEachKind(t *testing.T) {
	t.Parallel()
	db := open(t)
	if got, err := db.HashSamples(); len(got) != 0 || err != nil {
		t.Errorf("HashSamples of nobody = %q, %v", got, err)
	}
	const bcrypt = "$2b$12$abcdefghijklmnopqrstuuabcdefghijklmnopqrstuvwxyz01234"
	const argon = "$argon2id$v=19$m=65536,t=3,p=1$c29tZXNhbHRzb21lc2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g"
	for i, hash := range []string{bcrypt, "", argon, bcrypt, argon, strings.Replace(bcrypt, "12", "10", 1)} {
		db.add(t, "user"+string(rune('a'+i)), func(n *NewUser) { n.Hash = hash })
	}
	got, err := db.HashSamples()
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]bool{}
	for _, hash := range got {
		kinds[password.Profile(hash)] = true
	}
	if len(got) != 3 || len(kinds) != 3 {
		t.Errorf("samples %q, want one of each of three kinds", got)
	}
}
