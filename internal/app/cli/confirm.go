package cli

import (
	"bufio"
	"errors"
	"fmt"
	"strings"
)

// Confirmed is the flag of commands that do what is not easily taken back.
type Confirmed struct {
	Yes bool `short:"y" env:"LATCHKEY_YES" help:"Do not ask for confirmation."`
}

// Ask asks before it is done, if there is a person to ask.
func (c Confirmed) Ask(r *Run, question string) error {
	if _, ok := r.Terminal(); c.Yes || !ok {
		return nil
	}
	fmt.Fprint(r.Stderr, question+" [y/N] ")
	answer, err := bufio.NewReader(r.Stdin).ReadString('\n')
	if err != nil || !strings.HasPrefix(strings.ToLower(answer), "y") {
		return errors.New("nothing was changed")
	}
	return nil
}
