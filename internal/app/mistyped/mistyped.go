// Package mistyped finds out what somebody meant who typed a command as other programs take
// it, or nearly right.
package mistyped

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// Meant returns the arguments that somebody means who types what other programs take:
// nothing at all, "help" and a command, or --version. None of these is a mistake. A family
// of commands without one of them is: a script that wants its output would take the help for it.
func Meant(args []string) []string {
	switch {
	case len(args) == 0:
		return []string{"--help"}
	case args[0] == "--version" || args[0] == "-v":
		return append([]string{"version"}, args[1:]...)
	case args[0] == "help" && !slices.Contains([]string{"--help", "-h"}, strings.Join(args[1:], " ")):
		return append(slices.Clone(args[1:]), "--help")
	}
	return args
}

// unexpected finds an argument that the parser had no place for.
var unexpected = regexp.MustCompile(`(?s)^unexpected argument (.+?)(, did you mean .*)?$`)

// WithHint adds where the help is to a mistake on the command line, and the nearest name
// to a command that there is not.
func WithHint(err error) error {
	command := "latchkey"
	parse, ok := errors.AsType[*kong.ParseError](err)
	if !ok {
		return fmt.Errorf("%w; see %s --help", err, command)
	}
	node := parse.Context.Selected()
	if node == nil {
		node = parse.Context.Model.Node
	}
	command = node.FullPath()
	if m := unexpected.FindStringSubmatch(err.Error()); m != nil {
		if len(node.Children) == 0 { // it may be a password, for which there is no place here
			return fmt.Errorf("there is one argument too many; see %s --help", command)
		}
		if name := nearest(m[1], node); name != "" {
			return fmt.Errorf("there is no command %q, did you mean %q?; see %s --help", m[1], name, command)
		}
		return fmt.Errorf("there is no command %q; see %s --help", m[1], command)
	}
	if m := valued.FindStringSubmatch(err.Error()); m != nil {
		return fmt.Errorf("%s takes no value, and its variable yes or no; see %s --help", m[1], command)
	}
	return fmt.Errorf("%w; see %s --help", err, command)
}

// valued is what is said of a flag that takes no value and got one, which may be a password.
var valued = regexp.MustCompile(`^(--[a-z-]+): bool value must be`)

// nearest returns the command below a node that is most like a word, "" if none is.
func nearest(word string, node *kong.Node) string {
	best, least := "", max(1, len(word)/2)+1
	for _, c := range node.Children {
		if c.Hidden {
			continue
		}
		d := distance(strings.ToLower(word), c.Name)
		if len(word) > 1 && (strings.HasPrefix(c.Name, word) || strings.HasPrefix(word, c.Name)) {
			d = min(d, 1)
		}
		if d < least {
			best, least = c.Name, d
		}
	}
	return best
}

// distance is how many letters have to be put in, taken out or changed, or swapped with
// the next one, to make b of a.
func distance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		for j := range rows[i] {
			switch {
			case i == 0 || j == 0:
				rows[i][j] = i + j
				continue
			case a[i-1] == b[j-1]:
				rows[i][j] = rows[i-1][j-1]
			default:
				rows[i][j] = 1 + min(rows[i-1][j-1], rows[i-1][j], rows[i][j-1])
			}
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
