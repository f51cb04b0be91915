package faults

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"filippo.io/age"

	"latchkey/internal/factor"
)

// machine is a folder that stands for the file system of one: its user works in home, and every
// absolute path of a command is below it.
type machine struct {
	root, home string
	env        []string
}

// newMachine is one that reaches the vault at the path given, and has the program if it is
// installed there.
func newMachine(t *testing.T, vault string, installed bool) machine {
	t.Helper()
	root := t.TempDir()
	m := machine{root: root, home: filepath.Join(root, "home")}
	for _, folder := range []string{"home/bin", "usr/local/bin", "var/lib", "stubs"} {
		if err := os.MkdirAll(filepath.Join(root, folder), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	at := filepath.Join(m.home, "bin", "latchkey")
	if installed {
		at = filepath.Join(root, "usr/local/bin/latchkey")
	}
	if err := os.Symlink(built(t), at); err != nil {
		t.Fatal(err)
	}
	// An address of its own has its port free.
	addr := fmt.Sprintf("127.%d.%d.%d:8080", 1+rand.IntN(200), rand.IntN(256), 1+rand.IntN(250))
	m.env = []string{
		"PATH=" + strings.Join([]string{filepath.Join(root, "stubs"), filepath.Join(root, "usr/local/bin"), os.Getenv("PATH")}, ":"),
		"HOME=" + m.home, "VAULT=" + vault, "LATCHKEY_ADDR=" + addr, "LATCHKEY_PASSWORD_HASH=argon2id:19MiB:2:1",
	}
	m.stub(t, "scp", `for a; do case $a in vault.example:*) a=$VAULT/${a#vault.example:};; esac; set -- "$@" "$a"; shift; done; exec cp -- "$@"`)
	m.stub(t, "ssh", `[ "$1" = vault.example ] && shift && cd "$VAULT" && exec sh -c "$*"`)
	return m
}

// stub puts a script in the place of a program that reaches other machines, or may be missing.
func (m machine) stub(t *testing.T, name, script string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(m.root, "stubs", name), []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
}

// shell runs a block of commands as it stands on the page, below the root of the machine.
func (m machine) shell(t *testing.T, block string) *exec.Cmd {
	t.Helper()
	c := exec.CommandContext(t.Context(), "sh", "-euc", strings.ReplaceAll(block, " /", " "+m.root+"/"))
	c.Dir, c.Env = m.home, m.env
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	return c
}

// does runs a block that has to succeed.
func (m machine) does(t *testing.T, block string) string {
	t.Helper()
	out, err := m.shell(t, block).CombinedOutput()
	if err != nil {
		t.Fatalf("the page says\n%s\n%v: %s", block, err, out)
	}
	return string(out)
}

// serves runs a block that serves, until the test ends or end is called.
func (m machine) serves(t *testing.T, block string) (end func()) {
	t.Helper()
	c := m.shell(t, block)
	said, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	end = func() { _ = syscall.Kill(-c.Process.Pid, syscall.SIGKILL); _ = c.Wait() }
	lines := bufio.NewScanner(said)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "Setup:") {
			t.Error("what was restored offers to be set up")
		}
		if strings.HasPrefix(lines.Text(), "Listening on ") {
			return end
		}
	}
	end()
	t.Fatalf("the page says\n%s\nand nobody serves", block)
	return nil
}

// drill is the blocks of commands of a section of docs/operating.md.
func drill(t *testing.T, section string) (blocks []string) {
	t.Helper()
	text, err := os.ReadFile("../../docs/operating.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "\n### "+section+"\n")
	rest, _, _ = strings.Cut(rest, "\n### ")
	for _, m := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(rest, -1) {
		blocks = append(blocks, m[1])
	}
	return blocks
}

// keygen is what age-keygen does, with an identity that the test knows.
func keygen(t *testing.T) string {
	t.Helper()
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf(`case $1 in -o) echo %s > "$2";; -y) [ -s "$2" ] && echo %s;; *) exit 2;; esac`, id, id.Recipient())
}

// addThree adds the people whom the page names.
func addThree(t *testing.T, data string) {
	t.Helper()
	more := "username,password_hash,otp_secret\n"
	for _, name := range []string{"ada", "mallory", "grace"} {
		more += name + ",$2b$04$abcdefghijklmnopqrstuuJ0WYDO5kFXkKHb5uJ2dc3YwQbqZcpa6," + factor.EncodeSecret(factor.NewSecret()) + "\n"
	}
	file := filepath.Join(t.TempDir(), "more.csv")
	if err := os.WriteFile(file, []byte(more), 0o600); err != nil {
		t.Fatal(err)
	}
	must(t, data, "import", file)
}

// TestBA01_LosingTheMachine does what docs/operating.md says, command by command: it makes a backup on
// another machine, loses the first, and goes on on a third.
func TestBA01_LosingTheMachine(t *testing.T) {
	t.Parallel()
	blocks := drill(t, "Losing the machine")
	if len(blocks) != 9 {
		t.Fatalf("%d blocks of commands, want 9", len(blocks))
	}
	vault := newMachine(t, "", true)
	vault.stub(t, "age-keygen", keygen(t))
	server := newMachine(t, vault.home, true)
	p := instance(t).copied(t, filepath.Join(server.root, "var/lib/latchkey"))
	s := start(t, p.data, how{})
	addThree(t, p.data)
	session := p.users[0].must(t, s, 0)

	vault.does(t, blocks[0])
	server.does(t, blocks[1])
	server.does(t, blocks[2])
	if out := vault.does(t, blocks[3]); !strings.Contains(out, fmt.Sprint(len(p.users)+len(p.administrators)+3, " users")) {
		t.Errorf("the vault says %q", out)
	}
	s.kill()
	if err := os.RemoveAll(server.root); err != nil {
		t.Fatal(err)
	}

	fresh := newMachine(t, vault.home, false)
	fresh.does(t, blocks[4])
	if out := fresh.does(t, blocks[5]); !strings.Contains(out, "restore.done") {
		t.Errorf("the new machine says %q", out)
	}
	end := fresh.serves(t, blocks[6])
	defer end()
	if out := fresh.does(t, blocks[7]); strings.Contains(out, "\nbroken") {
		t.Errorf("check says %s", out)
	}
	if out := fresh.does(t, blocks[8]); strings.Count(out, "https://login.example/") != 2 {
		t.Errorf("the commands for those who changed since say %s", out)
	}
	end()
	p.data = filepath.Join(fresh.root, "var/lib/latchkey")
	s = start(t, p.data, how{})
	if session.at(s).signedIn() {
		t.Error("a session from before works")
	}
	if b, a := p.users[0].signIn(s, 1); !b.signedIn() {
		t.Errorf("%s cannot sign in: %d %.200s", p.users[0].name, a.status, a.body)
	}
}
