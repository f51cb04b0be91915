package main

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	texts "latchkey/internal/licences"
)

const root = "../.."

var everyPart = sync.OnceValues(func() ([]part, error) { return partsOf(root) })

func allParts(t *testing.T) []part {
	t.Helper()
	parts, err := everyPart()
	if err != nil {
		t.Fatal(err)
	}
	return parts
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestSU03_EveryLinkedModuleHasALicence: what `latchkey version --licences` prints is what
// the modules that are linked say today, and each is a licence that was looked at.
func TestSU03_EveryLinkedModuleHasALicence(t *testing.T) {
	t.Parallel()
	want, err := licences(allParts(t))
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	if err := texts.WriteTo(&got); err != nil {
		t.Fatal(err)
	}
	if got.String() != want {
		t.Error("the licences in the program are not those of what is linked: run make licences")
	}
	for _, p := range allParts(t) {
		if len(p.texts) == 0 {
			t.Errorf("%s has no text", p.name)
		}
	}
}

// TestSU03_NoLicenceOfOursIsForgotten: a licence that lies in the repository belongs to
// something that is embedded, or to tests.
func TestSU03_NoLicenceOfOursIsForgotten(t *testing.T) {
	t.Parallel()
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && slices.Contains([]string{".git", "bin", "data", "node_modules", "testdata"}, entry.Name()) {
			return fs.SkipDir
		}
		inFolder := filepath.Base(filepath.Dir(path)) == "licenses"
		if entry.IsDir() || !inFolder && (!licenceFile.MatchString(entry.Name()) || slices.Contains([]string{".go", ".templ"}, filepath.Ext(path))) {
			return nil
		}
		name, _ := filepath.Rel(root, path)
		for _, k := range kept {
			if slices.Contains(k.licences, filepath.ToSlash(name)) {
				return nil
			}
		}
		t.Errorf("%s is in no part of `kept`, so the program does not print it", name)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestSU03_UnknownLicencesAreNoLicences(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Permission is hereby granted, free of charge, to any person … THE SOFTWARE IS PROVIDED “AS IS”":     "MIT",
		"Apache License\n   Version 2.0, January 2004":                                                       "Apache-2.0",
		"Redistribution and use in source and binary forms, with or without modification … Neither the name": "BSD-3-Clause",
		"GNU GENERAL PUBLIC LICENSE Version 3":                                                               unknown,
		"Mozilla Public License Version 2.0":                                                                 unknown,
		"Copyright (c) somebody. All rights reserved.":                                                       unknown,
		"": unknown,
	} {
		if got := identify(text); got != want {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
	}
	for _, ids := range [][]string{nil, {unknown}, {"MIT", unknown}} {
		if _, err := licences([]part{{name: "somebody/module", ids: ids}}); err == nil {
			t.Errorf("a module with the licences %q is accepted", ids)
		}
	}
}

// TestSU03_TheBillNamesEveryModule: docs/latchkey.cdx.json has each part in its version,
// nothing else, and nothing that differs from run to run.
func TestSU03_TheBillNamesEveryModule(t *testing.T) {
	t.Parallel()
	text := read(t, "docs/latchkey.cdx.json")
	var bill struct {
		BomFormat, SerialNumber string
		Metadata                struct {
			Timestamp string
			Component struct{ Name, Version string }
		}
		Components []struct {
			Name, Version string
			Licenses      []struct{ License struct{ ID string } }
		}
	}
	if err := json.Unmarshal([]byte(text), &bill); err != nil {
		t.Fatal(err)
	}
	version := regexp.MustCompile(`const version = "(.*)"`).FindStringSubmatch(read(t, "cmd/latchkey/main.go"))[1]
	if bill.BomFormat != "CycloneDX" || bill.Metadata.Component.Version != "v"+version {
		t.Errorf("%s of %s %s, want one of version %s: run make sbom", bill.BomFormat, bill.Metadata.Component.Name, bill.Metadata.Component.Version, version)
	}
	if bill.SerialNumber != "" || bill.Metadata.Timestamp != "" || strings.Contains(text, "cdx:gomod:binary") {
		t.Error("it has a serial number, a time or a hash of one program")
	}
	wanted := partsOfBill(t)
	for _, c := range bill.Components {
		if want, known := wanted[c.Name]; !known || c.Version != want {
			t.Errorf("%s %s, want %q: run make sbom", c.Name, c.Version, want)
		}
		if len(c.Licenses) == 0 {
			t.Errorf("%s has no licence", c.Name)
		}
		delete(wanted, c.Name)
	}
	for name := range wanted {
		t.Errorf("%s is missing: run make sbom", name)
	}
}

// partsOfBill are the components that the bill has to name, and their versions.
func partsOfBill(t *testing.T) map[string]string {
	t.Helper()
	wanted := map[string]string{}
	for _, p := range allParts(t) {
		wanted[p.name] = p.version
	}
	delete(wanted, "Latchkey") // the bill's own component
	delete(wanted, "Go")
	wanted["std"] = regexp.MustCompile(`(?m)^toolchain (.*)$`).FindStringSubmatch(read(t, "go.mod"))[1]
	return wanted
}

// TestSU03_NothingOfTestsIsInTheProgram: no package of tests or tools is linked.
func TestSU03_NothingOfTestsIsInTheProgram(t *testing.T) {
	t.Parallel()
	out, err := goTells(root, "list", "-deps", "./cmd/latchkey")
	if err != nil {
		t.Fatal(err)
	}
	for name := range strings.FieldsSeq(out) {
		if regexp.MustCompile(`^testing($|/)|/httptest$|/pprof$|^latchkey/internal/(apptest|atonce|attack|bench|e2e|supply)($|/)|^latchkey/.*test$`).MatchString(name) {
			t.Errorf("the program contains %s", name)
		}
	}
}

// modFile is what go.mod says.
type modFile struct {
	Toolchain string
	Require   []struct {
		Path     string
		Indirect bool
	}
	Tool []struct{ Path string }
}

func goMod(t *testing.T) (mod modFile) {
	t.Helper()
	out, err := goTells(root, "mod", "edit", "-json")
	if err == nil {
		err = json.Unmarshal([]byte(out), &mod)
	}
	if err != nil {
		t.Fatal(err)
	}
	return mod
}

// TestSU01_EveryDependencyHasAReason: docs/dependencies.md says why of each module that
// go.mod requires directly, and whether it is in the program.
func TestSU01_EveryDependencyHasAReason(t *testing.T) {
	t.Parallel()
	mod := goMod(t)
	if mod.Toolchain == "" {
		t.Error("go.mod pins no toolchain")
	}
	linked := map[string]bool{}
	for _, p := range allParts(t) {
		linked[p.name] = p.module
	}
	reasons := map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^\| (\S+\.\S+/\S+) \| \S[^|]{19,} \| (program|tests|tool) \|$`).FindAllStringSubmatch(read(t, "docs/dependencies.md"), -1) {
		reasons[m[1]] = m[2]
	}
	for _, r := range mod.Require {
		isTool := slices.ContainsFunc(mod.Tool, func(t struct{ Path string }) bool { return strings.HasPrefix(t.Path, r.Path+"/") })
		where := reasons[r.Path]
		delete(reasons, r.Path)
		switch {
		case r.Indirect && !isTool:
		case where == "":
			t.Errorf("docs/dependencies.md does not say why there is %s", r.Path)
		case (where == "program") != linked[r.Path]:
			t.Errorf("docs/dependencies.md says that %s is for: %s. In the program: %t", r.Path, where, linked[r.Path])
		}
	}
	for path := range reasons {
		t.Errorf("docs/dependencies.md has %s, which go.mod does not require", path)
	}
}
