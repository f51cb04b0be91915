// Latchkey signs people in with a password and then a code from their phone,
// and lets administrators look after them, on web pages.
//
// Run "latchkey serve" and open the link it prints.
package main

import (
	"os"

	"latchkey/internal/app"
)

// version is set by the linker.
var version = "dev"

func main() {
	os.Exit(app.Run(os.Args[1:], version))
}
