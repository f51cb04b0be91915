package main

import (
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"flag"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var fromNothing = flag.Bool("from-nothing", false, "give each build an empty cache, and the second a C compiler whose clock is wrong")

// place is where and by whom a build is made.
type place struct {
	folder      string
	umask       string
	environment []string
}

// TestSU02_TheSameProgramFromElsewhere builds with `make build` in two folders, as two
// people would: other paths, home, umask, language and time zone. Both share the cache of
// whoever runs the test, so that it compiles next to nothing: it shows that no path and
// no surroundings get into the program. With -from-nothing (`make reproducible`) each
// has a cache of its own and everything is compiled twice, the second time on another date.
func TestSU02_TheSameProgramFromElsewhere(t *testing.T) {
	t.Parallel()
	here := place{"latchkey", "022", []string{"TZ=UTC", "LANG=C", "HOME=" + t.TempDir(), "USER=ada"}}
	there := place{"a folder/of somebody/else", "077", []string{"TZ=Asia/Kathmandu", "LANG=de_DE.UTF-8", "LC_ALL=C.UTF-8", "HOME=" + t.TempDir(), "USER=grace", "SOURCE_DATE_EPOCH=1"}}
	// Both copies are made first, since somebody may go on working here meanwhile.
	here.folder, there.folder = copied(t, here.folder), copied(t, there.folder)
	first := built(t, here, "")
	second := built(t, there, wrongClock(t))
	if one, other := hashed(t, first), hashed(t, second); one != other {
		t.Errorf("%s has the SHA-256 %s, and %s %s", first, one, second, other)
	} else {
		t.Logf("both have the SHA-256 %s", one)
	}
	info, err := buildinfo.ReadFile(first)
	if err != nil {
		t.Fatal(err)
	}
	linked := allParts(t)
	for _, module := range info.Deps {
		if !slices.ContainsFunc(linked, func(p part) bool { return p.name == module.Path && p.version == module.Version }) {
			t.Errorf("%s %s is linked, and neither the licences nor the bill of materials know it", module.Path, module.Version)
		}
	}
}

// built builds the copy of the repository at a place and returns the program.
func built(t *testing.T, p place, path string) string {
	t.Helper()
	cache := goSays(t, "GOCACHE")
	if *fromNothing {
		cache = t.TempDir()
	}
	command := exec.Command("sh", "-c", `umask "$0" && exec make build`, p.umask)
	command.Dir = p.folder
	command.Env = append([]string{"PATH=" + path + os.Getenv("PATH"), "GOCACHE=" + cache, "GOMODCACHE=" + goSays(t, "GOMODCACHE"), "GOPROXY=" + goSays(t, "GOPROXY"), "GOFLAGS=-modcacherw"}, p.environment...)
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("make build in %s: %v\n%s", p.folder, err, out)
	}
	return filepath.Join(p.folder, "bin/latchkey")
}

func goSays(t *testing.T, variable string) string {
	t.Helper()
	value, err := goTells(root, "env", variable)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(value)
}

func hashed(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// copied copies what a build needs into a new folder of this name, and returns its path.
func copied(t *testing.T, name string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), name)
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if slices.Contains([]string{".git", "bin", "data", "node_modules", "testdata", "screenshots"}, entry.Name()) {
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil // the .git of a work tree is a file
		}
		name, _ := filepath.Rel(root, path)
		target := filepath.Join(to, name)
		if entry.IsDir() {
			return os.MkdirAll(target, 0o755)
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(target, content, 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
	return to
}

// clock is what the C compiler is told when it asks for the time: 30 years from 1970.
const clock = `#include <time.h>
#include <sys/time.h>
time_t time(time_t *t) { if (t) *t = 946684800; return 946684800; }
int gettimeofday(struct timeval *restrict v, void *restrict z) { v->tv_sec = 946684800; v->tv_usec = 0; return 0; }
`

// wrongClock returns the beginning of a PATH in which gcc lives in the year 2000. It is for
// builds from nothing only, since nothing else is compiled.
func wrongClock(t *testing.T) string {
	t.Helper()
	if !*fromNothing {
		return ""
	}
	folder := t.TempDir()
	write := func(name, text string, mode fs.FileMode) string {
		name = filepath.Join(folder, name)
		if err := os.WriteFile(name, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		return name
	}
	gcc, err := exec.LookPath("gcc")
	if err != nil {
		t.Fatal(err)
	}
	library := filepath.Join(folder, "clock.so")
	if out, err := exec.Command(gcc, "-shared", "-fPIC", "-o", library, write("clock.c", clock, 0o644)).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	wrapper := write("gcc", "#!/bin/sh\nLD_PRELOAD='"+library+"' exec "+gcc+" \"$@\"\n", 0o755)
	date, err := exec.Command(wrapper, "-E", "-P", write("date.c", "__DATE__\n", 0o644)).Output()
	if err != nil || !strings.Contains(string(date), "2000") {
		t.Fatalf("the clock of gcc is not wrong: %s, %v", date, err)
	}
	return folder + string(os.PathListSeparator)
}
