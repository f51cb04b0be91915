package keys_test

import (
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"latchkey/internal/apptest"
	"latchkey/internal/audit"
	"latchkey/internal/keys"
	"latchkey/internal/secret"
	"latchkey/internal/store"
	"latchkey/internal/stream"
)

// scene is a program in which something of every kind is sealed, by those who seal it.
type scene struct {
	*apptest.App
	alice, bob, carol, erin      *apptest.User
	here, admin, slow, fresh     *apptest.Browser
	imported, enrolment, streams string
	phone                        []byte // that erin is setting up
}

func everythingSealed(t *testing.T) *scene {
	t.Helper()
	s := &scene{App: apptest.Start(t, apptest.Options{Mail: true})}
	s.alice, s.bob, s.carol, s.erin = s.AddUser("alice"), s.AddUser("bob"), s.AddUser("carol"), s.AddUser("erin", apptest.NoPhone)
	// A form that waits for a proof.
	s.slow = s.Browser()
	s.slow.SignIn(s.carol)
	s.Clock.Add(11 * time.Minute)
	s.slow.Post("/profile/edit", "name", "Carola Sealed", "email", "carola@example.org")
	// A message for the next page, and the rows of an import that was looked at.
	s.admin = s.Browser()
	s.admin.SignIn(s.Admin)
	s.imported = s.admin.Upload("/admin/users/import", "file", "p.csv", "username,name,role,password_hash\ndora,Dora,user,\""+apptest.Cost.Hash("some long password 1")+"\"\n").Header.Get("Location")
	s.admin.Post("/admin/users/"+s.bob.ID+"/disable", "reason", "on leave")
	// New codes that were not saved yet, an app that is being set up, and messages that wait.
	s.here = s.Browser()
	s.here.SignIn(s.alice)
	s.here.Post("/security/recovery-codes/new").Redirects("/security/recovery-codes")
	s.fresh = s.Browser()
	s.fresh.Password(s.erin)
	s.fresh.Open("/security/authenticators/new")
	p, ok, err := s.DB.PendingAuthenticator(s.erin.ID, s.Clock.Now())
	if err != nil || !ok {
		t.Fatalf("no enrolment: %v", err)
	}
	s.enrolment = p.ID
	s.phone, err = s.Site.OpenTOTP(p.Sealed, p.UserID, p.ID)
	must(t, err)
	s.Browser().Post("/forgot", "username", "carol")
	s.Tx(func(tx *store.Tx) (err error) {
		s.streams, _, err = stream.Add(s.Site.Instance, tx, audit.Entry{At: s.Clock.Now(), ActorName: "root-admin"}, stream.Wish{Kind: stream.Webhook, Name: "SIEM", URL: "https://127.0.0.1:1/"})
		return err
	})
	return s
}

// opens goes on with everything that the scene has begun.
func (s *scene) opens(t *testing.T) {
	t.Helper()
	s.admin.Get("/admin/users/" + s.bob.ID).Sees("disabled")
	s.admin.Open(s.imported).Sees("1 user would be added")
	s.admin.Submit("Import 1 user").Sees("1 user was added")
	s.here.Open("/security/recovery-codes").Sees("-")
	if n := s.here.Doc().Find("li code, ol code, li").Length(); n < 10 {
		t.Errorf("the new codes are gone: %s", s.here.Text())
	}
	s.slow.Confirm(s.carol)
	if got := s.slow.Open("/profile/edit?kept=1").Body; !strings.Contains(got, "Carola Sealed") {
		t.Errorf("what carol typed is gone: %s", s.slow.Text())
	}
	s.Clock.Add(30 * time.Second)
	s.fresh.Post("/security/authenticators/new", "enrollment", s.enrolment, "label", "Phone", "code", s.CodeFor(s.phone)).Redirects("/security/recovery-codes")
	reset := false
	for _, m := range s.Post() {
		reset = reset || strings.Contains(m.Text, "/reset/")
	}
	if !reset {
		t.Error("the link that carol asked for was not mailed")
	}
	row, err := s.DB.Stream(s.streams)
	must(t, err)
	if d, err := stream.Open(s.Site.Instance, row); err != nil {
		t.Errorf("the stream: %v", err)
	} else {
		d.Close()
	}
	s.Clock.Add(30 * time.Second)
	s.Browser().SignIn(s.alice)
	b := s.Browser()
	b.Password(s.carol)
	b.Post("/login/recovery", "recovery_code", s.carol.Codes[0]).Redirects("/profile")
}

