package attack

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"latchkey/internal/web/conns"

	"latchkey/internal/apptest"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/web"
	"latchkey/internal/web/route"
)

// serveDownload serves one download, as the file it writes, on a server that gives a
// whole answer this long.
func serveDownload(t *testing.T, writeTimeout time.Duration, write func(w io.Writer) error) (*apptest.App, *http.Client, string) {
	t.Helper()
	a := apptest.Start(t, apptest.Options{Mount: func(s *web.Site) {
		s.Get("/file", route.Anyone, func(v *web.Visitor) error { return v.Download("text/plain", "file.txt", write) })
	}})
	server := httptest.NewUnstartedServer(nil)
	server.Config = conns.NewServer(a.Site, a.Site.Log)
	server.Config.WriteTimeout = writeTimeout
	server.Start()
	t.Cleanup(server.Close)
	return a, server.Client(), server.URL + "/file"
}

var block = bytes.Repeat([]byte("x"), 100<<10)

// TestAV01_DownloadsOutlastTheTimeOfAnAnswer: each piece has a time of its own.
func TestAV01_DownloadsOutlastTheTimeOfAnAnswer(t *testing.T) {
	t.Parallel()
	const limit = 20 * time.Millisecond
	_, client, url := serveDownload(t, limit, func(w io.Writer) error {
		for range 4 {
			<-time.After(2 * limit) // the limit has to pass
			if _, err := w.Write(block); err != nil {
				return err
			}
		}
		return nil
	})
	answer, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if body, err := io.ReadAll(answer.Body); len(body) != 4*len(block) || err != nil {
		t.Errorf("%d bytes of %d, %v", len(body), 4*len(block), err)
	}
}

// TestDownloadIsSentWhileItIsMade: what was written arrives before the rest is.
func TestDownloadIsSentWhileItIsMade(t *testing.T) {
	t.Parallel()
	arrived := make(chan struct{})
	_, client, url := serveDownload(t, time.Minute, func(w io.Writer) error {
		if _, err := w.Write(block); err != nil {
			return err
		}
		<-arrived
		_, err := w.Write([]byte("end"))
		return err
	})
	answer, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if _, err := io.ReadFull(answer.Body, make([]byte, 64<<10)); err != nil {
		t.Fatal(err)
	}
	close(arrived)
	if rest, err := io.ReadAll(answer.Body); !bytes.HasSuffix(rest, []byte("end")) || err != nil {
		t.Errorf("%d bytes more, %v", len(rest), err)
	}
}

// TestDownloadThatFailsIsNotTakenForWhole: an error before the first piece is a
// page; one after it cuts the connection.
func TestDownloadThatFailsIsNotTakenForWhole(t *testing.T) {
	t.Parallel()
	for _, written := range [][]byte{nil, block} {
		a, client, url := serveDownload(t, time.Minute, func(w io.Writer) error {
			if _, err := w.Write(written); err != nil {
				return err
			}
			return &problem.Problem{Kind: problem.Unavailable, Message: "Not now.", Err: errors.New("the disk is gone")}
		})
		answer, err := client.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		_, err = io.ReadAll(answer.Body)
		if written == nil && (answer.StatusCode != http.StatusServiceUnavailable || answer.Header.Get("Content-Disposition") != "" || err != nil) {
			t.Errorf("before the first piece: %d, %v, %v", answer.StatusCode, answer.Header, err)
		}
		if written != nil && (err == nil || !strings.Contains(a.Log.Trouble(), "the disk is gone")) {
			t.Errorf("after the first piece: %v; the log says %q", err, a.Log.Trouble())
		}
	}
}

// TestLO02_NoExportWithoutItsRow: what cannot be written down does not leave.
func TestLO02_NoExportWithoutItsRow(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	b := a.Browser()
	b.SignIn(a.Admin)
	repair := breakTable(t, a, "audit_log", "INSERT")
	for _, path := range []string{"/admin/users.csv", "/admin/users.jsonl", "/admin/audit.csv", "/admin/audit.jsonl"} {
		p := b.Get(path)
		p.Is(http.StatusServiceUnavailable)
		if strings.Contains(p.Body, "root-admin,") || strings.Contains(p.Body, `"root-admin"`) {
			t.Errorf("%s gave something away: %s", path, p.Body)
		}
	}
	repair()
	b.Get("/admin/users.csv").Is(http.StatusOK)
}

// TestLO03_ExportsAndRetentionAtOnce: exports of a log that shrinks and grows
// meanwhile are whole as far as they go, and the chain holds.
func TestLO03_ExportsAndRetentionAtOnce(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	var all sync.WaitGroup
	for i := range 8 { // each a person of their own: one is sent two files at a time
		b := signedInAs(a, a.AddUser(fmt.Sprint("auditor", i), apptest.Administrator))
		all.Go(func() {
			for range 5 {
				b.Get("/admin/audit.jsonl").Is(http.StatusOK)
			}
		})
	}
	all.Go(func() {
		for range 20 {
			a.Tx(func(tx *store.Tx) error {
				later := a.Clock.Now().AddDate(0, 0, 40)
				_, _, err := tx.RemoveAudit(later, later.AddDate(0, 0, -31), 1)
				return err
			})
		}
	})
	all.Wait()
	if _, _, err := a.DB.VerifyAudit(t.Context(), a.Ring, ""); err != nil {
		t.Error(err)
	}
	if d, err := a.DB.AuditRemoved(); err != nil || d.LastSeq == 0 {
		t.Errorf("nothing was removed: %+v, %v", d, err)
	}
}
