package mistyped

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

func TestMeant(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"": "--help", "--version": "version", "-v": "version", "help": "--help", "help user add": "user add --help",
		"help --help": "help --help", "user list": "user list", "serve --version": "serve --version",
	} {
		if got := Meant(strings.Fields(typed)); !slices.Equal(got, strings.Fields(want)) {
			t.Errorf("%q means %q, want %q", typed, got, want)
		}
	}
}

// TestWithHint names the nearest command, or none that is far away.
func TestWithHint(t *testing.T) {
	t.Parallel()
	var commands struct {
		Serve struct {
			Stdin bool
		} `cmd:""`
		Migrate struct{} `cmd:""`
	}
	for typed, want := range map[string]string{
		"sevre":                `there is no command "sevre", did you mean "serve"?; see latchkey --help`,
		"mig":                  `there is no command "mig", did you mean "migrate"?; see latchkey --help`,
		"serve --stdin=secret": "--stdin takes no value, and its variable yes or no; see latchkey serve --help",
		"serve secret":         "there is one argument too many; see latchkey serve --help",
		"quit":                 `there is no command "quit"; see latchkey --help`,
	} {
		_, err := kong.Must(&commands, kong.Name("latchkey")).Parse(strings.Fields(typed))
		if got := WithHint(err).Error(); got != want {
			t.Errorf("%s: %s, want %s", typed, got, want)
		}
	}
	if _, err := kong.Must(&commands, kong.Name("latchkey")).Parse([]string{"serve", "sec\nret"}); strings.Contains(WithHint(err).Error(), "ret") {
		t.Error(WithHint(err))
	}
	if got := WithHint(errors.New("no parser's")).Error(); got != "no parser's; see latchkey --help" {
		t.Error(got)
	}
}