// TestCR04_EverythingIsSealedAnew: what is sealed, of every kind and by whoever seals it, is
// under the new key afterwards, nothing is under the old one, and all of it opens.
func TestCR04_EverythingIsSealedAnew(t *testing.T) {
	t.Parallel()
	s := everythingSealed(t)
	old := s.Ring.Newest()
	before, under := sealedUnder(t, s.App)
	if len(under) != 1 || under[old] == 0 {
		t.Fatalf("sealed before: %v", under)
	}
	other := process(t, s.App)
	rotated, err := keys.Rotate(context.Background(), other, entry(s.App))
	must(t, err)
	if rotated.Old != old || rotated.New == old || rotated.Finished {
		t.Errorf("Rotate: %+v", rotated)
	}
	done, err := keys.Rekey(context.Background(), other, entry(s.App), nil)
	must(t, err)
	kinds, sealed := store.KeptKinds()
	for _, kind := range kinds {
		if sealed[kind] && done.Sealed[kind] == 0 {
			t.Errorf("nothing of the kind %s was sealed anew: this test has none, or Rekey misses it", kind)
		}
	}
	after, under := sealedUnder(t, s.App)
	if len(under) != 1 || under[rotated.New] != done.All() || done.Unopened != 0 {
		t.Errorf("%d were sealed anew, %d cannot be opened (%+v), sealed now: %v in %v", done.All(), done.Unopened, done.Unreadable, under, after)
	}
	if !maps.Equal(before, after) {
		t.Errorf("columns before %v, after %v", before, after)
	}
	s.opens(t)
	verified(t, s.App)
	if got := events(t, s.App, audit.KeysRotated); got != "cli:test: Added the encryption key "+rotated.New+", which is used from then on" {
		t.Errorf("events: %s", got)
	}
	if got := events(t, s.App, audit.KeysRekeyed); !strings.Contains(got, "anew under the encryption key "+rotated.New) {
		t.Errorf("events: %s", got)
	}
	again, err := keys.Rekey(context.Background(), other, entry(s.App), nil)
	if err != nil || again.Unopened != 0 {
		t.Errorf("once more: %+v, %v", again, err)
	}
}

// TestCR04_EverySealedPurposeIsInTheList fails when something is sealed for a purpose that Rekey does
// not know of.
func TestCR04_EverySealedPurposeIsInTheList(t *testing.T) {
	t.Parallel()
	found := map[string]string{}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.Contains(path, "/bench/") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) < 2 {
				return true
			}
			if f, ok := call.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "Seal" {
				if purpose, ok := call.Args[0].(*ast.SelectorExpr); ok {
					found[purpose.Sel.Name] = path
				} else if call.Ellipsis == token.NoPos && !strings.HasSuffix(path, "keys/rekey.go") && !strings.Contains(path, "/secret/") {
					t.Errorf("%s seals for a purpose that this test cannot read", path)
				}
			}
			return true
		})
		return nil
	})
	must(t, err)
	source, err := os.ReadFile("rekey.go")
	must(t, err)
	for purpose, path := range found {
		if !strings.Contains(string(source), "secret."+purpose+",") {
			t.Errorf("%s seals for %s, which is not in purposes (rekey.go): its column needs a line in store/sealed.go", path, purpose)
		}
	}
	if len(found) < 7 {
		t.Errorf("only %v found: this test looked past them", slices.Collect(maps.Keys(found)))
	}
}

