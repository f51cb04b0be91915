package binary

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// commands is attacks by way of the program's commands: mistyped ones, secrets in the wrong place, folders and files
// that are not what they should be.
var commands = family{"commands", []attack{
	{id: "SU-06/n", requirement: "A mistyped command, flag, value or variable does nothing and is told in one line.", try: func(t *T) string {
		victim, n := t.user(), 0
		for _, args := range [][]string{
			{"frobnicate"}, {"user"}, {"user", "disble", victim.Name}, {"user", "disable"}, {"user", "disable", victim.Name, "now"}, {"user", "disable", victim.Name, "--fore"}, {"user", "delete", victim.Name, "-f"}, {"user", "set-role", victim.Name, "root"}, {"user", "set-role", victim.Name}, {"user", "add", "x", "--role", "root"}, {"serve", "--frob"}, {"serve", "--addr", "nowhere"}, {"serve", "--url", "ftp://x"}, {"serve", "--url", "http://login.example"},
			{"serve", "--url", "https://user:pw@login.example"}, {"serve", "--trusted-proxies", "everyone"}, {"serve", "--trusted-proxies", "10.0.0.0/99"}, {"serve", "--stream-networks", "x"}, {"serve", "--password-hash", "argon2id:1MiB:1:1"}, {"serve", "--password-hash", "md5"}, {"serve", "--log-level", "loud"}, {"serve", "--log-format", "xml"}, {"export", "users", "--format", "xml"}, {"export", "everything"}, {"app", "add", "x"}, {"group", "delete"}, {"audit", "verify", "--head", "x"}, {"import"}, {"import", "a", "b"},
		} {
			said, code := t.cli(nil, "", args...)
			t.holds(code == 2 && strings.Count(strings.TrimSpace(said), "\n") <= 1 || code == 1 && args[0] == "audit", "%v: %d %q", args, code, said)
			n++
		}
		for _, variable := range []string{"LATCHKEY_FROB=1", "LATCHKEY_PASSWORD=x", "LATCHKEY_LOG_LEVEL=loud", "LATCHKEY_URL=ftp://x", "LATCHKEY_TRUSTED_PROXIES=everyone", "latchkey_addr=x", "LATCHKEY_ADMIN=1", "LATCHKEY_DEBUG=true"} {
			said, code := t.cli([]string{variable}, "", "serve", "--addr", "127.0.0.1:0")
			t.holds(code != 0 && !strings.Contains(said, "Listening"), "%s: %d %q", variable, code, said)
			n++
		}
		t.signedIn(victim)
		return fmt.Sprintf("%d of them: a mistake each, and nothing done.", n)
	}},
	{id: "LO-04/o", requirement: "A secret on a command line or in a variable is not repeated with a mistake about it.", try: func(t *T) string {
		const canary = "canary-of-a-command"
		t.secret("a password of a command", canary)
		n := 0
		for _, args := range [][]string{{"serve", "--smtp", "smtp://u:" + canary + "@"}, {"serve", "--smtp", "u:" + canary}, {"serve", "--smtp", "http://u:" + canary + "@mail.example"}, {"serve", "--smtp", "smtp://u:" + canary + "@mail.example:x"}, {"serve", "--smtp", "smtp://u:" + canary + "%zz@mail.example"}, {"serve", "--url", "https://u:" + canary + "@login.example"}, {"user", "add", "eve", "--password=" + canary}, {"user", "add", "eve", "--role=user", "--password-stdin=" + canary}, {"terms", "--password=" + canary}, {"user", "add", "eve", canary}, {"user", "disable", "eve", canary}, {"user", "password-link", "eve", canary}} {
			said, code := t.cli(nil, "", args...)
			t.holds(code != 0 && !strings.Contains(said, canary), "%v: %d %q", args[:len(args)-1], code, said)
			n++
		}
		for _, name := range []string{"LATCHKEY_SMTP", "LATCHKEY_PASSWORD", "LATCHKEY_SECRET_" + "KEY", "LATCHKEY_SMTP_FILE"} {
			said, code := t.cli([]string{name + "=smtp:" + canary}, "", "serve", "--addr", "127.0.0.1:0")
			t.holds(code != 0 && (name == "LATCHKEY_SMTP_FILE" || !strings.Contains(said, canary)), "%s: %d %q", name, code, said)
			n++
		}
		return fmt.Sprintf("%d mistakes: none repeats it.", n)
	}},
	{id: "CR-02/n", requirement: "A key that others read, that is not this one's or that is missing keeps the server from starting.", try: func(t *T) string {
		folder := t.scratch()
		data := filepath.Join(folder, "data")
		key, db := filepath.Join(data, "latchkey.key"), filepath.Join(data, "latchkey.db")
		whole, err := os.ReadFile(key)
		t.must(err)
		for what, harm := range map[string]func(){
			"read by others": func() { t.must(os.Chmod(key, 0o644)) }, "written by others": func() { t.must(os.Chmod(key, 0o622)) }, "cut": func() { t.must(os.WriteFile(key, whole[:len(whole)-9], 0o600)) }, "empty": func() { t.must(os.WriteFile(key, nil, 0o600)) }, "text": func() { t.must(os.WriteFile(key, []byte("changeme\n"), 0o600)) },
			"another": func() {
				t.must(os.WriteFile(key, bytes.Map(func(r rune) rune {
					if r == 'A' {
						return 'B'
					}
					if r == 'a' {
						return 'b'
					}
					return r
				}, whole), 0o600))
			}, "missing": func() { t.must(os.Remove(key)) }, "a folder": func() { t.must(os.Remove(key)); t.must(os.Mkdir(key, 0o700)) },
		} {
			harm()
			out, code := t.startsIn(data)
			t.holds(code != 0 && !strings.Contains(out, "Listening"), "a key that is %s: %d %q", what, code, out)
			os.RemoveAll(key)
			t.must(os.WriteFile(key, whole, 0o600))
		}
		t.must(os.Rename(db, db+".away"))
		out, code := t.startsIn(data)
		t.holds(code != 0 && !strings.Contains(out, "Setup:"), "a key without its database: %d %q", code, out)
		if _, err := os.Stat(db); err == nil {
			t.Error("an empty database was made beside the key")
		}
		return "8 keys and a database that is missing: the server does not start, and no set-up is offered."
	}},
	{id: "SU-06/o", requirement: "A command on a folder that is not a data folder makes and changes nothing there.", try: func(t *T) string {
		file, empty := filepath.Join(t.TempDir(), "file"), t.TempDir()
		t.must(os.WriteFile(file, []byte("mine\n"), 0o600))
		n := 0
		for _, data := range []string{file, empty, filepath.Join(empty, "nothing", "deeper"), "/dev/null", "/proc/self", "/etc/passwd"} {
			for _, args := range [][]string{{"user", "list"}, {"user", "add", "eve", "--role", "admin"}, {"setup-code"}, {"export", "users"}, {"audit", "verify"}} {
				said, code := t.cliIn(data, nil, "", args...)
				t.holds(code != 0 && strings.Count(strings.TrimSpace(said), "\n") == 0, "%s %v: %d %q", data, args, code, said)
				n++
			}
		}
		left, err := os.ReadDir(empty)
		t.must(err)
		content, _ := os.ReadFile(file)
		t.holds(len(left) == 0 && string(content) == "mine\n", "something was made: %v", left)
		return fmt.Sprintf("%d commands on 6 places: refused in one line, and nothing is made.", n)
	}},
	{id: "EX-03/p", requirement: "A command that is given an endless or odd file ends and adds nobody.", try: func(t *T) string {
		t = t.own(proxied, false) // where nobody else adds anybody
		before := len(t.listed())
		for _, path := range []string{"/dev/zero", "/dev/null", "/dev/urandom", "/proc/self/environ", "/proc/self/mem", "/", "/nothing", t.server.Data, filepath.Join(t.server.Data, "latchkey.key")} {
			said, code := t.cli(nil, "", "import", path)
			t.holds(code == 1, "import %s: %d %q", path, code, said)
			t.holds(!strings.Contains(said, "PATH="), "import %s prints what is in it: %q", path, said)
		}
		for _, path := range []string{"/dev/zero", "/dev/urandom", "/", "/nothing"} {
			said, code := t.cli(nil, "", "terms", path)
			t.holds(code == 1 && len(said) < 2000, "terms %s: %d %.200q", path, code, said)
		}
		t.holds(len(t.listed()) == before, "somebody was added")
		return "9 imports and 4 counts of words: each ends with a sentence, and nobody is added."
	}},
	{id: "FD-07/r", requirement: "Commands hold applications, groups and users to the same rules as the pages.", try: func(t *T) string {
		n := 0
		for _, host := range []string{"*", "login.example", "LOGIN.example:443", "a b", "user@x.example", "x.example/path", "x.example:0", "[::1", "x..example"} {
			said, code := t.cli(nil, "", "app", "add", "c"+t.tag(), "--name", "x", "--everyone", "--host", host)
			t.holds(code != 0, "host %s: %q", host, said)
			n++
		}
		for _, args := range [][]string{
			{"app", "add", "../x", "--name", "x", "--everyone", "--host", "ok.example"}, {"app", "add", "ok", "--name", "a\u202eb", "--everyone", "--host", "ok.example"}, {"app", "add", "ok", "--name", "x", "--everyone", "--host", "ok.example", "--launch-url", "javascript:alert(1)"}, {"app", "add", "ok", "--name", "x", "--everyone", "--host", "ok.example", "--launch-url", "https://evil.example/"},
			{"group", "add", "../x"}, {"group", "add", "Admins"}, {"group", "add", "ok", "--label", "a\u202eb"}, {"user", "add", "root"}, {"user", "add", "аdmin"}, {"user", "add", "a@b.example"}, {"user", "add", "12345"}, {"user", "add", "ok", "--name", "a\u202eb"}, {"user", "add", "ok", "--email", "a@b.example,c@d.example"},
		} {
			said, code := t.cli(nil, "", args...)
			t.holds(code != 0, "%v: %q", args, said)
			n++
		}
		return fmt.Sprintf("%d commands that the pages would refuse: refused.", n)
	}},
	{id: "PW-05/n", requirement: "A password that is too short, common or one's own name is refused by a command too.", try: func(t *T) string {
		for _, password := range []string{"", "short", "elevenchars", "passwordpassword", "123456789012345", "qwertyuiopasdfg", "evelynevelyn1", "latchkeylatchkey", "a\x00bcdefghijklmnop", strings.Repeat("x", 2000), "\n\n"} {
			said, code := t.cli(nil, password+"\n", "user", "add", "evelyn", "--password-stdin")
			if !t.holds(code != 0 && (len(password) < 6 || !strings.Contains(said, password)), "%.20q: %d %q", password, code, said) {
				break // the name is taken from now on
			}
		}
		return "11 passwords: refused, and none repeated."
	}},
}}

