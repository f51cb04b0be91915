package main

import (
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// commandLine finds a command in the list of the help.
var commandLine = regexp.MustCompile(`(?m)^  ([a-z-]+(?: [a-z-]+)?)  +[A-Z]`)

func help(t *testing.T, command string) string {
	t.Helper()
	out, err := exec.Command("latchkey", append(strings.Fields(command), "--help")...).Output()
	if err != nil {
		t.Errorf("latchkey %s --help: %v", command, err)
	}
	return string(out)
}

func TestHelp_EveryCommandAndLevel(t *testing.T) {
	t.Parallel()
	commands := []string{"", "user", "audit"}
	for _, found := range commandLine.FindAllStringSubmatch(help(t, ""), -1) {
		commands = append(commands, found[1])
	}
	if len(commands) < 20 {
		t.Fatalf("the help lists only %q", commands)
	}
	for _, command := range commands {
		text := help(t, command)
		want := []string{"Usage: latchkey " + command, "--help", "--data=DIR", "Default", "($LATCHKEY_DATA)"}
		if command != "" && command != "user" && command != "audit" {
			want = append(want, "Examples:\n\n    latchkey "+command)
		}
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("the help of %q lacks %q:\n%s", command, w, text)
			}
		}
		for line := range strings.Lines(text) {
			if utf8.RuneCountInString(strings.TrimRight(line, "\n")) > 80 {
				t.Errorf("the help of %q is wider than 80 columns: %s", command, line)
			}
		}
	}
}
