package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestDeploy_Unit: systemd itself finds nothing wrong with the unit.
func TestDeploy_Unit(t *testing.T) {
	t.Parallel()
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("skipped: systemd-analyze is not installed")
	}
	unit, err := os.ReadFile("../../docs/deploy/latchkey.service")
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(unit), "/usr/local/bin/latchkey serve", program+" serve", 1)
	path := filepath.Join(t.TempDir(), "latchkey.service")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(analyze, "verify", "--man=no", path).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}
}

// TestDeploy_VariablesAndVersion: a variable that the program does not know keeps it from
// starting, and the image is the one that make docker builds.
func TestDeploy_VariablesAndVersion(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	for _, file := range []string{"latchkey.service", "compose.yaml"} {
		text, err := os.ReadFile("../../docs/deploy/" + file)
		if err != nil {
			t.Fatal(err)
		}
		found := regexp.MustCompile(`LATCHKEY_[A-Z_]+`).FindAllString(string(text), -1)
		if len(found) == 0 {
			t.Errorf("%s names no variable", file)
		}
		for _, variable := range found {
			command := exec.Command("latchkey", "version")
			command.Dir, command.Env = folder, []string{"PATH=" + os.Getenv("PATH"), variable + "=x"}
			if out, err := command.CombinedOutput(); err != nil {
				t.Errorf("%s: %s", file, out)
			}
		}
		if image := regexp.MustCompile(`image: latchkey:(\S+)`).FindStringSubmatch(string(text)); image != nil && image[1] != version {
			t.Errorf("%s has version %s, this is %s", file, image[1], version)
		}
	}
}
