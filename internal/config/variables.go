package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// Variables returns the names of the environment variables that any flag of any
// command reads. A variable for another command than the one that runs is no
// mistake: in a container all share one environment.
func Variables(model *kong.Application) []string {
	var names []string
	_ = kong.Visit(model, func(node kong.Visitable, next kong.Next) error {
		if flag, ok := node.(*kong.Flag); ok {
			names = append(names, flag.Envs...)
		}
		return next(nil)
	}) // the visitor returns no error
	slices.Sort(names)
	return slices.Compact(names)
}

// UnknownVariables returns an error that names every LATCHKEY_ variable of the
// environment, which is in the form of os.Environ, that is not known; nil if
// there is none. A misspelt name would otherwise leave a default in force that
// the operator believes to have changed. Values are not repeated: they may be
// secret.
func UnknownVariables(environ, known []string) error {
	var unknown []string
	for _, entry := range environ {
		name, _, _ := strings.Cut(entry, "=")
		if strings.HasPrefix(name, "LATCHKEY_") && !slices.Contains(known, name) {
			unknown = append(unknown, name)
		}
	}
	if unknown == nil {
		return nil
	}
	slices.Sort(unknown)
	return fmt.Errorf("unknown environment variable %s; known are %s",
		strings.Join(unknown, ", "), strings.Join(known, ", "))
}
