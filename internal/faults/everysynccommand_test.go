package faults

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
)

// process is a run of the program that is killed on its way, and done once more after that.
type process struct {
	name string
	// prepare makes a folder as it is before.
	prepare func(t *testing.T) people
	args    func(data string) []string
	// folder is the data folder that the command is given; nil for that of the people.
	folder func(data string) string
	// again is what an operator does after it; nil to run the same once more.
	again func(t *testing.T, data string)
	// judge looks at the folder after that.
	judge func(t *testing.T, p people) error
}

var processes = []process{
	{
		name: "migration", prepare: olderSchema,
		args:  func(data string) []string { return []string{"migrate"} },
		judge: peopleAreThere,
	},
	{
		name: "rekey", prepare: func(t *testing.T) people {
			p := instance(t)
			must(t, p.data, "keys", "rotate")
			return p
		},
		args: func(string) []string { return []string{"keys", "rekey"} },
		judge: func(t *testing.T, p people) error {
			s := start(t, p.data, how{})
			defer s.kill()
			for i := range 3 {
				if b, a := p.users[i].signIn(s, 0); !b.signedIn() {
					return fmt.Errorf("%s is answered %d", p.users[i].name, a.status)
				}
			}
			db := database(t, p.data)
			defer db.Close()
			if got := value(t, db, `SELECT count(DISTINCT substr(sealed, 1, instr(substr(sealed, 3), '.'))) FROM authenticators`); got != "1" {
				return fmt.Errorf("secrets are sealed under %s keys", got)
			}
			return nil
		},
	},
	{
		name: "import", prepare: func(t *testing.T) people { return instance(t) },
		args: func(data string) []string {
			return []string{"import", filepath.Join(filepath.Dir(data), "more.csv")}
		},
		again: func(*testing.T, string) {},
		judge: func(t *testing.T, p people) error {
			db := database(t, p.data)
			defer db.Close()
			switch got := value(t, db, `SELECT count(*) FROM users WHERE username LIKE 'more-%'`); got {
			case "0", "30":
				return nil
			default:
				return fmt.Errorf("%s of 30 users were imported", got)
			}
		},
	},
	{
		name: "backup", prepare: func(t *testing.T) people { return instance(t) },
		args:  func(data string) []string { return []string{"backup", archiveBeside(data)} },
		again: backedUpAgain,
		judge: archiveIsWhole,
	},
	{
		name: "restore", prepare: func(t *testing.T) people {
			p := instance(t)
			must(t, p.data, "backup", archiveIn(p.data))
			return p
		},
		args:   func(data string) []string { return []string{"restore", archiveIn(data)} },
		folder: restoredBeside,
		again:  restoredAgain,
		judge: func(t *testing.T, p people) error {
			p.data = restoredBeside(p.data)
			return restoredWhole(t, p)
		},
	},
}

// TestAV03_CommandsKilledAtEverySync does the same to commands, from their beginning.
func TestAV03_CommandsKilledAtEverySync(t *testing.T) {
	t.Parallel()
	needStrace(t)
	for _, p := range processes {
		if !*long && p.name == "import" {
			continue
		}
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			p.killAtEvery(t, syncs)
			if *long {
				p.killAtEvery(t, writes)
			}
		})
	}
}

func (c process) killAtEvery(t *testing.T, calls string) {
	t.Helper()
	before := c.prepare(t)
	killed := 0
	for nth := 1; ; nth = someOf(nth, calls) {
		p := before.copied(t, filepath.Join(t.TempDir(), "data"))
		more := "username,password_hash\n"
		for i := range 30 {
			more += fmt.Sprintf("more-%d,%s\n", i, "$2b$04$abcdefghijklmnopqrstuuJ0WYDO5kFXkKHb5uJ2dc3YwQbqZcpa6")
		}
		if err := os.WriteFile(filepath.Join(filepath.Dir(p.data), "more.csv"), []byte(more), 0o600); err != nil {
			t.Fatal(err)
		}
		folder := p.data
		if c.folder != nil {
			folder = c.folder(p.data)
		}
		x := killAt(t, nth, calls, append(append([]string{built(t)}, c.args(p.data)...), "--data", folder)...)
		<-x.ended
		_ = x.strace.Wait()
		if x.calls.Load() < int64(nth) {
			break // it came to its end
		}
		killed++
		if c.again != nil {
			c.again(t, p.data)
		} else if out, err := command(t, p.data, c.args(p.data)...); err != nil {
			t.Errorf("%s, killed at %d of %s: the same once more: %v: %s", c.name, nth, calls, err, out)
		}
		if err := c.judge(t, p); err != nil {
			t.Errorf("%s, killed at %d of %s: %v\nstrace: %s", c.name, nth, calls, err, x.text())
		}
	}
	if killed == 0 {
		t.Errorf("%s was killed nowhere", c.name)
	}
	if *long {
		t.Logf("%s: killed at %d places (%s)", c.name, killed, calls)
	}
}

// next is the place after this one. Of the writes, of which there are hundreds, the first are
// all taken, and ever fewer of the rest.
func next(nth int, calls string) int {
	if calls == writes {
		return nth + 1 + nth/8
	}
	return nth + 1
}

// someOf is next where not all are tried: after 1 comes 2, then 4, 7, 11.
func someOf(nth int, calls string) int {
	if *long {
		return next(nth, calls)
	}
	return nth + 1 + nth/2
}

// peopleAreThere wants everybody who was there before to be able to sign in.
func peopleAreThere(t *testing.T, p people) error {
	if got := integrity(t, p.data); got != "ok" {
		return fmt.Errorf("integrity_check: %s", got)
	}
	if out, err := command(t, p.data, "audit", "verify"); err != nil {
		return fmt.Errorf("audit verify: %s", out)
	}
	s := start(t, p.data, how{})
	defer s.kill()
	s.ready(t, http.StatusOK)
	if b, a := p.users[0].signIn(s, 0); !b.signedIn() {
		return fmt.Errorf("%s is answered %d", p.users[0].name, a.status)
	}
	copies, err := filepath.Glob(filepath.Join(p.data, "*.schema-*Z*"))
	if err != nil || len(copies) == 0 {
		return fmt.Errorf("there is no copy from before the migration, %v", err)
	}
	for _, path := range copies {
		if got := integrityOf(t, path); got != "ok" {
			return fmt.Errorf("%s: %s", path, got)
		}
	}
	return nil
}
