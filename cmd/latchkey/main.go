// Latchkey signs people in with a password and then a code from their phone,
// and lets administrators look after them, on web pages.
//
// Run "latchkey serve" and open the link it prints.
package main

import (
	"os"

	"latchkey/internal/app"
)

// version is what CHANGELOG.md says at its top; its last section is the policy.
const version = "0.3.0-dev"

func main() {
	os.Exit(app.Run(os.Args[1:], version))
}
