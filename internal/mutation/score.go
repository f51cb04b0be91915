package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
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
	for _, m := range b.left {
		failed, err := b.try(m)
		if err != nil {
			return s, err
		}
		s.count(m, failed, known)
	}
	for _, m := range b.loose {
		failed, compiles, err := b.tryAlone(m)
		switch {
		case err != nil:
			return s, err
		case !compiles:
			s.uncompiled++
		default:
			s.count(m, failed, known)
		}
	}
	return s, nil
}

// count counts one mutant, and prints what it should not be.
func (s *score) count(m mutant, failed string, known equivalents) {
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
