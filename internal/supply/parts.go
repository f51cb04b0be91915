package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// part is something that the program contains and that somebody else may have made.
type part struct {
	name    string
	version string // "" where it has none of its own
	module  bool   // a Go module, which the build names by itself
	texts   []string
	ids     []string // SPDX, of all texts
}

// listed is what the go command says about a package.
type listed struct {
	Dir      string
	Standard bool
	GoFiles  []string
	CgoFiles []string
	Module   *struct {
		Path, Version, Dir string
		Main               bool
		Replace            *struct{ Path, Version string }
	}
}

// kept are parts that are no modules: files of the repository that are embedded, by where
// their licences are.
var kept = []struct {
	name     string
	licences []string
}{
	{"Latchkey", []string{"LICENSE"}},
	{"Atkinson Hyperlegible Next (font)", []string{"static/licenses/atkinson-hyperlegible-next.txt"}},
	{"Atkinson Hyperlegible Mono (font)", []string{"static/licenses/atkinson-hyperlegible-mono.txt"}},
	{"zxcvbn-ts (lists of common passwords and words)", []string{"internal/password/blocklist/LICENSE", "internal/password/blocklist/LICENSE-en"}},
	{"stop words (lists for counting words)", []string{"internal/terms/stopwords/LICENSE"}},
}

// partsOf returns everything that the program of this repository contains: what is kept
// in it first, then Go, SQLite and the modules by their names.
func partsOf(root string) ([]part, error) {
	packages, err := packagesOf(root)
	if err != nil {
		return nil, err
	}
	var parts []part
	for _, k := range kept {
		p := part{name: k.name}
		for _, file := range k.licences {
			if err := p.add(filepath.Join(root, file)); err != nil {
				return nil, err
			}
		}
		parts = append(parts, p)
	}
	goRoot, err := goTells(root, "env", "GOROOT")
	if err != nil {
		return nil, err
	}
	golang := part{name: "Go"}
	if err := golang.addFolder(strings.TrimSpace(goRoot)); err != nil {
		return nil, err
	}
	modules, err := modulesOf(packages)
	if err != nil {
		return nil, err
	}
	sqlite, err := sqliteOf(packages)
	return slices.Concat(parts, []part{golang, sqlite}, modules), err
}

func goTells(root string, args ...string) (string, error) {
	command := exec.Command("go", args...)
	command.Dir, command.Stderr = root, os.Stderr
	out, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("go %s: %w", strings.Join(args, " "), err)
	}
	return string(out), nil
}

// packagesOf asks the go command which packages are linked into the program.
func packagesOf(root string) (packages []listed, err error) {
	out, err := goTells(root, "list", "-deps", "-json=Dir,Standard,GoFiles,CgoFiles,Module", "./cmd/latchkey")
	if err != nil {
		return nil, err
	}
	for decoder := json.NewDecoder(strings.NewReader(out)); ; {
		var p listed
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return packages, nil
		} else if err != nil {
			return nil, err
		}
		packages = append(packages, p)
	}
}

// modulesOf returns the modules of these packages with their licences: those of the
// folders from each package up to its module, and those that the code names.
func modulesOf(packages []listed) ([]part, error) {
	modules := map[string]*part{}
	for _, pkg := range packages {
		if pkg.Standard || pkg.Module == nil || pkg.Module.Main {
			continue
		}
		m := pkg.Module
		if m.Replace != nil {
			return nil, fmt.Errorf("%s is replaced: say in docs/dependencies.md why, and teach this program about it", m.Path)
		}
		p := modules[m.Path]
		if p == nil {
			p = &part{name: m.Path, version: m.Version, module: true}
			modules[m.Path] = p
		}
		for folder := pkg.Dir; strings.HasPrefix(folder, m.Dir); folder = filepath.Dir(folder) {
			if err := p.addFolder(folder); err != nil {
				return nil, err
			}
		}
		if err := p.addNamed(pkg); err != nil {
			return nil, err
		}
	}
	var all []part
	for _, name := range slices.Sorted(maps.Keys(modules)) {
		all = append(all, *modules[name])
	}
	return all, nil
}

var (
	licenceFile = regexp.MustCompile(`(?i)^(un)?(licen[cs]e|copying|notice|patents)([-.].*)?$`)
	beside      = regexp.MustCompile(`(?i)^(notice|patents)`)
)

// addFolder adds what in a folder is a licence by its name.
func (p *part) addFolder(folder string) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if entry.Type().IsRegular() && licenceFile.MatchString(entry.Name()) && filepath.Ext(entry.Name()) != ".go" {
			if err := p.add(filepath.Join(folder, entry.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

var named = regexp.MustCompile(`(?m)^// SPDX-License-Identifier: (.+)$`)

// addNamed adds the licences that linked files name, from the folder LICENSES in which
// such projects keep them (reuse.software).
func (p *part) addNamed(pkg listed) error {
	for _, name := range slices.Concat(pkg.GoFiles, pkg.CgoFiles) {
		text, err := os.ReadFile(filepath.Join(pkg.Dir, name))
		if err != nil {
			return err
		}
		for _, m := range named.FindAllStringSubmatch(string(text), -1) {
			for _, id := range regexp.MustCompile(`[\w.+-]+`).FindAllString(m[1], -1) {
				file := filepath.Join(pkg.Module.Dir, "LICENSES", id+".txt")
				if err := p.add(file); err != nil && !errors.Is(err, os.ErrNotExist) {
					return err
				}
			}
		}
	}
	return nil
}

// add adds the text of a licence, once.
func (p *part) add(file string) error {
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	text := strings.TrimSpace(strings.ReplaceAll(string(content), "\r\n", "\n")) + "\n"
	if slices.Contains(p.texts, text) {
		return nil
	}
	p.texts = append(p.texts, text)
	// These stand beside a licence, and give or name something more.
	if beside.MatchString(filepath.Base(file)) {
		return nil
	}
	if id := identify(text); !slices.Contains(p.ids, id) {
		p.ids = append(p.ids, id)
	}
	return nil
}

var (
	sqliteVersion = regexp.MustCompile(`(?m)^#define SQLITE_VERSION +"([\d.]+)"$`)
	sqliteWaiver  = regexp.MustCompile(`(?s)\*\* The author disclaims copyright.*?\*\* +May you share freely[^\n]*\n`)
)

// sqliteOf returns SQLite, which mattn/go-sqlite3 contains: its version, and in the place
// of a licence what its authors say at the head of the file.
func sqliteOf(packages []listed) (part, error) {
	for _, pkg := range packages {
		if pkg.Module == nil || pkg.Module.Path != "github.com/mattn/go-sqlite3" {
			continue
		}
		text, err := os.ReadFile(filepath.Join(pkg.Dir, "sqlite3-binding.h"))
		if err != nil {
			return part{}, err
		}
		version, waiver := sqliteVersion.FindSubmatch(text), sqliteWaiver.Find(text)
		if version == nil || waiver == nil {
			return part{}, errors.New("sqlite3-binding.h does not say its version, or that it is in the public domain")
		}
		said := regexp.MustCompile(`(?m)^\*\* *`).ReplaceAllString(string(waiver), "")
		return part{name: "SQLite", version: string(version[1]), texts: []string{said}, ids: []string{identify(said)}}, nil
	}
	return part{}, errors.New("the program contains no SQLite")
}
