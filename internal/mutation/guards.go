package main

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// guard is one line that keeps something from happening, and the line without it.
type guard struct {
	// what names it, in a few words; id is the requirement that it serves.
	what, id string
	// file holds stands exactly once, inside a function; without is what takes its place.
	file, stands, without string
	// tests, in the package that pkg names, are meant to notice when it is gone.
	pkg, tests string
}

type guardsCommand struct {
	Only string `help:"Only guards whose words, requirement or package match this regular expression."`
	Keep string `help:"Keep the compiled tests in this folder." type:"path"`
}

// Run takes each guard out, one after the other.
func (c guardsCommand) Run() error {
	only, err := regexp.Compile("^(" + c.Only + ")")
	if err != nil {
		return err
	}
	chosen := slices.DeleteFunc(slices.Clone(guards), func(g guard) bool {
		return !slices.ContainsFunc([]string{g.what, g.id, g.pkg}, only.MatchString)
	})
	folder := c.Keep
	if folder == "" {
		if folder, err = os.MkdirTemp("", "mutation"); err != nil {
			return err
		}
		defer os.RemoveAll(folder)
	}
	missed, err := takeOut(folder, chosen)
	if err == nil && missed > 0 {
		err = fmt.Errorf("%d of %d guards can go without a test that notices", missed, len(chosen))
	}
	return err
}

// takeOut compiles the tests of every package that the guards name, with all guards in them,
// and prints what becomes of each.
func takeOut(folder string, chosen []guard) (missed int, err error) {
	name, numbers, err := overlayOf(folder, chosen)
	if err != nil {
		return 0, err
	}
	byPackage := map[string][]guard{}
	for _, g := range chosen {
		byPackage[g.pkg] = append(byPackage[g.pkg], g)
	}
	fmt.Print("| guard | requirement | test that failed |\n|---|---|---|\n")
	for _, pkg := range packagesOf(chosen) {
		b, said, err := buildTests("./internal/"+pkg, name, filepath.Join(folder, strings.ReplaceAll(pkg, "/", "_")+".test"))
		if err != nil {
			return missed, fmt.Errorf("%s: %w\n%s", pkg, err, said)
		}
		for _, g := range byPackage[pkg] {
			failed, err := b.notices(g, numbers[g.what])
			if err != nil || failed == "" {
				missed++
			}
			if err != nil {
				fmt.Fprintln(os.Stderr, err)
				failed = "**could not be tried**"
			}
			fmt.Printf("| %s | %s | %s |\n", g.what, g.id, cmp.Or(failed, "**none of "+g.tests+"**"))
		}
	}
	return missed, nil
}

// notices returns which test fails without a guard. That test is run with the guard too: if
// it fails then as well, it says nothing.
func (b binary) notices(g guard, number int) (failed string, err error) {
	const tries = 3 // some tests want an answer in time, and a machine may have other things to do
	r, err := b.run("^Test("+g.tests+")", number, guardCPU)
	if err != nil || r.failed == "" {
		return "", err
	}
	test, _, _ := strings.Cut(r.failed[strings.LastIndexByte(r.failed, ' ')+1:], "/")
	for range tries {
		with, err := b.run(only([]string{test}), 0, guardCPU)
		if err != nil || with.failed == "" && with.ran > 0 {
			return r.failed, err
		}
		r.said = with.said
	}
	return "", fmt.Errorf("%s fails with the guard in place\n%s", test, r.said)
}

// guardCPU is how much of the processor the tests of one guard may take. All of them take less.
const guardCPU = 2 * time.Minute

func packagesOf(chosen []guard) (all []string) {
	for _, g := range chosen {
		if !slices.Contains(all, g.pkg) {
			all = append(all, g.pkg)
		}
	}
	return all
}

// overlayOf writes the altered files: each with every guard that stands in it.
func overlayOf(folder string, chosen []guard) (name string, numbers map[string]int, err error) {
	numbers, inFile, functions := map[string]int{}, map[string][]patch{}, 0
	for i, g := range chosen {
		text, err := os.ReadFile(g.file)
		if err != nil {
			return "", nil, err
		}
		p, err := g.patch(i+1, string(text))
		if err != nil {
			return "", nil, err
		}
		numbers[g.what], inFile[g.file] = p.number, append(inFile[g.file], p)
	}
	o := overlay{folder: folder}
	for path, patches := range inFile {
		text, err := os.ReadFile(path)
		if err != nil {
			return "", nil, err
		}
		a, err := alter(text, patches, func() int { functions++; return functions })
		if err != nil {
			return "", nil, err
		}
		if len(a.loose) > 0 {
			return "", nil, fmt.Errorf("%s: the guard “%s” stands in no function", path, chosen[a.loose[0].number-1].what)
		}
		if err := o.add(path, a.text); err != nil {
			return "", nil, err
		}
	}
	name, err = o.write()
	return name, numbers, err
}

// patch finds the guard in its file.
func (g guard) patch(number int, text string) (patch, error) {
	switch n := strings.Count(text, g.stands); {
	case n != 1:
		return patch{}, fmt.Errorf("%s: what the guard “%s” looks for stands there %d times, not once: %s", g.file, g.what, n, g.stands)
	case g.stands == g.without:
		return patch{}, fmt.Errorf("%s: the guard “%s” is not taken out", g.file, g.what)
	}
	from := strings.Index(text, g.stands)
	return patch{number, from, from + len(g.stands), g.without}, nil
}
