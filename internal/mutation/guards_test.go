package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// atRoot works where the commands do. Nothing here runs beside it.
func atRoot(t *testing.T) {
	t.Helper()
	t.Chdir("../..")
}

// TestSU05_GuardsStandWhereTheTableSays: each guard is found once in its file, and with all of
// them in it the code still compiles, so that `make mutants` works whenever it is needed.
func TestSU05_GuardsStandWhereTheTableSays(t *testing.T) {
	atRoot(t)
	if len(guards) < 40 {
		t.Errorf("only %d guards", len(guards))
	}
	names := map[string]bool{}
	for i, g := range guards {
		text, err := os.ReadFile(g.file)
		if err == nil {
			_, err = g.patch(i+1, string(text))
		}
		if err != nil {
			t.Error(err)
		}
		if names[g.what] || g.what == "" || g.id == "" || g.pkg == "" || g.tests == "" {
			t.Errorf("%+v is named twice, or lacks something", g)
		}
		names[g.what] = true
	}
	if t.Failed() {
		return
	}
	name, _, err := overlayOf(t.TempDir(), guards)
	if err != nil {
		t.Fatal(err)
	}
	var folders []string
	for _, g := range guards {
		folders = append(folders, "./"+filepath.Dir(g.file))
	}
	args := append([]string{"build"}, withOverlay(name)...)
	if said, err := exec.Command("go", append(args, folders...)...).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, said)
	}
}

// TestSU05_AFewGuardsAreMissed takes those of two small packages out, as `make mutants` does
// with all of them.
func TestSU05_AFewGuardsAreMissed(t *testing.T) {
	atRoot(t)
	few := slices.DeleteFunc(slices.Clone(guards), func(g guard) bool { return g.pkg != "secret" && g.pkg != "web/forms" })
	missed, err := takeOut(t.TempDir(), few)
	if err != nil || missed > 0 || len(few) < 5 {
		t.Errorf("%d of %d are not missed: %v", missed, len(few), err)
	}
	// A guard that no test minds is told.
	few = []guard{{"nothing", "-", "internal/secret/seal.go", `return version, id, body, first && second`, `return version, id, body, second && first`, "secret", "OT05_"}}
	if missed, err := takeOut(t.TempDir(), few); missed != 1 || err != nil {
		t.Errorf("what changes nothing is missed: %d, %v", missed, err)
	}
}

// TestSU05_NoProgramHoldsASwitch: what is built as it is released has no switch in it, and with
// the switches it cannot be built but with the tag.
func TestSU05_NoProgramHoldsASwitch(t *testing.T) {
	atRoot(t)
	out, err := exec.Command("go", "list", "-deps", "./cmd/latchkey").Output()
	if err != nil || !strings.Contains(string(out), "latchkey/internal/auth") {
		t.Fatal(err)
	}
	if strings.Contains(string(out), "mutation") {
		t.Error("the program imports package mutation")
	}
	name, _, err := overlayOf(t.TempDir(), guards)
	if err != nil {
		t.Fatal(err)
	}
	said, err := exec.Command("go", "build", "-overlay", name, "-o", os.DevNull, "./internal/auth").CombinedOutput()
	if err == nil || !strings.Contains(string(said), "mutant.In") {
		t.Errorf("the switches compile without the tag mutants: %v\n%s", err, said)
	}
}
