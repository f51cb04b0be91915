package attack

import (
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"
	"golang.org/x/text/unicode/norm"

	"latchkey/internal/apptest"
	"latchkey/internal/password"
	"latchkey/internal/store"
)

// spelled are passwords as keyboards send them, none of them in NFC.
var spelled = map[string]string{
	"vietnamese": "m\u00e2\u0323t kh\u00e2\u0309u b\u00ed m\u00e2\u0323t", // neither NFC nor NFD
	"umlauts":    "u\u0308ber den gru\u0308nen Hu\u0308geln",
	"kana":       "\u304b\u3099\u304f\u3099 \u306f\u309a\u306f\u309a \u3061\u3061 12",
	"angstrom":   "ten \u212b wide and no more",
	"thai order": "a\u0327\u0301 long \u1e69\u0323 enough one",
}

// hashesOf are imported hashes of a text as it is, of each kind, made by other code than
// ours.
func hashesOf(t *testing.T, a *apptest.App, typed string) map[string]string {
	t.Helper()
	b, err := bcrypt.GenerateFromPassword([]byte(typed), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	salt := []byte("sixteen bytes ok")
	key, err := pbkdf2.Key(sha256.New, typed, []byte("saltsalt"), 1000, 32)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{
		"bcrypt":       string(b),
		"pbkdf2":       "pbkdf2_sha256$1000$saltsalt$" + base64.StdEncoding.EncodeToString(key),
		"argon2id":     argon2Hash("$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s", argon2.IDKey, typed, salt, 8<<10, 1, 2),
		"django":       "argon2" + argon2Hash("$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s", argon2.IDKey, typed, salt, 8<<10, 2, 1),
		"argon2i":      argon2Hash("$argon2i$v=19$m=%d,t=%d,p=%d$%s$%s", argon2.Key, typed, salt, 8<<10, 1, 1),
		"of our costs": "", // below
	}
	cost := a.Site.Hasher.Cost()
	all["of our costs"] = argon2Hash("$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s", argon2.IDKey, typed, salt, cost.MemoryKiB, cost.Time, cost.Threads)
	for kind, hash := range all {
		if all[kind], err = password.Imported(hash); err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
	}
	return all
}

func argon2Hash(form string, derive func(password, salt []byte, time, memory uint32, threads uint8, length uint32) []byte, password string, salt []byte, memory, time uint32, threads uint8) string {
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf(form, memory, time, threads, b64(salt), b64(derive([]byte(password), salt, time, memory, threads, 32)))
}

func hashOf(t *testing.T, a *apptest.App, u *apptest.User) string {
	t.Helper()
	return text(t, a, `SELECT password_hash FROM users WHERE id = $1`, u.ID)
}

// TestPW09_ImportedSpellings signs in as people of another system typed before, and then
// as any keyboard types it.
func TestPW09_ImportedSpellings(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Proxied: true})
	address := 0
	for keyboard, typed := range spelled {
		for kind, hash := range hashesOf(t, a, typed) {
			address++
			u := a.AddUser(fmt.Sprintf("u%d-%s", address, keyboard[:4]), apptest.Hashed(hash))
			try := func(password string) *apptest.Page {
				b := a.Browser().From(fmt.Sprintf("198.51.100.%d", address))
				return b.Post("/login", "username", u.Username, "password", password)
			}
			if p := try(norm.NFC.String(typed)); p.Status != 422 {
				t.Errorf("%s of %s: the NFC form is answered %d before the hash is of it", kind, keyboard, p.Status)
			}
			if p := try(typed + "x"); p.Status != 422 {
				t.Errorf("%s of %s: another password is answered %d", kind, keyboard, p.Status)
			}
			if p := try(typed); p.Header.Get("Location") != "/login/code" {
				t.Errorf("%s of %s: typed as before is answered %d", kind, keyboard, p.Status)
			}
			upgraded := hashOf(t, a, u)
			if match, err := a.Site.Hasher.Verify(t.Context(), password.Caller{}, upgraded, []string{norm.NFC.String(typed)}); match != 0 || err != nil || password.NeedsUpgrade(upgraded, a.Site.Hasher.Cost()) {
				t.Errorf("%s of %s: the new hash is not of the NFC form: %v, %s", kind, keyboard, err, password.Profile(upgraded))
			}
			for _, form := range []string{typed, norm.NFC.String(typed), norm.NFD.String(typed)} {
				if p := try(form); p.Header.Get("Location") != "/login/code" {
					t.Errorf("%s of %s: afterwards %+q is answered %d", kind, keyboard, form, p.Status)
				}
			}
		}
	}
}

// TestPW12_ImportedSpellingsInside proves an imported password in every other place that
// asks for one.
func TestPW12_ImportedSpellingsInside(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	typed := spelled["vietnamese"]
	hash := hashesOf(t, a, typed)["bcrypt"]
	u := a.AddUser("linh")
	b := signedInAs(a, u)
	old := func() { change(t, a, `UPDATE users SET password_hash = $1 WHERE id = $2`, hash, u.ID) }
	old()
	a.Clock.Add(time.Hour / 2)
	b.Post("/confirm", "password", typed+"x", "code", u.Code()).Is(422)
	b.Post("/confirm", "password", typed, "code", u.Code()).Redirects("/security")
	b.Post("/security/password", "current_password", norm.NFC.String(typed), "new_password", newPassword).Is(422)
	b.Post("/security/password", "current_password", typed, "new_password", newPassword).Redirects("/security")

	phil := a.AddUser("phil", apptest.Hashed(hash))
	a.Tx(func(tx *store.Tx) error {
		_, err := tx.AddRequest(store.Request{ID: phil.ID, UserID: phil.ID, Made: a.Clock.Now(), Opens: a.Clock.Now(), Ends: a.Clock.Now().Add(time.Hour)})
		return err
	})
	c := a.Browser()
	c.Get(phil.LinkAbout(store.PurposePhone, phil.ID))
	c.Post("/lost-phone/new", "password", norm.NFC.String(typed)).Is(422)
	c.Post("/lost-phone/new", "password", typed).Redirects("/security/authenticators/new")

	// A closed password is refused in the spelling that somebody else may know.
	change(t, a, `UPDATE users SET password_hash = $1, password_closed_at = 1 WHERE id = $2`, hash, phil.ID)
	d := a.Browser()
	d.Get(phil.Link(store.PurposePassword))
	d.Post("/reset", "new_password", typed).Is(422).Sees("Choose another password")
}

// TestPW03_EachSpellingHasItsOwnLength: of two spellings bcrypt takes the one that fits.
func TestPW03_EachSpellingHasItsOwnLength(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	typed := strings.Repeat("u\u0308", 25) // 75 bytes, 50 in NFC
	fits, _ := bcrypt.GenerateFromPassword([]byte(norm.NFC.String(typed)), bcrypt.MinCost)
	cut, _ := bcrypt.GenerateFromPassword([]byte(typed[:72]), bcrypt.MinCost)
	one, two := a.AddUser("one", apptest.Hashed(string(fits))), a.AddUser("two", apptest.Hashed(string(cut)))
	b := a.Browser()
	b.Post("/login", "username", one.Username, "password", typed).Redirects("/login/code")
	b.Post("/login", "username", two.Username, "password", typed).Is(http.StatusUnprocessableEntity)
	b.Post("/login", "username", two.Username, "password", typed[:72]).Redirects("/login/code")
}
