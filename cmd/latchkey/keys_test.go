package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"latchkey/internal/audit"
	"latchkey/internal/bench/seed"
	"latchkey/internal/keys"
	"latchkey/internal/program"
	"latchkey/internal/secret"
	"latchkey/internal/store"
)

// killed runs a command on a folder and kills it at the so manieth of some system calls; done
// says that it came to its end before.
func killed(t *testing.T, folder string, calls string, when int, args ...string) (done bool) {
	t.Helper()
	inject := fmt.Sprintf("inject=%s:signal=KILL:when=%d", calls, when)
	command := exec.Command("strace", append([]string{"-f", "-qq", "-o", os.DevNull, "-e", "trace=" + calls, "-e", inject, "latchkey"}, append(args, "--data", folder)...)...)
	command.Env = []string{"PATH=" + os.Getenv("PATH"), "GOMAXPROCS=1"} // so that one thread makes most of them
	out, err := command.CombinedOutput()
	if err == nil {
		return true
	}
	exit, ok := errors.AsType[*exec.ExitError](err)
	if !ok {
		t.Fatal(err)
	}
	status, ok := exit.Sys().(syscall.WaitStatus)
	if killed := ok && status.Signaled() && status.Signal() == syscall.SIGKILL || exit.ExitCode() == 128+int(syscall.SIGKILL); !killed {
		t.Fatalf("%v with %s: %v\n%s", args, inject, err, out)
	}
	return false
}

// wholeFolder opens a folder as a command does, and fails if anything in it is lost: a value whose key is gone, a row
// of the audit log, an authenticator that does not open.
func wholeFolder(t *testing.T, folder string, phone []byte) (keys.Listed, *program.Program) {
	t.Helper()
	p, err := program.Open(context.Background(), folder, program.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	all, err := keys.List(context.Background(), p.Instance)
	if err != nil {
		t.Fatal(err)
	}
	for kind, n := range all.Lost {
		if n > 0 {
			t.Fatalf("%d %s are under no key of the file", n, kind)
		}
	}
	if _, _, err := p.DB.VerifyAudit(context.Background(), p.Instance.Ring, ""); err != nil {
		t.Fatal(err)
	}
	rows, err := p.DB.SealedUnderOthers(context.Background(), store.KeptAuthenticators, store.SealedRow{}, secret.NewRing().Newest(), 10000)
	if err != nil || len(rows) == 0 {
		t.Fatalf("%d authenticators, %v", len(rows), err)
	}
	for _, row := range rows {
		text, err := p.Instance.OpenTOTP(row.Sealed, row.Place[0], row.Place[1])
		if err != nil || !bytes.Equal(text, phone) {
			t.Fatalf("the authenticator %s: %v", row.Key, err)
		}
	}
	return all, p
}

// TestCR04_KilledAtEveryStep: a rotation and a rekeying that are killed anywhere leave everything in
// its place, and are finished by the same command.
func TestCR04_KilledAtEveryStep(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("strace"); err != nil {
		t.Skip("strace is not here: ", err)
	}
	base := filepath.Join(t.TempDir(), "base")
	person, err := seed.Command{Users: 450, Data: base}.Fill(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	latchkeyOn(t, base, "keys", "rotate")
	for name, c := range map[string]struct {
		calls string
		every int // so that the writes, of which there are many, do not take long
	}{
		"syncs":   {"fsync,fdatasync", 1},
		"renames": {"rename,renameat,renameat2", 1},
		"removes": {"unlink,unlinkat", 1},
		"writes":  {"pwrite64", 20},
	} {
		for _, command := range []string{"rotate", "rekey"} {
			t.Run(command+" "+name, func(t *testing.T) {
				t.Parallel()
				n := 0
				for when := 1; ; when += c.every {
					folder := filepath.Join(t.TempDir(), "data")
					copyFolder(t, base, folder)
					if killed(t, folder, c.calls, when, "keys", command) {
						break
					}
					n++
					before, p := wholeFolder(t, folder, person.Key)
					if err := p.Close(); err != nil {
						t.Fatal(err)
					}
					latchkeyOn(t, folder, "keys", command)
					after, p := wholeFolder(t, folder, person.Key)
					expectFinished(t, p, command, before, after)
					if err := errors.Join(p.Close(), os.RemoveAll(folder)); err != nil {
						t.Fatal(err)
					}
				}
				if n == 0 && name != "removes" && !(command == "rekey" && name == "renames") {
					t.Errorf("it was never killed")
				}
			})
		}
	}
}

// expectFinished looks at what the second run of a command has done.
func expectFinished(t *testing.T, p *program.Program, command string, before, after keys.Listed) {
	t.Helper()
	rotations, err := p.DB.AuditEntries(context.Background(), store.AuditFilter{Event: audit.KeysRotated, Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	// Each key but the first has its row, whoever wrote it.
	if len(rotations) != len(after.Keys)-1 {
		t.Errorf("%d keys and %d rotations in the audit log", len(after.Keys), len(rotations))
	}
	noted, err := p.DB.KeyCheckUnder()
	if err != nil || noted != p.Instance.Ring.Newest() {
		t.Errorf("the key check value is under %s, the newest key is %s, %v", noted, p.Instance.Ring.Newest(), err)
	}
	entries, err := os.ReadDir(filepath.Dir(p.DB.Path()))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			t.Errorf("%s is left over", e.Name())
		}
	}
	for _, k := range after.Keys {
		if command == "rekey" && !k.Newest && k.Sealed() > 0 {
			t.Errorf("under the old key %s: %v", k.ID, k.Under)
		}
	}
	if n := len(after.Keys) - len(before.Keys); command == "rekey" && n != 0 || n < 0 || n > 1 {
		t.Errorf("%d keys before the second run, %d after", len(before.Keys), len(after.Keys))
	}
}

func copyFolder(t *testing.T, from, to string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{".", "latchkey.key", "latchkey.db"} {
		mode := os.FileMode(0o600)
		if name == "." {
			mode = 0o700
		}
		if err := os.Chmod(filepath.Join(to, name), mode); err != nil {
			t.Fatal(err)
		}
	}
}

// latchkeyOn runs a command on a folder.
func latchkeyOn(t *testing.T, folder string, args ...string) {
	t.Helper()
	command := exec.Command("latchkey", append(args, "--data", folder)...)
	command.Env = []string{"PATH=" + os.Getenv("PATH")}
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("latchkey %v: %v\n%s", args, err, out)
	}
}
