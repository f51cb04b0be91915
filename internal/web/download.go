package web

import (
	"bufio"
	"io"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

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

// takePlace takes one of the places for a file that is sent, once in a request; or it
// refuses with a problem.TooMany. leavePlace gives it back.
func (v *Visitor) takePlace() error {
	if v.place != nil {
		return nil
	}
	end, why := v.sending.begin(v.User.ID)
	switch why {
	case takenByOneself:
		return &problem.Problem{
			Kind: problem.TooMany, RetryAfter: downloadAgain, Title: "Your other downloads are not done",
			Message: "You can download two files at a time. Wait until one of them is complete, or cancel it, and try again.",
		}
	case takenByOthers:
		return &problem.Problem{
			Kind: problem.TooMany, RetryAfter: downloadAgain, Title: "Too many downloads at the moment",
			Message: "Other people are downloading files, and no more are sent at once.",
		}
	}
	v.place = end
	return nil
}

func (v *Visitor) leavePlace() {
	if v.place != nil {
		v.place()
		v.place = nil
	}
}

// Download answers with a file that write makes while it is sent, so that its size
// does not matter. A HEAD request gets the headers, and write is not called.
//
// Nothing is sent before the first piece is full or write is done: an error until
// then is a page like any other. After that the answer cannot be taken back, and the
// connection is cut, so that the client knows that the file is not whole. Of one person few
// are sent at once; the others are told when to try again.
func (v *Visitor) Download(contentType, name string, write func(w io.Writer) error) error {
	d := &download{v: v, contentType: contentType, name: name}
	if v.c.Request().Method == http.MethodHead {
		d.begin()
		return nil
	}
	if err := v.takePlace(); err != nil {
		return err
	}
	defer v.leavePlace()
	b := bufio.NewWriterSize(d, sendSize)
	err := write(b)
	if err == nil {
		err = b.Flush()
	}
	if err == nil {
		d.begin() // an empty file
		return nil
	}
	if !d.begun {
		return err
	}
	if v.Context().Err() == nil {
		v.Log.Error("a download was cut off", "id", v.RequestID, "route", v.route, "error", err)
	}
	panic(http.ErrAbortHandler)
}

// download sends the headers with the first piece, and each piece in its own time.
type download struct {
	v                 *Visitor
	contentType, name string
	begun             bool
}

func (d *download) begin() {
	if d.begun {
		return
	}
	d.begun = true
	d.v.Attachment(d.name)
	w := d.v.c.Response()
	w.Header().Set(echo.HeaderContentType, d.contentType)
	w.WriteHeader(http.StatusOK)
}

// Write sends one piece. The time is that of the machine and not v.Now: the kernel
// keeps it.
func (d *download) Write(piece []byte) (int, error) {
	w := d.v.c.Response()
	if err := http.NewResponseController(w.Writer).SetWriteDeadline(time.Now().Add(sendFor)); err != nil {
		return 0, err
	}
	d.begin()
	return w.Write(piece)
}
