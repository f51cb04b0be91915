package config

import (
	"fmt"
	"strings"

	"latchkey/internal/secret"
)

// longestSecret is more than any value of a flag has, in bytes.
const longestSecret = 64 << 10

// secretFrom reads the value of a flag from the file that its FILE twin names. Anyone who
// can read the file has the password in it, so it has to be private, as the key has to.
// Every such flag goes through here.
func secretFrom(path string) (string, error) {
	raw, err := secret.ReadMounted("file", path, longestSecret)
	if err != nil {
		return "", err
	}
	text := strings.TrimSpace(string(raw))
	if text == "" {
		return "", fmt.Errorf("file %s is empty", path)
	}
	return text, nil
}
