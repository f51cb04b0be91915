package e2e

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"latchkey/internal/store/postgrestest"
)

// startNodes starts two nodes on one PostgreSQL, behind an nginx that asks them in turn and knows
// nothing of sessions.
func startNodes(t *testing.T) (nodes [2]server, database, folder string) {
	t.Helper()
	need(t, "nginx", headless, "zbarimg", "oathtool")
	cluster, err := postgrestest.Shared()
	if errors.Is(err, postgrestest.ErrMissing) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	name, err := cluster.Database("")
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := authority()
	if err != nil {
		t.Fatal(err)
	}
	database = cluster.Address(name)
	ports, folders := freePorts(t, 2), [2]string{t.TempDir(), t.TempDir()}
	f := &front{t: t, folder: t.TempDir(), http: ports[0], https: ports[1], certified: certificate, behind: "latchkey"}
	for i := range nodes {
		if i > 0 {
			text, err := os.ReadFile(filepath.Join(folders[0], "latchkey.key"))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(folders[i], "latchkey.key"), text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		nodes[i] = serve(t, "--database", database, "--data", folders[i], "--url", "https://"+publicHost+":"+f.https, "--trusted-proxies", "127.0.0.1")
		f.nodes = append(f.nodes, nodes[i].listen)
	}
	f.start(nginx(f))
	return nodes, database, folders[1]
}

// TestNodes_OneIsKilledInTheMiddle: people go on with the other. Nobody is signed out, what they were told
// stands, and what ends ends in every browser.
func TestNodes_OneIsKilledInTheMiddle(t *testing.T) {
	t.Parallel()
	nodes, database, folder := startNodes(t)
	ann := newTab(t, nodes[0].url)
	app, _ := setUp(ann, nodes[0])
	ann.signOut().fill("Username or email", "ann", "Password", password).press("Sign in").at("/login/code")
	ann.fill("Code", app.code()).press("Continue").at("/profile")
	bob := newTab(t, nodes[0].url)
	bob.open(invite(ann)).fill("New password", guestPassword).press("Set password").at("/security/authenticators/new")
	bob.fill("Name for this app", "Tablet", "6-digit code", bob.scan().code()).press("Turn on").at("/security/recovery-codes")
	codes := recoveryCodes(bob)
	bob.tick("I have saved these codes somewhere safe").press("Finish").at("/profile")
	for _, name := range []string{"Bob One", "Bob Two"} { // by each node
		bob.open("/profile/edit").fill("Name", name).press("Save changes").at("/profile").sees(name)
	}
	bob.open("/profile/edit").fill("Name", "Bob Three")

	nodes[0].kill()

	bob.press("Save changes").at("/profile").sees("Bob Three")
	ann.open("/profile").at("/profile").sees("Ann Lee")
	elsewhere := newTab(t, nodes[0].url)
	elsewhere.open("/login").fill("Username or email", "bob", "Password", guestPassword).press("Sign in").at("/login/code")
	elsewhere.follow("Use a recovery code instead").fill("Recovery code", codes[0]).press("Continue").at("/profile").sees("Bob Three")
	bobs := eval[string](ann.open("/admin/users?q=bob"), "[...document.querySelectorAll('main a')].find((a) => a.innerText.includes('Bob Three')).pathname")
	ann.open(bobs + "/disable").press("Disable").sees("Bob Three")
	for range 2 {
		for _, tab := range []*tab{bob, elsewhere} {
			if at := tab.open("/profile").path(); !strings.HasPrefix(at, "/login") {
				t.Errorf("somebody who is disabled is at %s", at)
			}
		}
		ann.open("/profile").at("/profile")
	}
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(path, "audit", "verify", "--data", folder, "--database", database).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "unbroken") {
		t.Errorf("%v\n%s", err, out)
	}
}
