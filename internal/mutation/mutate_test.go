package main

import (
	"slices"
	"strings"
	"testing"
)

// TestChanges_OfAFile: every kind of alteration is made where it should be.
func TestChanges_OfAFile(t *testing.T) {
	t.Parallel()
	const text = `package p

var table = map[string]int{"a": 3}

func f(a, b int) (bool, error) {
	if a < b && a != 0 {
		return false, nil
	}
	for i := 0; i < a; i++ {
		b -= min(i, 2)
	}
	g()
	return a == b, h(a)
}
`
	changes, err := changesOf([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range changes {
		got = append(got, c.what)
	}
	for _, want := range []string{"3 becomes 4", "< becomes <=", "< becomes >=", "&& becomes ||", "!= becomes ==", "the condition is never true", "false becomes true",
		"++ becomes --", "-= becomes +=", "min becomes max", "this statement is gone", "a == b becomes false", "h(a) becomes nil"} {
		if !slices.Contains(got, want) {
			t.Errorf("%q is not among %q", want, got)
		}
	}
}

// TestAlter_LeavesTheOriginalAsItIs: the altered file says what the original says, unless a
// mutant lives, and knows whose line is whose.
func TestAlter_LeavesTheOriginalAsItIs(t *testing.T) {
	t.Parallel()
	const text = `package p

const c = 1

var v = 1

func (r *T) f(_ int, a string, more ...int) (n int, err error) { return len(a) + 1, nil }

func g() { f() }
`
	all := []patch{}
	for i := range text {
		if text[i] == '1' {
			all = append(all, patch{len(all) + 1, i, i + 1, "2"})
		}
	}
	at := strings.Index(text, "f() }")
	all = append(all, patch{len(all) + 1, at, at + 3, ""})
	functions := 0
	a, err := alter([]byte(text), all, func() int { functions++; return functions })
	if err != nil {
		t.Fatal(err)
	}
	got := string(a.text)
	for _, want := range []string{
		`package p; import "latchkey/internal/mutation/mutant"`,
		"{switch mutant.In(1) {\ncase 3:\nreturn func(_ int, a string, more ...int) (n int, err error) { return len(a) + 2, nil \n}(*new(int), a, more...)\n}\n return len(a) + 1, nil }",
		"{switch mutant.In(2) {\ncase 4:\nfunc() {  \n}()\nreturn\n}\n f() }",
		"func init() {switch mutant.In(3) {\ncase 2:\nv = 2\n}\n}",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if len(a.loose) != 1 || a.loose[0].number != 1 {
		t.Errorf("constants need a build of their own: %+v", a.loose)
	}
	for number, line := range strings.Split(got, "\n") {
		if mine := a.lines[number+1] == 3; mine != (strings.Contains(line, "+ 2") || line == "case 3:") && !strings.HasPrefix(line, "}(*new") {
			t.Errorf("line %d belongs to %d: %s", number+1, a.lines[number+1], line)
		}
	}
}

// TestEquivalent_NamesMutants: an entry of the list that no mutant answers to any more is
// out of date.
func TestEquivalent_NamesMutants(t *testing.T) {
	atRoot(t)
	known, err := readEquivalent("internal/mutation/equivalent.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range scored {
		all, _, err := mutantsOf("./internal/" + name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range all {
			delete(known, m.key())
		}
	}
	for key := range known {
		t.Errorf("there is no such mutant: %s", key)
	}
}
