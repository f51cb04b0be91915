package config

import (
	"fmt"
	"strings"

	"latchkey/internal/secret"
)

// longestSecret is more than any value of a flag has, in bytes.
const longestSecret = 64 << 10

// secretFrom reads the value of a flag whose FILE twin names a file, under the rules of
// the key: whoever can read it has the password. Each such flag goes through here.
func secretFrom(path string) (string, error) {
	raw, err := secret.ReadPrivate("file", path, longestSecret)
	if err != nil {
		return "", err
	}
	text := strings.TrimSpace(string(raw))
	if text == "" {
		return "", fmt.Errorf("file %s is empty", path)
	}
	return text, nil
}
