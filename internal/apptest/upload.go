package apptest

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
)

// UploadRequest returns a request as this browser would send it for a form with one
// file, behind other fields in pairs.
func (b *Browser) UploadRequest(path, field, name, content string, others ...string) *http.Request {
	b.app.TB.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for i := 0; i+1 < len(others); i += 2 {
		b.app.must(form.WriteField(others[i], others[i+1]))
	}
	part, err := form.CreateFormFile(field, name)
	b.app.must(err)
	_, err = io.WriteString(part, content)
	b.app.must(err)
	b.app.must(form.Close())
	r := b.Request(http.MethodPost, path, nil)
	r.Body, r.ContentLength = io.NopCloser(&body), int64(body.Len())
	r.Header.Set("Content-Type", form.FormDataContentType())
	return r
}

// Upload sends a form with one file and follows no redirect.
func (b *Browser) Upload(path, field, name, content string, others ...string) *Page {
	b.app.TB.Helper()
	return b.Send(b.UploadRequest(path, field, name, content, others...))
}
