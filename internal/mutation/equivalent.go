package main

import (
	"fmt"
	"os"
	"strings"
)

// equivalents are the mutants that behave as the original does, so that no test can notice
// them, with the reason.
type equivalents map[string]string

func (e equivalents) have(key string) bool { return e[key] != "" }

// readEquivalent reads the list: FILE | LINE | CHANGE | REASON, one a line. A line that
// begins with # is a comment.
func readEquivalent(path string) (equivalents, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	all := equivalents{}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		i := strings.LastIndex(line, " | ")
		if i < 0 || strings.Count(line, " | ") < 3 {
			return nil, fmt.Errorf("%s: %q is not FILE | LINE | CHANGE | REASON", path, line)
		}
		all[line[:i]] = line[i+3:]
	}
	return all, nil
}
