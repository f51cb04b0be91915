package web

import (
	"context"
	"errors"
	"io"
	"net/http"

	"github.com/labstack/echo/v4"

	"latchkey/internal/web/files"
	"latchkey/internal/web/route"
)

// PostFile mounts an action whose form may bring a file. It is the only kind of
// route that takes multipart/form-data; everywhere else that is 415 (WE-09).
func (s *Site) PostFile(path string, a route.Access, h Handler) {
	s.routes.Uploads[path] = true
	s.Post(path, a, h)
}

// takesUpload reports whether the request is a form with a file, on a route for one.
func (v *Visitor) takesUpload() bool {
	return v.routes.Uploads[v.c.Request().URL.EscapedPath()] && v.HasUpload()
}

// HasUpload reports whether the form brings a file.
func (v *Visitor) HasUpload() bool { return files.IsUpload(v.c.Request()) }

// Upload gives the one file of a form that has nothing else to read; see UploadForm.
func (v *Visitor) Upload(field string, read func(name string, file io.Reader) error) error {
	return v.UploadForm(field, nil, func(_ context.Context, u files.Uploaded) error { return read(u.Name, u) })
}

// UploadForm gives the one file of a form to read, while it arrives; see
// files.Uploads.Receive. What is too large is 413.
func (v *Visitor) UploadForm(field string, others []string, read func(context.Context, files.Uploaded) error) error {
	err := v.receiving.Receive(files.Receiving{W: v.c.Response(), R: v.c.Request(), UserID: v.User.ID}, field, others, read)
	if errors.Is(err, files.ErrTooLarge) {
		return echo.NewHTTPError(http.StatusRequestEntityTooLarge)
	}
	return err
}

// takePlace takes one of the places for a file that is sent, once in a request; or it
// refuses with a problem.TooMany. leavePlace gives it back.
func (v *Visitor) takePlace() (err error) {
	if v.place == nil {
		v.place, err = v.sending.Begin(v.User.ID)
	}
	return err
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
	if v.c.Request().Method == http.MethodHead {
		_, err := files.Send(v.c.Response(), contentType, name, nil)
		return err
	}
	if err := v.takePlace(); err != nil {
		return err
	}
	defer v.leavePlace()
	begun, err := files.Send(v.c.Response(), contentType, name, write)
	if err == nil || !begun {
		return err
	}
	if v.Context().Err() == nil {
		v.Log.Error("a download was cut off", "id", v.RequestID, "route", v.route, "error", err)
	}
	panic(http.ErrAbortHandler)
}
