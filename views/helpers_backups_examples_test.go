package views

import "time"

func backupExamples() []example {
	nightly := Backup{
		Seq: 5, Kind: "nightly", State: "done", Began: now.Add(-6 * time.Hour), Ended: now.Add(-6 * time.Hour), Percent: 100, File: "latchkey-20261128T030000Z.age",
		Bytes: 4_200_000, Users: 200, HeadSeq: 1204102, HeadMAC: "abc12345.9f3c61ab07dexyz", Encrypted: true,
		Recipients: []string{"age1qx7zqfkl2m3n4p5q6r7s8t9u0v1w2x3y4z5a6b7c8d9e0f1g2h3j4m0k2"},
	}
	plain, failed, running, command := nightly, nightly, nightly, nightly
	plain.Seq, plain.Kind, plain.By, plain.File, plain.Encrypted, plain.Recipients = 4, "page", "ada", "latchkey-20261127T142200Z.tar", false, nil
	failed.Seq, failed.State, failed.File, failed.Why = 6, "failed", "", "the disk is full; nothing was kept"
	running.Seq, running.Kind, running.By, running.State, running.Percent, running.File = 7, "page", "ada", "running", 40, ""
	command.Seq, command.Kind, command.By, command.File, command.Bytes, command.Recipients = 3, "command", "cli:root", "", 1_884_100_000, nil
	old := command
	old.Began = now.Add(-9 * 24 * time.Hour)
	evil := failed
	evil.By, evil.Kind, evil.Why, evil.Recipients = hostile, "page", hostile, []string{hostile}
	page := func(last, made *Backup, rows []Backup, errors ...FieldError) Backups {
		return Backups{
			Frame: adminFrame("/admin/settings", errors...), Now: now, Last: last, Made: made, Rows: rows, Kept: len(rows), Next: now.Add(18 * time.Hour),
			Every: "night", At: "03:00", Keep: "14", Recipients: "age1qx7zqfkl2m3n4p5q6r7s8t9u0v1w2x3y4z5a6b7c8d9e0f1g2h3j4m0k2",
		}
	}
	none := page(nil, nil, nil)
	none.Next, none.Every, none.Recipients = time.Time{}, "off", ""
	older := page(&nightly, &nightly, []Backup{plain, command})
	older.Paged, older.Older = true, 3
	wrong := page(&nightly, &nightly, []Backup{nightly}, FieldError{"keep", "How many backups to keep must be a number from 1 to 365"})
	wrong.Keep, wrong.Every = "0", "6h"
	return []example{
		{"backups-none", none}, {"backups", page(&nightly, &nightly, []Backup{nightly, plain, command})},
		{"backups-running", page(&running, &nightly, []Backup{running, nightly})}, {"backups-failed", page(&failed, &plain, []Backup{failed, plain})},
		{"backups-failed-first", page(&failed, nil, []Backup{failed})}, {"backups-old", page(&old, &old, []Backup{old})}, {"backups-older", older}, {"backups-error", wrong},
		{"backups-hostile", Backups{Frame: hostileFrame("/admin/settings"), Now: now, Last: &evil, Made: &evil, Rows: []Backup{evil}, Every: hostile, At: hostile, Keep: hostile, Recipients: hostile}},
	}
}
