package attack

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"latchkey/internal/apptest"
	"latchkey/internal/auth"
)

// TestEX01_AFloodSlowsItselfDown: a stranger who has sent too much waits for the answer
// that says so, and nobody who is signed in does.
func TestEX01_AFloodSlowsItselfDown(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	admin := signedInAs(a, a.Admin)
	form := url.Values{"username": {"nobody"}, "password": {"this is not the one"}}
	b := a.Browser()
	for range auth.LimitOf(auth.BucketName).Free {
		b.Send(b.Request(http.MethodPost, "/login", form))
	}
	b.Clone().Post("/login", "username", "nobody", "password", "x").Is(http.StatusTooManyRequests)

	a.Site.SlowDown = time.Hour
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	r := b.Clone().Request(http.MethodPost, "/login", form).WithContext(ctx)
	if answer, err := http.DefaultClient.Do(r); !errors.Is(err, context.DeadlineExceeded) {
		answer.Body.Close()
		t.Errorf("answered %s at once, %v", answer.Status, err)
	}
	for i := range auth.ProfileSavesPerHour {
		admin.Post("/profile/edit", "name", fmt.Sprint("Ada ", i), "email", a.Admin.Email, "theme", "", "time_zone", "")
	}
	admin.Post("/profile/edit", "name", "Bea", "email", a.Admin.Email, "theme", "", "time_zone", "").Is(http.StatusTooManyRequests)
}
