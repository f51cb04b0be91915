package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// leastScore is how many of a package's mutants its tests must notice, in percent.
const leastScore = 90

// scored are the packages that decide who gets in, the small ones first.
var scored = []string{"secret", "factor", "auth", "access", "password"}

type scoreCommand struct {
	Packages []string `arg:"" optional:"" help:"Packages below internal; all of them if none is named."`
}

// Run prints what each package scores, and what survived.
func (c scoreCommand) Run() error {
	if len(c.Packages) == 0 {
		c.Packages = scored
	}
	known, err := readEquivalent("internal/mutation/equivalent.txt")
	if err != nil {
		return err
	}
	var table strings.Builder
	table.WriteString("| package | mutants | noticed | equivalent | survived | do not compile | score |\n|---|---|---|---|---|---|---|\n")
	low := false
	for _, name := range c.Packages {
		s, err := scorePackage("./internal/"+name, known)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		score := 100 * float64(s.noticed) / float64(max(1, s.noticed+s.survived))
		low = low || score < leastScore
		fmt.Fprintf(&table, "| %s | %d | %d | %d | %d | %d | %.1f %% |\n", name, s.noticed+s.survived+s.equivalent, s.noticed, s.equivalent, s.survived, s.uncompiled, score)
	}
	fmt.Print("\n", table.String())
	if low {
		return fmt.Errorf("a package scores less than %d %%", leastScore)
	}
	return nil
}

// mutant is one change of one file, with its number.
type mutant struct {
	change
	file   string
	source string // the line it is in
	number int
}

// key is what equivalent.txt calls it: no number of a line, which moves.
func (m mutant) key() string { return m.file + " | " + m.source + " | " + m.what }

type score struct{ noticed, survived, equivalent, uncompiled int }

// mutantsOf makes the mutants of a package.
func mutantsOf(pkg string) (all []mutant, texts map[string][]byte, err error) {
	out, err := exec.Command("go", "list", "-f", `{{join .GoFiles "\n"}}`, pkg).Output()
	if err != nil {
		return nil, nil, fmt.Errorf("listing the files of %s: %w", pkg, err)
	}
	texts = map[string][]byte{}
	for _, name := range strings.Fields(string(out)) {
		path := filepath.ToSlash(filepath.Join(pkg, name))
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, nil, err
		}
		changes, err := changesOf(text)
		if err != nil {
			return nil, nil, err
		}
		texts[path] = text
		lines := strings.Split(string(text), "\n")
		for _, c := range changes {
			all = append(all, mutant{c, path, strings.TrimSpace(lines[c.line-1]), len(all) + 1})
		}
	}
	return all, texts, nil
}

// scorePackage compiles all mutants of a package into its tests, and runs these against
// each of them.
func scorePackage(pkg string, known equivalents) (s score, err error) {
	folder, err := os.MkdirTemp("", "mutation")
	if err != nil {
		return s, err
	}
	defer os.RemoveAll(folder)
	all, texts, err := mutantsOf(pkg)
	if err != nil {
		return s, err
	}
	b := built{folder: folder, pkg: pkg, texts: texts, left: all}
	if err := b.build(); err != nil {
		return s, err
	}
	if err := b.reach(); err != nil {
		return s, err
	}
	s.uncompiled = len(all) - len(b.left) - len(b.loose)
	judge := func(m mutant, failed string) {
		switch {
		case known.have(m.key()):
			s.equivalent++
			if failed != "" {
				fmt.Printf("noticed although listed as equivalent, by %s: %s\n", failed, m.key())
			}
		case failed != "":
			s.noticed++
		default:
			s.survived++
			fmt.Printf("survived: %s:%d | %s\n", m.file, m.line, m.key())
		}
	}
	for _, m := range b.left {
		failed, err := b.try(m)
		if err != nil {
			return s, err
		}
		judge(m, failed)
	}
	for _, m := range b.loose {
		failed, compiles, err := b.tryAlone(m)
		if err != nil {
			return s, err
		}
		if !compiles {
			s.uncompiled++
			continue
		}
		judge(m, failed)
	}
	return s, nil
}

// built is a package with its mutants in it.
type built struct {
	folder, pkg string
	texts       map[string][]byte
	left        []mutant // those that compile
	loose       []mutant // those that need a build of their own
	function    map[int]int
	tests       binary
	reaches     map[int][]string         // which tests call an altered function
	took        map[string]time.Duration // processor time of a test
}

