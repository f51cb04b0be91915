package web

import (
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

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

// PostFile mounts an action whose form may bring a file. It is the only kind of
// route that takes multipart/form-data; everywhere else that is 415 (WE-09).
func (s *Site) PostFile(path string, a Access, h Handler) {
	s.uploads[path] = true
	s.Post(path, a, h)
}

// takesUpload reports whether the request is a form with a file, on a route for one.
func (v *Visitor) takesUpload() bool {
	return v.uploads[v.c.Request().URL.EscapedPath()] && v.HasUpload()
}

// HasUpload reports whether the form brings a file.
func (v *Visitor) HasUpload() bool {
	kind, _, err := mime.ParseMediaType(v.c.Request().Header.Get(echo.HeaderContentType))
	return err == nil && kind == echo.MIMEMultipartForm
}

// Uploaded is a file that is sent with a form.
type Uploaded struct {
	// Name is the browser's: cleaned, and no path.
	Name string
	io.Reader
	// Form holds the other fields, all of which stand before the file.
	Form forms.Form
}

// Upload gives the one file of a form that has nothing else to read; see UploadForm.
func (v *Visitor) Upload(field string, read func(name string, file io.Reader) error) error {
	return v.UploadForm(field, nil, func(_ context.Context, u Uploaded) error { return read(u.Name, u) })
}

// UploadForm gives the one file of a form to read, while it arrives. The form may have
// these other fields in front of the file and nothing else; anything else is a
// problem.BadRequest, which comes after read has returned if it stands behind the
// file. More than 16 MiB is 413, whatever read made of the rest.
//
// The work on a file ends with its request: the context that read gets is over when the
// client goes away and after two minutes. Few files are read at once, and of one person
// only one; the others are told when to try again.
func (v *Visitor) UploadForm(field string, others []string, read func(context.Context, Uploaded) error) error {
	r := v.c.Request()
	body := &boundedBody{from: r.Body, left: MaxUpload}
	end, err := v.beginUpload()
	if err == nil {
		err = v.readInTime(body, field, others, read)
		end()
	}
	io.Copy(io.Discard, io.LimitReader(body.from, MaxDrain))
	switch {
	case errors.Is(body.err, errTooLarge):
		return echo.NewHTTPError(http.StatusRequestEntityTooLarge)
	case body.err != nil, errors.Is(err, io.ErrUnexpectedEOF): // the connection, or the form, ends early
		return forms.BadRequest("The form did not arrive whole.", errors.Join(body.err, err))
	}
	return err
}

// readInTime reads the form for as long as a file may take.
func (v *Visitor) readInTime(body io.Reader, field string, others []string, read func(context.Context, Uploaded) error) error {
	// The server's own limits are for forms that people type. These are for somebody
	// who has proved to be an administrator. The connection outlasts the work, since
	// net/http takes a connection that is over for a client that is gone.
	control, until := http.NewResponseController(v.c.Response()), time.Now().Add(UploadFor+uploadAnswer)
	if err := errors.Join(control.SetReadDeadline(until), control.SetWriteDeadline(until.Add(UploadFor))); err != nil {
		return err
	}
	v.c.Request().Body = io.NopCloser(body)
	ctx, cancel := context.WithTimeout(v.Context(), UploadFor)
	defer cancel()
	err := v.readUpload(field, others, func(u Uploaded) error { return read(ctx, u) })
	if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) && v.Context().Err() == nil {
		return problem.Field(field, "Checking the file took longer than 2 minutes, so it was given up. Split it into smaller files")
	}
	return err
}

// uploadAnswer is how long the answer to a file may take that was given up.
const uploadAnswer = 10 * time.Second

func (v *Visitor) readUpload(field string, others []string, read func(Uploaded) error) error {
	parts, err := v.c.Request().MultipartReader()
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

var errTooLarge = errors.New("the form is too large")

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
		n, err = 0, errTooLarge
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
