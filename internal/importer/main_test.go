package importer

import (
	"os"
	"testing"

	"latchkey/internal/atonce"
)

func TestMain(m *testing.M) {
	atonce.Only()
	os.Exit(m.Run())
}