var compileError = regexp.MustCompile(`(?m)^(\S+?\.go):(\d+):\d+: `)

// build compiles the mutants, without those that do not compile.
func (b *built) build() error {
	for range 8 {
		o := overlay{folder: b.folder}
		lines := map[string][]int{}
		functions := 0
		b.function, b.loose = map[int]int{}, nil
		inFile := map[string][]patch{}
		for _, m := range b.left {
			inFile[m.file] = append(inFile[m.file], patch{m.number, m.from, m.to, m.with})
		}
		for path, patches := range inFile {
			a, err := alter(b.texts[path], patches, func() int { functions++; return functions })
			if err != nil {
				return err
			}
			if err := o.add(path, a.text); err != nil {
				return err
			}
			lines[filepath.Base(o.name(path))] = a.lines
			for number, f := range a.functions {
				b.function[number] = f
			}
			for _, p := range a.loose {
				i := slices.IndexFunc(b.left, func(m mutant) bool { return m.number == p.number })
				b.loose = append(b.loose, b.left[i])
			}
		}
		name, err := o.write()
		if err != nil {
			return err
		}
		var said string
		b.tests, said, err = buildTests(b.pkg, name, filepath.Join(b.folder, "tests"))
		isLoose := func(m mutant) bool {
			return slices.ContainsFunc(b.loose, func(l mutant) bool { return l.number == m.number })
		}
		if err == nil {
			b.left = slices.DeleteFunc(b.left, isLoose)
			slices.SortFunc(b.loose, func(a, c mutant) int { return a.number - c.number })
			return nil
		}
		bad := map[int]bool{}
		for _, e := range compileError.FindAllStringSubmatch(said, -1) {
			n, _ := strconv.Atoi(e[2])
			if of := lines[filepath.Base(e[1])]; n < len(of) && of[n] != 0 {
				bad[of[n]] = true
			}
		}
		if len(bad) == 0 {
			return errors.New(said)
		}
		b.left = slices.DeleteFunc(b.left, func(m mutant) bool { return bad[m.number] })
	}
	return errors.New("the mutants do not compile")
}

// reach finds out which test calls which altered function, and how long each takes.
func (b *built) reach() error {
	names, err := b.tests.tests()
	if err != nil {
		return err
	}
	b.reaches, b.took = map[int][]string{}, map[string]time.Duration{}
	for _, name := range names {
		file := filepath.Join(b.folder, "reached")
		os.Remove(file)
		r, err := b.tests.run(only([]string{name}), 0, wallBound, "MUTANT_REACHED="+file)
		if err != nil || r.failed != "" {
			return fmt.Errorf("without any mutant, %s fails: %v\n%s", name, err, r.said)
		}
		b.took[name] = r.cpu
		text, _ := os.ReadFile(file)
		for _, word := range strings.Fields(string(text)) {
			f, _ := strconv.Atoi(word)
			b.reaches[f] = append(b.reaches[f], name)
		}
	}
	return nil
}

// try runs the tests that reach a mutant, quick ones first.
func (b *built) try(m mutant) (failed string, err error) {
	tests := slices.Clone(b.reaches[b.function[m.number]])
	if len(tests) == 0 {
		return "", nil
	}
	var sum time.Duration
	for _, t := range tests {
		sum += b.took[t]
	}
	r, err := b.tests.run(only(tests), m.number, 3*sum)
	return r.failed, err
}

// tryAlone builds a mutant of its own and runs every test.
func (b *built) tryAlone(m mutant) (failed string, compiles bool, err error) {
	folder := filepath.Join(b.folder, "alone")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", false, err
	}
	o := overlay{folder: folder}
	if err := o.add(m.file, replaced(b.texts[m.file], patch{from: m.from, to: m.to, with: m.with}, 0)); err != nil {
		return "", false, err
	}
	name, err := o.write()
	if err != nil {
		return "", false, err
	}
	tests, _, err := buildTests(b.pkg, name, filepath.Join(folder, "tests"))
	if err != nil {
		return "", false, nil
	}
	var sum time.Duration
	for _, t := range b.took {
		sum += t
	}
	r, err := tests.run(".", 0, 3*sum)
	return r.failed, true, err
}
