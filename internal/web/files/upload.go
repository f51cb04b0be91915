// Package files is the files that people send and that are sent to them: how many at once,
// how large and in which time. They are read and written while they are under way.
package files

import (
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"slices"
	"time"

	"latchkey/internal/audit"
	"latchkey/internal/problem"
	"latchkey/internal/web/forms"
)

const (
	// MaxUpload is how many bytes a form with a file may have (16 MiB). An
	// SQLite file is in memory whole while it is read, and most lists of users are far smaller.
	//
	//limit:uploads,bytes Size of a file
	MaxUpload = 16 << 20
	// UploadFor is how long a file may take to arrive and to be checked: a minute and a
	// half is enough for 16 MiB over a slow line. What takes longer is given up.
	//
	//limit:uploads Time for a file to arrive and be checked
	UploadFor = 2 * time.Minute
	// MaxDrain is how many bytes of a form that is refused are taken, and thrown away, all
	// the same (64 MiB). A browser that is cut off while it sends shows an error of its
	// own, not our page.
	//
	//limit:uploads,bytes What is still read of a file that is refused
	MaxDrain = 64 << 20
)

// IsUpload reports whether the form of a request may bring a file.
func IsUpload(r *http.Request) bool {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && kind == "multipart/form-data"
}

// Uploads are the files that are being read. It is safe for concurrent use.
type Uploads struct{ places *places }

// NewUploads returns none.
func NewUploads() *Uploads { return &Uploads{newPlaces(UploadsAtOnce, UploadsEach)} }

// ErrTooLarge is a form that is larger than it may be.
var ErrTooLarge = errors.New("the form is too large")

// Receiving is a form with a file that is sent by a user.
type Receiving struct {
	W      http.ResponseWriter
	R      *http.Request
	UserID string
}

// Uploaded is a file that is sent with a form.
type Uploaded struct {
	// Name is the browser's: cleaned, and no path.
	Name string
	io.Reader
	// Form holds the other fields, all of which stand before the file.
	Form forms.Form
}

// Receive gives the one file of a form to read, while it arrives. The form may have
// these other fields in front of the file and nothing else; anything else is a
// problem.BadRequest, which comes after read has returned if it stands behind the
// file. More than 16 MiB is ErrTooLarge, whatever read made of the rest.
//
// The work on a file ends with its request: the context that read gets is over when the
// client goes away and after two minutes. Few files are read at once, and of one person
// only one; the others are told when to try again.
func (all *Uploads) Receive(f Receiving, field string, others []string, read func(context.Context, Uploaded) error) error {
	body := &boundedBody{from: f.R.Body, left: MaxUpload}
	end, err := all.begin(f.UserID)
	if err == nil {
		err = f.readInTime(body, field, others, read)
		end()
	}
	io.Copy(io.Discard, io.LimitReader(body.from, MaxDrain))
	switch {
	case errors.Is(body.err, ErrTooLarge):
		return ErrTooLarge
	case body.err != nil, errors.Is(err, io.ErrUnexpectedEOF): // the connection, or the form, ends early
		return forms.BadRequest("The form did not arrive whole.", errors.Join(body.err, err))
	}
	return err
}

// readInTime reads the form for as long as a file may take.
func (f Receiving) readInTime(body io.Reader, field string, others []string, read func(context.Context, Uploaded) error) error {
	// The server's own limits are for forms that people type. These are for somebody
	// who has proved to be an administrator. The connection outlasts the work, since
	// net/http takes a connection that is over for a client that is gone.
	control, until := http.NewResponseController(f.W), time.Now().Add(UploadFor+uploadAnswer)
	if err := errors.Join(control.SetReadDeadline(until), control.SetWriteDeadline(until.Add(UploadFor))); err != nil {
		return err
	}
	f.R.Body = io.NopCloser(body)
	ctx, cancel := context.WithTimeout(f.R.Context(), UploadFor)
	defer cancel()
	err := f.read(field, others, func(u Uploaded) error { return read(ctx, u) })
	if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) && f.R.Context().Err() == nil {
		return problem.Field(field, "Checking the file took longer than 2 minutes, so it was given up. Split it into smaller files")
	}
	return err
}

// uploadAnswer is how long the answer to a file may take that was given up.
const uploadAnswer = 10 * time.Second

func (f Receiving) read(field string, others []string, read func(Uploaded) error) error {
	parts, err := f.R.MultipartReader()
	if err != nil {
		return forms.BadRequest("The form could not be read.", err)
	}
	form := forms.Form{}
	part, err := nextPart(parts)
	for ; err == nil && slices.Contains(others, part.FormName()) && part.FileName() == ""; part, err = nextPart(parts) {
		if err := form.Take(part); err != nil {
			return err
		}
	}
	if err != nil {
		return err
	}
	_, parameters, _ := mime.ParseMediaType(part.Header.Get("Content-Disposition"))
	name, isFile := parameters["filename"]
	if part.FormName() != field || !isFile {
		return forms.BadRequest("The form has a field that does not belong there.", nil)
	}
	if name == "" { // what a browser sends if no file was chosen
		return problem.Field(field, "Choose a file")
	}
	if err := read(Uploaded{Name: audit.CleanText(part.FileName(), 100), Reader: part, Form: form}); err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, part); err != nil {
		return forms.BadRequest("The form did not arrive whole.", err)
	}
	if _, err := parts.NextPart(); !errors.Is(err, io.EOF) {
		return forms.BadRequest("The form has a field that does not belong there.", err)
	}
	return nil
}

func nextPart(parts *multipart.Reader) (*multipart.Part, error) {
	part, err := parts.NextPart()
	if err != nil {
		return nil, forms.BadRequest("The form could not be read.", err)
	}
	return part, nil
}

// boundedBody passes a body on up to a size and remembers why it ended early.
type boundedBody struct {
	from io.Reader
	left int64
	err  error
}

// Read reads, and fails for good behind the last byte that is allowed.
func (b *boundedBody) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	n, err := b.from.Read(p[:min(int64(len(p)), b.left+1)])
	if b.left -= int64(n); b.left < 0 {
		n, err = 0, ErrTooLarge
	}
	if err != nil && !errors.Is(err, io.EOF) {
		b.err = err
	}
	return n, err
}

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

// begin takes one of the places for a file, which end gives back; or it refuses with
// a problem.TooMany.
func (all *Uploads) begin(userID string) (end func(), err error) {
	end, why := all.places.begin(userID)
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

// TakeIn takes a file that arrives although it cannot be used: a browser that is cut off
// while it sends shows an error of its own instead of the page that comes next.
func TakeIn(w http.ResponseWriter, r *http.Request) {
	control, until := http.NewResponseController(w), time.Now().Add(UploadFor)
	if errors.Join(control.SetReadDeadline(until), control.SetWriteDeadline(until.Add(UploadFor))) == nil {
		io.Copy(io.Discard, io.LimitReader(r.Body, MaxDrain))
	}
}
