package attack

import (
	"io"
	"net/http"
	"testing"

	"latchkey/internal/apptest"
	"latchkey/internal/auth"
	"latchkey/internal/web"
	"latchkey/internal/web/files"
	"latchkey/internal/web/route"
)

// heldFiles are downloads of /file that stay under way until goOn is closed. Those of /short
// count like them and end at once, so that a test whose guard is gone fails and does not wait.
type heldFiles struct {
	t           *testing.T
	begun, goOn chan struct{}
	ended       chan int
}

// holdFiles is the program with such downloads.
func holdFiles(t *testing.T) (*apptest.App, heldFiles) {
	h := heldFiles{t, make(chan struct{}, files.DownloadsAtOnce+1), make(chan struct{}), make(chan int, files.DownloadsAtOnce+1)}
	a := apptest.Start(t, apptest.Options{OneNode: true, Mount: func(s *web.Site) {
		for path, write := range map[string]func(io.Writer) error{
			"/file": func(w io.Writer) error {
				h.begun <- struct{}{}
				<-h.goOn
				_, err := w.Write(block)
				return err
			},
			"/short": func(io.Writer) error { return nil },
		} {
			s.Get(path, route.SignedIn, func(v *web.Visitor) error { return v.Download("text/plain", "file.txt", write) })
		}
	}})
	return a, h
}

// download begins one, which must be let through.
func (h heldFiles) download(b *apptest.Browser) {
	h.t.Helper()
	r := b.Request(http.MethodGet, "/file", nil)
	go func() { h.ended <- status(r) }()
	select {
	case <-h.begun:
	case got := <-h.ended:
		close(h.goOn)
		h.t.Fatalf("a download was answered %d before its time", got)
	}
}

// finish lets so many end well.
func (h heldFiles) finish(many int) {
	h.t.Helper()
	close(h.goOn)
	for range many {
		if got := <-h.ended; got != http.StatusOK {
			h.t.Errorf("a download was answered %d", got)
		}
	}
}

// TestEX02_FewFilesAreSentAtOnce: somebody who begins downloads and takes a piece now and
// then does not fill the memory, and keeps nobody else from downloading.
func TestEX02_FewFilesAreSentAtOnce(t *testing.T) {
	t.Parallel()
	a, held := holdFiles(t)
	ann, bob := a.Browser(), a.Browser()
	ann.SignIn(a.AddUser("ann"))
	bob.SignIn(a.AddUser("bob"))
	for range files.DownloadsEach {
		held.download(ann)
	}
	p := ann.Get("/short")
	held.download(bob)
	held.finish(files.DownloadsEach + 1)
	p.Is(http.StatusTooManyRequests).Sees("Your other downloads are not done", "You can download two files at a time.", "You can try again after")
	if wait := p.Header.Get("Retry-After"); wait != "10" {
		t.Errorf("Retry-After %q", wait)
	}
	ann.Get("/short").Is(http.StatusOK)
}

// TestEX02_DownloadsOfMany: all together have a bound too, and the page says that it is not
// one's own.
func TestEX02_DownloadsOfMany(t *testing.T) {
	t.Parallel()
	a, held := holdFiles(t)
	for i := range files.DownloadsAtOnce {
		if i%files.DownloadsEach == 0 {
			continue
		}
		b := a.Browser()
		b.SignIn(a.AddUser("user" + string(rune('a'+i/26)) + string(rune('a'+i%26))))
		for range files.DownloadsEach {
			held.download(b)
		}
	}
	other := a.Browser()
	other.SignIn(a.AddUser("somebody"))
	p := other.Get("/short")
	held.finish(files.DownloadsAtOnce)
	p.Is(http.StatusTooManyRequests).Sees("Too many downloads at the moment", "Other people are downloading files", "You can try again after")
	other.Get("/short").Is(http.StatusOK)
}

// TestEX02_ARefusedDownloadUsesNothingUp: who is told to wait for their other downloads has
// downloaded nothing, and keeps all of what they may in an hour.
func TestEX02_ARefusedDownloadUsesNothingUp(t *testing.T) {
	t.Parallel()
	a, held := holdFiles(t)
	ann := a.Browser()
	ann.SignIn(a.AddUser("ann"))
	for range files.DownloadsEach {
		held.download(ann)
	}
	var pages []*apptest.Page
	for range auth.DownloadsPerHour + 1 {
		pages = append(pages, ann.Get("/profile/data.json"))
	}
	held.finish(files.DownloadsEach)
	for _, p := range pages {
		p.Is(http.StatusTooManyRequests).Sees("Your other downloads are not done")
	}
	for range auth.DownloadsPerHour {
		ann.Get("/profile/data.json").Is(http.StatusOK)
	}
	ann.Get("/profile/data.json").Is(http.StatusTooManyRequests).Sees("You have downloaded your data 30 times in the last hour")
}
