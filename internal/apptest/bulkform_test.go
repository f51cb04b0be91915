package apptest_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"latchkey/internal/apptest"
	"latchkey/internal/audit"
	"latchkey/internal/store"
)

// TestStory_BulkWhenMoreMatchThanWereSeen shows the review again.
func TestStory_BulkWhenMoreMatchThanWereSeen(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	addMany(a, "temp", 40)
	b := signedIn(a)
	b.Open("/admin/users?q=temp")
	b.Follow("Select all 40")
	b.Submit("Review…", "With selected", "sign-out").Sees("Sign out 40 users")
	addMany(a, "temps", 10)
	b.Submit("Sign out 40 users").Is(http.StatusConflict).Sees("Many more users match", "Sign out 50 users")
	b.Submit("Sign out 50 users").At("/admin/users?q=temp").Sees("50 users signed out.")
}

// TestAC06_BulkForm sends what no page of ours sends.
func TestAC06_BulkForm(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	b := signedIn(a)
	var many []string
	for i := range 101 {
		many = append(many, "user", fmt.Sprint(i))
	}
	for name, fields := range map[string][]string{
		"too many":        append(many, "action", "disable"),
		"doubled action":  {"user", alice.ID, "action", "disable", "action", "enable"},
		"unknown action":  {"user", alice.ID, "action", "promote"},
		"unknown field":   {"user", alice.ID, "action", "disable", "role_to", "admin"},
		"broken filter":   {"all", "1", "action", "disable", "status", "odd"},
		"text with a NUL": {"user", "a\x00b", "action", "disable"},
	} {
		if p := b.Clone().Post("/admin/users/bulk", append(fields, "confirm", "1")...); p.Status != http.StatusBadRequest {
			t.Errorf("%s: %d", name, p.Status)
		}
	}
	b.Post("/admin/users/bulk", "user", "nobody", "action", "disable", "confirm", "1").Is(http.StatusConflict)
	b.Post("/admin/users/bulk", "user", alice.ID, "action", "disable", "confirm", "1", "reason", strings.Repeat("x", 501)).Is(http.StatusUnprocessableEntity)
	a.Clock.Add(11 * time.Minute)
	b.Post("/admin/users/bulk", "user", alice.ID, "action", "disable", "confirm", "1").Redirects("/confirm?next=%2Fadmin%2Fusers%2Fbulk%3Fkept%3D1")
	if alice.Now().Disabled {
		t.Error("alice is disabled")
	}
}

// TestBulk_RefusedActLeavesNothing runs an action whose guard refuses in the middle of others.
func TestBulk_RefusedActLeavesNothing(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	failed := errors.New("refused")
	a.Tx(func(tx *store.Tx) error {
		err := tx.Attempt(func() error {
			_, err := tx.Disable(true, alice.ID)
			return errors.Join(err, failed)
		})
		if !errors.Is(err, failed) {
			t.Errorf("Attempt: %v", err)
		}
		return nil
	})
	if alice.Now().Disabled {
		t.Error("what the failed part wrote is there")
	}
}

// TestBulk_NobodyTwice lets several work on the same act at the same moment.
func TestBulk_NobodyTwice(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	addMany(a, "temp", 850)
	b := signedIn(a)
	b.Post("/admin/users/bulk", "q", "temp", "all", "1", "action", "sign-out", "seen", "850", "confirm", "1").Is(http.StatusSeeOther)
	page := b.Header.Get("Location")
	var running sync.WaitGroup
	for range 8 {
		running.Go(func() { a.RunBulk() })
	}
	running.Wait()
	b.Open(page).Sees("850 users signed out.", "Changed 850 Left out 0")
	if n := events(t, a, audit.SessionEnded); n != 850 {
		t.Errorf("%d rows for 850 users", n)
	}
}
