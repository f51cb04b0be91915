package attack

import (
	"os"
	"runtime/debug"
	"testing"

	"latchkey/internal/atonce"
)

func TestMain(m *testing.M) {
	atonce.Only()
	debug.SetGCPercent(400) // each password that is tried takes 8 MB, and every other one would start a collection
	os.Exit(m.Run())
}