// TestCR04_BesideSignIns: people sign in while keys are added and everything is sealed anew, again
// and again; each of them gets in, and no code works twice.
func TestCR04_BesideSignIns(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{Proxied: true})
	var people []*apptest.User
	for n := range 8 {
		people = append(people, a.AddUser(fmt.Sprintf("user%d", n)))
	}
	other := process(t, a)
	ctx, stop := context.WithCancel(context.Background())
	var working sync.WaitGroup
	rounds := 0
	working.Go(func() {
		for ctx.Err() == nil {
			if _, err := keys.Rotate(context.Background(), other, entry(a)); err != nil {
				t.Error(err)
			}
			if _, err := keys.Rekey(context.Background(), other, entry(a), nil); err != nil {
				t.Error(err)
			}
			rounds++
		}
	})
	for range 3 {
		a.Clock.Add(30 * time.Second)
		var signing sync.WaitGroup
		for n, u := range people {
			signing.Go(func() {
				b, twin := a.Browser().From(fmt.Sprintf("10.0.%d.1", n)), a.Browser().From(fmt.Sprintf("10.0.%d.2", n))
				b.Password(u)
				twin.Password(u)
				code := u.Code()
				one, two := b.Post("/login/code", "code", code), twin.Post("/login/code", "code", code)
				if one.Header.Get("Location") != "/profile" || two.Header.Get("Location") == "/profile" {
					t.Errorf("%s: %d to %q, then %d to %q", u.Username, one.Status, one.Header.Get("Location"), two.Status, two.Header.Get("Location"))
				}
			})
		}
		signing.Wait()
	}
	stop()
	working.Wait()
	listed, err := keys.List(context.Background(), a.Site.Instance)
	must(t, err)
	if rounds == 0 || len(listed.Keys) != rounds+1 {
		t.Errorf("%d keys after %d rounds", len(listed.Keys), rounds)
	}
	for _, k := range listed.Keys {
		if !k.Newest && k.Sealed() > 0 {
			t.Errorf("under the old key %s: %v", k.ID, k.Under)
		}
	}
	for kind, n := range listed.Lost {
		if n > 0 {
			t.Errorf("%d %s are under no key", n, kind)
		}
	}
	verified(t, a)
}

// TestCR04_WhatCannotBeOpenedIsNamed: and stays as it is, while the rest is sealed anew.
func TestCR04_WhatCannotBeOpenedIsNamed(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice, bob := a.AddUser("alice"), a.AddUser("bob")
	stolen, err := a.DB.Authenticators(alice.ID)
	must(t, err)
	his, err := a.DB.Authenticators(bob.ID)
	must(t, err)
	a.Tx(func(tx *store.Tx) error { // as somebody would who can write the file
		done, err := tx.SealAnew(store.SealedRow{Kind: store.KeptAuthenticators, Key: his[0].ID, Sealed: his[0].Sealed}, stolen[0].Sealed)
		if err == nil && !done {
			err = fmt.Errorf("no such row")
		}
		return err
	})
	other := process(t, a)
	_, err = keys.Rotate(context.Background(), other, entry(a))
	must(t, err)
	done, err := keys.Rekey(context.Background(), other, entry(a), nil)
	must(t, err)
	if done.Unopened != 1 || len(done.Unreadable) != 1 || done.Unreadable[0].Key != his[0].ID || done.Unreadable[0].Sealed != "" || done.Sealed[store.KeptAuthenticators] != 2 {
		t.Errorf("%+v", done)
	}
	now, err := a.DB.Authenticators(bob.ID)
	must(t, err)
	if now[0].Sealed != stolen[0].Sealed {
		t.Error("what cannot be opened was changed")
	}
	if e := a.Newest(); e.Event != audit.KeysRekeyed || e.Result != audit.ResultFailed {
		t.Errorf("the newest row is %s %s", e.Event, e.Result)
	}
}

// TestCR04_ARowThatChangedMeanwhileStays: SealAnew puts nothing in the place of something newer.
func TestCR04_ARowThatChangedMeanwhileStays(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	alice := a.AddUser("alice")
	rows, err := a.DB.SealedUnderOthers(context.Background(), store.KeptAuthenticators, store.SealedRow{}, secret.NewRing().Newest(), 100)
	must(t, err)
	if len(rows) != 2 { // hers and the administrator's
		t.Fatalf("%d rows", len(rows))
	}
	for _, row := range rows {
		row.Sealed = a.Site.Seal(secret.PurposeTOTP, []byte("something else"), row.Place...)
		a.Tx(func(tx *store.Tx) error {
			done, err := tx.SealAnew(row, "1.x.y")
			if done {
				t.Error("a row was changed that was not what was read")
			}
			return err
		})
	}
	a.Clock.Add(30 * time.Second)
	a.Browser().SignIn(alice)
}
