package web

import (
	"time"

	"latchkey/internal/problem"
)

const (
	// UploadsAtOnce is how many files are read at the same time. A database of 16 MiB is in
	// memory twice while it is read, 33 MiB at its highest, so all of them together need 96
	// MiB at most. One more is asked to try again (429).
	//
	//limit:uploads Files read at the same time
	UploadsAtOnce = 2
	// UploadsEach is how many of them may be of one administrator. One person who uploads in
	// two windows leaves room for the others.
	//
	//limit:uploads Files of one administrator read at the same time
	UploadsEach = 1
)

const (
	// uploadAgain is when somebody is told to try again whose own file is still being read,
	// and uploadLater if the files are other people's: most are read in a few seconds.
	uploadAgain = 10 * time.Second
	uploadLater = 30 * time.Second
)

// beginUpload takes one of the places for a file, which end gives back; or it refuses with
// a problem.TooMany.
func (v *Visitor) beginUpload() (end func(), err error) {
	end, why := v.uploading.begin(v.User.ID)
	switch why {
	case takenByOneself:
		return nil, &problem.Problem{
			Kind: problem.TooMany, RetryAfter: uploadAgain, Title: "Your other file is still being read",
			Message: "Files are read one at a time. Wait until the other one is done, then send this one again.",
		}
	case takenByOthers:
		return nil, &problem.Problem{
			Kind: problem.TooMany, RetryAfter: uploadLater, Title: "Other files are being read",
			Message: "Two files of other administrators are being read right now, and no more are read at once. Your file was not read. Send it again.",
		}
	}
	return end, nil
}
