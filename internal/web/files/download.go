package files

import (
	"bufio"
	"io"
	"net/http"
	"strings"
	"time"

	"latchkey/internal/problem"
)

const (
	// sendFor is how long a client may take for one piece of a download. It stands
	// in for the time limit of the whole answer, which a large file would not keep:
	// a client that goes on taking pieces gets all of it, one that stops is cut off.
	sendFor = 30 * time.Second
	// sendSize is how large a piece is, in bytes.
	sendSize = 64 << 10
	// DownloadsAtOnce is how many files are sent at the same time, 48. A client may take a
	// piece every half a minute for hours, and each keeps up to a few hundred KB.
	//
	//limit:people Downloads at the same time, of all together
	DownloadsAtOnce = 48
	// DownloadsEach is how many of them may be of one person: 2. A
	// third would bring nothing sooner, and one person leaves room for the others.
	//
	//limit:people Downloads by one person at the same time
	DownloadsEach = 2
	// downloadAgain is when somebody is told to try again who is sent too many: 10 seconds.
	downloadAgain = 10 * time.Second
)

// Downloads are the files that are being sent. It is safe for concurrent use.
type Downloads struct{ places *places }

// NewDownloads returns none.
func NewDownloads() *Downloads { return &Downloads{newPlaces(DownloadsAtOnce, DownloadsEach)} }

// Begin takes one of the places for a file that is sent to this user, which end gives
// back; or it refuses with a problem.TooMany.
func (all *Downloads) Begin(userID string) (end func(), err error) {
	end, why := all.places.begin(userID)
	switch why {
	case takenByOneself:
		return nil, &problem.Problem{
			Kind: problem.TooMany, RetryAfter: downloadAgain, Title: "Your other downloads are not done",
			Message: "You can download two files at a time. Wait until one of them is complete, or cancel it, and try again.",
		}
	case takenByOthers:
		return nil, &problem.Problem{
			Kind: problem.TooMany, RetryAfter: downloadAgain, Title: "Too many downloads at the moment",
			Message: "Other people are downloading files, and no more are sent at once.",
		}
	}
	return end, nil
}

// Send answers with a file that write makes while it is sent, so that its size does not
// matter; nil writes the headers only.
//
// Nothing is sent before the first piece is full or write is done: until then, begun is
// false with an error, and the answer can still be another one.
func Send(w http.ResponseWriter, contentType, name string, write func(w io.Writer) error) (begun bool, err error) {
	d := &download{w: w, contentType: contentType, name: name}
	if write != nil {
		b := bufio.NewWriterSize(d, sendSize)
		if err = write(b); err == nil {
			err = b.Flush()
		}
	}
	if err == nil {
		d.begin() // an empty file
	}
	return d.begun, err
}

// download sends the headers with the first piece, and each piece in its own time.
type download struct {
	w                 http.ResponseWriter
	contentType, name string
	begun             bool
}

func (d *download) begin() {
	if d.begun {
		return
	}
	d.begun = true
	d.w.Header().Set("Content-Disposition", Attachment(d.name))
	d.w.Header().Set("Content-Type", d.contentType)
	d.w.WriteHeader(http.StatusOK)
}

// Write sends one piece. The time is that of the machine and not of the request: the kernel
// keeps it.
func (d *download) Write(piece []byte) (int, error) {
	if err := http.NewResponseController(d.w).SetWriteDeadline(time.Now().Add(sendFor)); err != nil {
		return 0, err
	}
	d.begin()
	return d.w.Write(piece)
}

// Attachment is the header that makes a browser save an answer under this file name. What
// is neither a letter or digit of ASCII, nor one of .-_ becomes a _, so that a name cannot
// end the header, or be a path.
func Attachment(name string) string {
	return `attachment; filename="` + strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune(".-_", r) {
			return r
		}
		return '_'
	}, name) + `"`
}
