package importer

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"latchkey/internal/factor"
	"latchkey/internal/user"
)

func TestTutorialFixture(t *testing.T) {
	t.Parallel()
	rows, err := readAll(fixture, FormatTutorial)
	if err != nil {
		t.Fatal(err)
	}
	want := []Row{
		{
			Number: 1, Given: "johndoe", Username: "johndoe", Name: "John Doe", Email: "johndoe@example.com", EmailCanonical: "johndoe@example.com",
			Role: user.RoleAdmin, PasswordHash: johnHash,
		},
		{
			Number: 2, Given: "alicewonderland", Username: "alicewonderland", Name: "Alice Wonderland", Email: "alice@example.com", EmailCanonical: "alice@example.com",
			Role: user.RoleUser, PasswordHash: goodHash,
		},
		{
			Number: 3, Given: "bob.disabled", Username: "bob.disabled", Name: "Bob Disabled", Email: "bob@example.com", EmailCanonical: "bob@example.com",
			Role: user.RoleUser, Disabled: true, PasswordHash: goodHash,
		},
		{Number: 4, Given: "carol", Username: "carol", Name: `Carol "Née" O'Brien <b>`, Role: user.RoleUser, PasswordHash: goodHash},
		{
			Number: 5, Given: "dave", Username: "dave", Role: user.RoleUser, PasswordHash: goodHash,
			Notes: []string{`The role "moderator" becomes user.`}, Problems: []string{"The authenticator secret is not base32."},
		},
		{
			Number: 6, Given: "Johndoe", Username: "johndoe", Name: "Case Clash", Email: "john2@example.com", EmailCanonical: "john2@example.com",
			Role: user.RoleUser, PasswordHash: goodHash,
		},
		{
			Number: 7, Given: "erin", Username: "erin", Name: "Erin Nohash", Email: "erin@example.com", EmailCanonical: "erin@example.com",
			Role: user.RoleUser, Problems: []string{"The password hash is in a format we cannot verify."},
		},
	}
	if diff := cmp.Diff(want, rows, cmpopts.IgnoreFields(Row{}, "TOTPSecret")); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	for i, want := range []string{"LGLEREYEPVVWTLYO", "JBSWY3DPEHPK3PXP", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "", "", "LGLEREYEPVVWTLYO", "LGLEREYEPVVWTLYO"} {
		if got := factor.EncodeSecret(rows[i].TOTPSecret); got != want {
			t.Errorf("the secret of row %d is %q, want %q", i+1, got, want)
		}
	}
}
