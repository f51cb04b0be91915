package store

import (
	"database/sql"
	"fmt"
	"testing"
)

// An address counted as confirmed when it was typed while there was no mail (schema 27).
// The upgrade keeps the confirmation of those alone that something mailed has reached.
func TestMA02_TypedAddressesAreNotConfirmed(t *testing.T) {
	t.Parallel()
	const (
		typed   = `[{"name":"email","before":"old@example.org","after":"%[1]s@example.org"}]`
		other   = `[{"name":"email","before":"x@example.org","after":"old@example.org"}]`
		sent    = `[{"name":"sent to","after":"%[1]s@example.org"}]`
		sentOld = `[{"name":"sent to","after":"old@example.org"}]`
	)
	type row struct{ event, result, details string }
	states := map[string]struct {
		confirmed, want int
		rows            []row
	}{
		"nothing-known":   {1, 0, nil},
		"never-confirmed": {0, 0, nil},
		"imported":        {1, 0, []row{{"user.created", "ok", `[{"name":"by","after":"import"}]`}}},
		"typed":           {1, 0, []row{{"profile.changed", "ok", typed}}},
		"by-link":         {1, 1, []row{{"email.confirmed", "ok", typed}}},
		"typed-then-link": {1, 1, []row{{"profile.changed", "ok", typed}, {"email.confirmed", "ok", typed}}},
		"link-failed":     {1, 0, []row{{"email.confirmed", "failed", typed}}},
		"link-taken-back": {0, 0, []row{{"email.confirmed", "ok", typed}}},
		"other-confirmed": {1, 0, []row{{"email.confirmed", "ok", other}, {"profile.changed", "ok", typed}}},
		"other-by-admin":  {1, 0, []row{{"email.confirmed", "ok", other}, {"user.changed", "ok", typed}}},
		"invited-by-mail": {1, 1, []row{{"user.invited", "ok", sent}, {"password.reset", "ok", `[]`}}},
		"corrected-first": {1, 1, []row{{"user.changed", "ok", typed}, {"user.invited", "ok", sent}, {"password.reset", "ok", `[]`}}},
		"invited-unused":  {1, 0, []row{{"user.invited", "ok", sent}}},
		"invited-on-card": {1, 0, []row{{"user.invited", "ok", `[]`}, {"password.reset", "ok", `[]`}}},
		"invited-other":   {1, 0, []row{{"user.invited", "ok", sentOld}, {"password.reset", "ok", `[]`}, {"profile.changed", "ok", typed}}},
	}
	path, ring := older(t, 27)
	db := sql.OpenDB(newConnector(path, "rw"))
	defer db.Close()
	seq := 0
	for name, s := range states {
		if _, err := db.Exec(`INSERT INTO users (id, username, name, sort_key, email, email_key, email_confirmed, role, created_at)
			VALUES ($1, $1, '', $1, $2, $2, $3, 'user', 1)`, name, name+"@example.org", s.confirmed); err != nil {
			t.Fatal(err)
		}
		for _, r := range s.rows {
			seq++
			details := r.details
			if details != `[]` && details != other && details != sentOld && r.event != "user.created" {
				details = fmt.Sprintf(details, name)
			}
			if _, err := db.Exec(`INSERT INTO audit_log (seq, at, event, result, actor_id, actor_name, subject_id, subject_name, ip, user_agent, request_id, details, mac)
				VALUES ($1, 1, $2, $3, '', '', $4, $4, '', '', '', $5, 'm')`, seq, r.event, r.result, name, details); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := Migrate(t.Context(), path, ring, serverRow()); err != nil {
		t.Fatal(err)
	}
	for name, s := range states {
		var confirmed, version int
		if err := db.QueryRow(`SELECT email_confirmed, version FROM users WHERE id = $1`, name).Scan(&confirmed, &version); err != nil {
			t.Fatal(err)
		}
		changed := s.confirmed != s.want
		if confirmed != s.want || changed != (version > 1) {
			t.Errorf("%s: confirmed %d, version %d; want %d", name, confirmed, version, s.want)
		}
	}
}
