package files

import "testing"

// TestLO06_NamesOfDownloadsInjectNothing: whatever is in a name, the header has one name of
// a file, and no path.
func TestLO06_NamesOfDownloadsInjectNothing(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"users-2026-11-28.csv":  `attachment; filename="users-2026-11-28.csv"`,
		"a\"; filename=\"b.exe": `attachment; filename="a___filename__b.exe"`,
		"a\r\nSet-Cookie: x=1":  `attachment; filename="a__Set-Cookie__x_1"`,
		"../../etc/passwd":      `attachment; filename=".._.._etc_passwd"`,
		"C:\\autoexec.bat":      `attachment; filename="C__autoexec.bat"`,
		"gpj.\u202eexe":         `attachment; filename="gpj._exe"`,
		"\xff":                  `attachment; filename="_"`,
	} {
		if got := Attachment(name); got != want {
			t.Errorf("%q: %s, want %s", name, got, want)
		}
	}
}
