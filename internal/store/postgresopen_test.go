package store

import (
	"strings"
	"testing"

	"latchkey/internal/secret"
)

// An error in the address of the database does not tell of the password in it, nor does the name that
// people read. It is one line.
func TestOpen_TellsNobodyThePasswordOfTheDatabase(t *testing.T) {
	t.Parallel()
	for _, address := range []string{
		"postgres://u:GEHEIM@127.0.0.1:1/db", "postgres://u:GEH/EIM@127.0.0.1:1/db", "postgres://u:GEH%zzEIM@127.0.0.1:1/db", "postgres://u:GEH:EIM@127.0.0.1:1/db",
		"postgres://u:GEHEIM@127.0.0.1:port/db", "postgres://u:GEHEIM@127.0.0.1/db?sslmode=x", "postgres://u:GEH@EIM@127.0.0.1:1/db", "postgres://u:GEH#EIM@127.0.0.1:1/db",
		"postgres://u:GEH?EIM@127.0.0.1:1/db", "postgres://u:GEH EIM@127.0.0.1:1/db", "postgres://u:[GEHEIM@127.0.0.1:1/db", "postgres://127.0.0.1:1/db?user=u&password=GEHEIM",
		"postgres://u:GEHEIM@127.0.0.1:1,127.0.0.1:2/db", "postgres://127.0.0.1:1/db?password=GEHEIM&connect_timeout=x", "postgres://u:GEHEIM@127.0.0.1:1/db?sslrootcert=/missing&sslmode=verify-full",
		"postgres://u:GEHEIM@/db?host=/nowhere",
	} {
		db, err := Open(t.Context(), address, secret.NewRing(), false)
		if err == nil {
			t.Fatal(db.Close())
		}
		if text := err.Error() + PostgresName(address); strings.Contains(text, "GEH") || strings.Contains(text, "EIM") || strings.Contains(text, "\n") {
			t.Errorf("%s: %s", address, text)
		}
		t.Log(err)
	}
}
