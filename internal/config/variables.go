package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// Variables returns the names of the environment variables that any flag of any
// command reads, those that only hidden commands read apart. A variable for another
// command than the one that runs is no mistake: in a container all share one
// environment.
func Variables(model *kong.Application) (known, hidden []string) {
	inside := false
	_ = kong.Visit(model, func(node kong.Visitable, next kong.Next) error {
		switch node := node.(type) {
		case *kong.Node:
			defer func(before bool) { inside = before }(inside)
			inside = inside || node.Hidden
		case *kong.Flag:
			if inside {
				hidden = append(hidden, node.Envs...)
			} else {
				known = append(known, node.Envs...)
			}
		}
		return next(nil)
	}) // the visitor returns no error
	slices.Sort(known)
	return slices.Compact(known), hidden
}

// UnknownVariables returns an error that names every LATCHKEY_ variable of the
// environment, which is in the form of os.Environ, that is neither known nor hidden;
// nil if there is none. A misspelt name would otherwise leave a default in force that
// the operator believes to have changed. It lists the known ones. Values are not
// repeated: they may be secret.
func UnknownVariables(environ, known, hidden []string) error {
	var unknown []string
	for _, entry := range environ {
		name, _, _ := strings.Cut(entry, "=")
		if strings.HasPrefix(name, "LATCHKEY_") && !slices.Contains(known, name) && !slices.Contains(hidden, name) {
			unknown = append(unknown, name)
		}
	}
	if unknown == nil {
		return nil
	}
	slices.Sort(unknown)
	return fmt.Errorf("unknown environment variable %s; the known ones are %s",
		strings.Join(unknown, ", "), strings.Join(known, ", "))
}