func TestCommands(t *testing.T) { run(t, &commands) }

// cli runs a command on the server's data and returns all that it printed, and its exit status.
func (t *T) cli(env []string, input string, args ...string) (said string, code int) {
	t.Helper()
	return t.cliIn(t.server.Data, env, input, args...)
}

func (t *T) cliIn(data string, env []string, input string, args ...string) (said string, code int) {
	t.Helper()
	program, err := Program()
	t.must(err)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	c := exec.CommandContext(ctx, program, append(args, "--data", data)...)
	c.Env, c.Stdin = append(environment(), env...), strings.NewReader(input)
	out, err := c.CombinedOutput()
	if ctx.Err() != nil {
		t.Errorf("%v did not end: %v", args, err)
	}
	return string(out), c.ProcessState.ExitCode()
}

// scratch is a folder with a data folder in it that a server has made and left.
func (t *T) scratch() string {
	t.Helper()
	folder := t.TempDir()
	s, err := Start(folder)
	t.must(err)
	t.must(s.Stop())
	return folder
}

// startsIn starts a server on a data folder and returns what it says until it ends, or until it has been running for a while.
func (t *T) startsIn(data string) (said string, code int) {
	t.Helper()
	program, err := Program()
	t.must(err)
	var out bytes.Buffer
	c := exec.Command(program, "serve", "--addr", "127.0.0.1:0", "--data", data)
	c.Env, c.Stdout, c.Stderr = environment(), &out, &out
	t.must(c.Start())
	stop := time.AfterFunc(patience, func() { c.Process.Kill() })
	defer stop.Stop()
	c.Wait()
	return out.String(), c.ProcessState.ExitCode()
}
