package audit

import "strings"

// tellStream is what an administrator did to an event stream.
func tellStream(verb string) telling {
	return func(e Entry, _ people) string {
		words := verb + " " + streamOf(e)
		if address := e.Detail("address"); address != "" && verb == "added" {
			words += ", which goes to " + address
		}
		if said := e.Detail("answer"); said != "" {
			words += ": " + said
		}
		return words
	}
}

// streamOf names the stream that an event is about.
func streamOf(e Entry) string {
	if name := e.Detail("stream"); name != "" {
		return "the event stream “" + name + "”"
	}
	return "an event stream"
}

func tellStreamChanged(e Entry, _ people) string {
	var what []string
	for _, d := range e.Details {
		if d.Name != "stream" {
			what = append(what, d.Name)
		}
	}
	if len(what) == 0 {
		return "changed " + streamOf(e)
	}
	return "changed " + streamOf(e) + ": " + strings.Join(what, ", ")
}

func tellStreamFailed(e Entry, _ people) string {
	return "gave up " + streamOf(e) + ": " + e.Detail("answer")
}

func tellRefilled(e Entry, _ people) string {
	return "put " + counted(e.Detail("rows"), "event") + " back into the audit log from " + streamOf(e)
}

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
