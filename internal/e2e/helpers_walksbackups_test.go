package e2e

import (
	"testing"

	"latchkey/internal/apptest"
	"latchkey/internal/store"
)

func walkBackups(t *testing.T) *tab {
	a := apptest.Start(t, apptest.Options{})
	b := signedIn(t, a, a.Admin)
	b.open("/admin/backups").inspect("backups, none")
	b.press("Make a backup now").inspect("backups, one under way")
	a.Tx(func(tx *store.Tx) error {
		for range 15 {
			if _, _, err := tx.AddBackup(store.Backup{Kind: store.BackupNightly, State: store.BackupDone, Began: a.Clock.Now(), Ended: a.Clock.Now(), Encrypted: true, Recipients: "age1qx7zqfkl2m3n4p5q6r7s8t9u0v1w2x3y4z5a6b7c8d9e0f1g2h3j4m0k2"}); err != nil {
				return err
			}
		}
		return nil
	})
	b.open("/admin/backups").inspect("backups, several")
	b.follow("Older backups").inspect("older backups")
	b.open("/admin/backups").fill("How many to keep", "none").press("Save").inspect("backups, with a mistake")
	return b
}
