package audit

// tellBackup is about a backup that was made, or could not be.
func tellBackup(e Entry, _ people) string {
	if why := e.Detail("why"); why != "" {
		return "tried to make a backup, which failed: " + why
	}
	words := "made the backup " + quoted(e.Detail("file"))
	if e.Detail("encrypted") == "no" {
		words += ", which is not encrypted"
	}
	return words
}

func tellBackupDownloaded(e Entry, _ people) string {
	return "downloaded the backup " + quoted(e.Detail("file"))
}
