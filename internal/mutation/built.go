package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

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
	for range 8 { // once those that do not type-check are gone, others are found that leave something unused
		name, lines, err := b.write()
		if err != nil {
			return err
		}
		var said string
		b.tests, said, err = buildTests(b.pkg, name, filepath.Join(b.folder, "tests"))
		if err == nil {
			b.left = slices.DeleteFunc(b.left, func(m mutant) bool {
				return slices.ContainsFunc(b.loose, func(l mutant) bool { return l.number == m.number })
			})
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

// write writes the altered files. lines tells, by the name of such a file, whose line is whose.
func (b *built) write() (name string, lines map[string][]int, err error) {
	o, functions := overlay{folder: b.folder}, 0
	lines, b.function, b.loose = map[string][]int{}, map[int]int{}, nil
	inFile, byNumber := map[string][]patch{}, map[int]mutant{}
	for _, m := range b.left {
		inFile[m.file] = append(inFile[m.file], patch{m.number, m.from, m.to, m.with})
		byNumber[m.number] = m
	}
	for path, patches := range inFile {
		a, err := alter(b.texts[path], patches, func() int { functions++; return functions })
		if err == nil {
			err = o.add(path, a.text)
		}
		if err != nil {
			return "", nil, err
		}
		lines[filepath.Base(o.name(path))] = a.lines
		maps.Copy(b.function, a.functions)
		for _, p := range a.loose {
			b.loose = append(b.loose, byNumber[p.number])
		}
	}
	name, err = o.write()
	return name, lines, err
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
		r, err := b.tests.run(only([]string{name}), 0, guardCPU, "MUTANT_REACHED="+file)
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
