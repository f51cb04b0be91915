package apptest_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"latchkey/internal/apptest"
	"latchkey/internal/store"
)

// fromDjango is a file as another system writes it. The passwords are the phrase
// "correct horse bâttery", hashed by Django 3.2 and passlib 1.7.
const fromDjango = "login,full_name,mail,is_active,password,otp_secret,last_login\n" +
	"pia,Pia Becker,pia@example.org,True,pbkdf2_sha256$260000$saltsaltsalt$SqQeIAiDgbGcHs5AlKHM4lDlm90TQpmElZusRZF/1OU=,,2026-01-01\n" +
	"bea,Bea Sand,,True,bcrypt_sha256$$2b$04$beivlKElmLrwR.RFHzrgNuDGz9XBBEN.MV/T2PK6e8P861i0Wy/Y6,JBSWY3DPEHPK3PXP,\n" +
	"ari,,,True,\"argon2$argon2id$v=19$m=8192,t=1,p=2$c2FsdHNhbHRzYWx0$HbruDFg1ODRir93tsMPPFA\",,\n" +
	"arn,,,True,\"$argon2i$v=19$m=8192,t=1,p=2$yTkHQMi517oXQqgVQigFIA$DluzFDWtA7LT0vnn+dw1rA\",,\n" +
	"pas,,,True,$pbkdf2-sha512$1000$/r.3ltI6ZyxlDIHwfg.h9A$qm4sbJYaXkuXhGLcZx5TX9dvJiP7jZCtEnUR.aC0fDNSSyCqtmxbnkZDsAcEQ1flazWadtsx0KohwE10RjgJYg,,\n" +
	"pab,,,True,\"$bcrypt-sha256$v=2,t=2b,r=4$trGZhzdS2iE8wmEITByFAu$2kLJLzKEqYAf1rxSAndYlmK5Z8uKZA2\",,\n" +
	"off,,,False,pbkdf2_sha1$1000$NaClNaClNaCl$FLBmEYmf3BS0tUuZ5h6hC34ep28=,,\n" +
	"old,,,True,md5$salt$0123456789abcdef0123456789abcdef,,\n"

// TestStory_Import brings users over from another system; each signs in with the
// password from there, and has an argon2id hash of ours afterwards.
func TestStory_Import(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	b := a.Browser()
	b.SignIn(a.Admin)
	b.Open("/admin/users/import").Sees("Import users")
	p := b.Upload("/admin/users/import", "file", "django.csv", fromDjango)
	b.Open(p.Header.Get("Location")).Sees("7 users would be added, 1 row refused, no existing users changed", "full_name Name", "is_active Disabled when false",
		"last_login Not used", "The password hash is in a format we cannot verify.")
	b.Follow("To be added").Sees("pia", "bea")
	b.Submit("Import 7 good rows").Sees("7 users were added.", "7 users added, 1 row refused.", "old")
	b.Open("/admin/users/import").Sees("django.csv", "Done")

	const phrase = "correct horse b\u00e2ttery"
	for _, name := range []string{"pia", "bea", "ari", "arn", "pas", "pab"} {
		v := a.Browser()
		v.Post("/login", "username", name, "password", phrase+"!").Is(http.StatusUnprocessableEntity)
		want := "/security/authenticators/new"
		if name == "bea" {
			want = "/login/code"
		}
		v.Post("/login", "username", name, "password", phrase).Redirects(want)
		if l, _, err := a.DB.LoginByName(name); err != nil || !strings.HasPrefix(l.Hash, "$argon2id$v=19$m=8192,t=1,p=1$") {
			t.Errorf("%s has the hash %.40q after signing in, %v", name, l.Hash, err)
		}
		a.Browser().Post("/login", "username", name, "password", phrase).Redirects(want)
	}
	a.Browser().Post("/login", "username", "off", "password", phrase).Is(http.StatusUnprocessableEntity)
	bea := a.Browser()
	bea.Post("/login", "username", "bea", "password", phrase)
	a.Clock.Add(30 * time.Second)
	bea.Post("/login/code", "code", a.CodeFor([]byte("Hello!\xde\xad\xbe\xef"))).Redirects("/profile")
}

// TestStory_LargeImport goes on beside the requests.
func TestStory_LargeImport(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	b := a.Browser()
	b.SignIn(a.Admin)
	var file strings.Builder
	file.WriteString("[\n")
	for i := range 2300 {
		if i > 0 {
			file.WriteString(",\n")
		}
		fmt.Fprintf(&file, `{"user": "user-%d", "password_hash": "$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW"}`, i)
	}
	file.WriteString("\n]\n")
	p := b.Upload("/admin/users/import", "file", "users.json", file.String()).Is(http.StatusSeeOther)
	b.Open(p.Header.Get("Location")).Sees("2,300 users would be added, 0 rows refused")
	b.Follow("Next →").Sees("← Previous")
	b.Submit("Import 2,300 users")
	to, _ := url.Parse(p.Header.Get("Location"))
	for range 3000 {
		batch, err := a.DB.Import(to.Query().Get("batch"), a.Admin.ID)
		if err != nil {
			t.Fatal(err)
		}
		if batch.State == store.ImportDone {
			break
		}
		b.Open(to.RequestURI())
	}
	b.Open(to.RequestURI()).Sees("Users imported", "2,300 users added, 0 rows refused.")
}
