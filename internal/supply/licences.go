package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// known are licences by words that each of their texts contains, in lower case and with
// single spaces. The first that fits counts, so a text that contains another's words
// stands before it.
var known = []struct {
	id    string
	words []string
}{
	{"", []string{"gnu general public license"}},
	{"", []string{"gnu lesser general public license"}},
	{"", []string{"gnu affero general public license"}},
	{"", []string{"mozilla public license"}},
	{"", []string{"eclipse public license"}},
	{"", []string{"creative commons"}},
	{"", []string{"server side public license"}},
	{"", []string{"business source license"}},
	{"OFL-1.1", []string{"sil open font license version 1.1"}},
	{"Apache-2.0", []string{"apache license", "version 2.0"}},
	{"MIT", []string{"permission is hereby granted, free of charge", "the software is provided"}},
	{"BSD-3-Clause", []string{"redistribution and use in source and binary forms", "neither the name"}},
	{"BSD-2-Clause", []string{"redistribution and use in source and binary forms"}},
	{"ISC", []string{"permission to use, copy, modify, and/or distribute this software for any purpose"}},
	{"blessing", []string{"the author disclaims copyright to this source code"}},
}

// unknown stands for a licence that nobody has looked at, or that binds those who pass the
// program on to more than naming it.
const unknown = "unknown"

// identify returns the SPDX identifier of a text, or unknown.
func identify(text string) string {
	plain := strings.Join(strings.Fields(strings.ToLower(text)), " ")
	has := func(words []string) bool {
		return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(plain, w) })
	}
	for _, k := range known {
		if has(k.words) {
			return cmp.Or(k.id, unknown)
		}
	}
	return unknown
}

// licences returns the text that `latchkey version --licences` prints: a list of the
// parts, and each text once, under the names of those that it is of.
func licences(parts []part) (string, error) {
	var list, texts strings.Builder
	of := map[string][]string{}
	var order []string
	for _, p := range parts {
		if len(p.ids) == 0 || slices.Contains(p.ids, unknown) {
			return "", fmt.Errorf("%s has no licence, or one that nobody has looked at: see internal/supply/licences.go", p.name)
		}
		name := strings.TrimSpace(p.name + " " + p.version)
		fmt.Fprintf(&list, "%-95s %s\n", name, strings.Join(p.ids, ", "))
		for _, text := range p.texts {
			if of[text] == nil {
				order = append(order, text)
			}
			of[text] = append(of[text], name)
		}
	}
	for _, text := range order {
		fmt.Fprintf(&texts, "\n%s\n%s\n\n%s", strings.Repeat("-", 80), strings.Join(of[text], "\n"), text)
	}
	return "What this program contains, and under which licences:\n\n" + list.String() + texts.String(), nil
}
