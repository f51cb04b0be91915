package userimport

import (
	"context"
	"fmt"
	"time"

	"latchkey/internal/importer"
	"latchkey/internal/password"
)

// hashKinds are the kinds and costs of the password hashes in a file, one hash of each.
type hashKinds map[string]string

// check refuses a row whose hash this server cannot verify, and notes the kind of others.
func (k hashKinds) check(h *password.Hasher, row *importer.Row) {
	hash := row.PasswordHash
	if hash == "" || row.Bad() {
		return
	}
	if h.Check(hash) != nil { // the importer accepts it, so it is too large for us
		row.Refuse("The password hash takes more memory to verify than this server may use.")
		return
	}
	if profile := password.Profile(hash); profile != h.Cost().String() {
		k[profile] = hash
	}
}

// warning says what these hashes cost everybody, "" if they cost nothing: a failed sign-in
// takes as long as with the slowest of them, no matter whom it is for (AU-06).
func (k hashKinds) warning(ctx context.Context, h *password.Hasher) string {
	if len(k) == 0 {
		return ""
	}
	var samples []string
	for _, hash := range k {
		samples = append(samples, hash)
	}
	return "Failed sign-ins will take about " + seconds(h.Floor(ctx, samples...)) + " until these people have signed in once."
}

// seconds rounds up to tenths of a second.
func seconds(d time.Duration) string {
	switch tenths := (d + 100*time.Millisecond - 1) / (100 * time.Millisecond); {
	case tenths == 10:
		return "1 second"
	case tenths%10 == 0:
		return fmt.Sprintf("%d seconds", tenths/10)
	default:
		return fmt.Sprintf("%d.%d seconds", tenths/10, tenths%10)
	}
}
