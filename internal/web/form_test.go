package web

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/labstack/echo/v4"

	"latchkey/internal/problem"
	"latchkey/internal/web/forms"
)

func TestWE10_FormReadsTheBodyAlone(t *testing.T) {
	t.Parallel()
	r := post("username=anna&password=a%2Bb+c%C3%A9")
	r.URL.RawQuery = "username=ben&next=/x&code=1"
	form, err := bare(t, r).Form("username", "password", "code")
	if diff := cmp.Diff(forms.Form{"username": "anna", "password": "a+b cé"}, form); diff != "" || err != nil {
		t.Errorf("Form: %v\n%s", err, diff)
	}
}

func TestFormIsBounded(t *testing.T) {
	t.Parallel()
	fits := "a=" + strings.Repeat("x", forms.MaxForm-2)
	if form, err := bare(t, post(fits)).Form("a"); err != nil || len(form["a"]) != forms.MaxForm-2 {
		t.Errorf("%d bytes: %v", len(fits), err)
	}
	_, err := bare(t, post(fits+"x")).Form("a")
	if e, ok := errors.AsType[*echo.HTTPError](err); !ok || e.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("%d bytes: %v, want 413", len(fits)+1, err)
	}
	r := post("")
	r.Body = io.NopCloser(io.MultiReader(strings.NewReader("a=1"), cut{}))
	if form, err := bare(t, r).Form("a"); form != nil || !problem.Is(err, problem.BadRequest) {
		t.Errorf("a body that breaks off: %v, %v", form, err)
	}
}

// cut is a connection that breaks.
type cut struct{}

func (cut) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
