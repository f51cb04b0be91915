package request

import (
	"strings"
	"testing"

	"latchkey/internal/secret"
)

func links(word string) bool { return word == "invite" || word == "reset" || word == "cancel" }

func TestLO04_PathInTheLog(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/":                                 "/",
		"":                                  "/",
		"/nowhere":                          "/nowhere",
		"/wp-login.php":                     "/wp-login.php",
		"/.env":                             "/.env",
		"/.git/config":                      "/.git/config",
		"/.well-known/security.txt":         "/.well-known/security.txt",
		"/apple-touch-icon-120x120.png":     "/…",
		"/apple-touch-icon-precomposed.png": "/apple-touch-icon-precomposed.png",
		"/api/v1/users":                     "/api/v1/users",
		"/2024/01/02":                       "/2024/01/02",
		"/Admin/Users/":                     "/Admin/Users/",
		"//double//slash":                   "//double//slash",
		"/admin/users/k3f9x0q2m7":           "/admin/users/…",
		"/invite":                           "/invite",
		"/invite/":                          "/invite/…",
		"/invite/anything/else":             "/invite/…",
		"/INVITE/anything":                  "/…",
		"/x/invite/anything":                "/x/invite/…",
		"/lost-phone/cancel/word":           "/lost-phone/cancel/…",
		"/setup/7K3QM9XW2FHT0B5C":           "/setup/…",
		"/123456":                           "/…",
		"/a b":                              "/…",
		"/line\nline":                       "/…",
		"/\x1b[31m/x":                       "/…",
		"/\u202egnp":                        "/…",
		"/größe":                            "/…",
		"/a?b=c":                            "/…",
		"/ok/" + strings.Repeat("a", 17):    "/ok/…",
		strings.Repeat("/word", 100):        strings.Repeat("/word", 32) + "/…",
		"/" + strings.Repeat("a.", 200):     "/…",
	} {
		if got := LogPath(path, links); got != want {
			t.Errorf("%q: %q, want %q", path, got, want)
		}
	}
}

// TestLO04_NoTokenInThePath: a link that was mistyped, cut, doubled or glued leaves no
// usable piece of its token in the log.
func TestLO04_NoTokenInThePath(t *testing.T) {
	t.Parallel()
	const piece = 6 // characters: 36 of 256 bits
	for range 5000 {
		k := secret.Token()
		for _, path := range []string{
			"/" + k, "/invit/" + k, "/invite" + k, "/invite" + k[:20], "/Invite/" + k, "/reset/" + k + ".", "/reset/" + k + "/", "/reset/" + k + "=", "/invitee/" + k[:24],
			"/invite/" + k[:20] + "/" + k[20:], "/reste/" + k[:20] + "/" + k[20:], "/x/" + k[:21] + " " + k[21:], "/x-" + k, "/login/" + k + k, "/x/" + k[5:] + ">", "/x/" + k[:10] + "…",
		} {
			got := LogPath(path, links)
			for i := 0; i+piece <= len(k); i++ {
				if strings.Contains(got, k[i:i+piece]) {
					t.Errorf("%q is logged as %q", path, got)
					break
				}
			}
		}
	}
}

func FuzzLO05_PathInTheLog(f *testing.F) {
	f.Add("/wp-login.php")
	f.Add("/\x00\n\u2028")
	f.Fuzz(func(t *testing.T, path string) {
		got := LogPath(path, links)
		if len(got) > 2*maxLogPath || !strings.HasPrefix(got, "/") || strings.Trim(strings.TrimSuffix(got, elided), "/._~-abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != "" {
			t.Errorf("%q: %q", path, got)
		}
	})
}
