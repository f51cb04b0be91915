package attack

import (
	"io"
	"net/http"
	"testing"

	"latchkey/internal/apptest"
	"latchkey/internal/auth"
	"latchkey/internal/web"
	"latchkey/internal/web/files"
)

// TestEX02_FewFilesAreSentAtOnce: somebody who begins downloads and takes a piece now and
// then does not fill the memory, and keeps nobody else from downloading.
func TestEX02_FewFilesAreSentAtOnce(t *testing.T) {
	t.Parallel()
	begun, goOn := make(chan struct{}, 10), make(chan struct{})
	a := apptest.Start(t, apptest.Options{Mount: func(s *web.Site) {
		s.Get("/file", web.SignedIn, func(v *web.Visitor) error {
			return v.Download("text/plain", "file.txt", func(w io.Writer) error {
				begun <- struct{}{}
				<-goOn
				_, err := w.Write(block)
				return err
			})
		})
	}})
	ann, bob := a.Browser(), a.Browser()
	ann.SignIn(a.AddUser("ann"))
	bob.SignIn(a.AddUser("bob"))
	ended := make(chan int, 10)
	download := func(b *apptest.Browser) {
		r := b.Request(http.MethodGet, "/file", nil)
		go func() { ended <- status(r) }()
		<-begun
	}
	for range files.DownloadsEach {
		download(ann)
	}
	p := ann.Get("/file").Is(http.StatusTooManyRequests)
	p.Sees("Your other downloads are not done", "You can download two files at a time.", "You can try again after")
	if wait := p.Header.Get("Retry-After"); wait != "10" {
		t.Errorf("Retry-After %q", wait)
	}
	download(bob)
	close(goOn)
	for range files.DownloadsEach + 1 {
		if got := <-ended; got != http.StatusOK {
			t.Errorf("a download was answered %d", got)
		}
	}
	ann.Get("/file").Is(http.StatusOK)
}

// TestEX02_DownloadsOfMany: all together have a bound too, and the page says that it is not
// one's own.
func TestEX02_DownloadsOfMany(t *testing.T) {
	t.Parallel()
	begun, goOn := make(chan struct{}, files.DownloadsAtOnce), make(chan struct{})
	a := apptest.Start(t, apptest.Options{Mount: func(s *web.Site) {
		s.Get("/file", web.SignedIn, func(v *web.Visitor) error {
			return v.Download("text/plain", "file.txt", func(io.Writer) error { begun <- struct{}{}; <-goOn; return nil })
		})
	}})
	ended := make(chan int, files.DownloadsAtOnce)
	for i := range files.DownloadsAtOnce {
		if i%files.DownloadsEach == 0 {
			continue
		}
		b := a.Browser()
		b.SignIn(a.AddUser("user" + string(rune('a'+i/26)) + string(rune('a'+i%26))))
		for range files.DownloadsEach {
			r := b.Request(http.MethodGet, "/file", nil)
			go func() { ended <- status(r) }()
			<-begun
		}
	}
	other := a.Browser()
	other.SignIn(a.AddUser("somebody"))
	other.Get("/file").Is(http.StatusTooManyRequests).Sees("Too many downloads at the moment", "Other people are downloading files", "You can try again after")
	close(goOn)
	for range files.DownloadsAtOnce {
		<-ended
	}
	other.Get("/file").Is(http.StatusOK)
}

// TestEX02_ARefusedDownloadUsesNothingUp: who is told to wait for their other downloads has
// downloaded nothing, and keeps all of what they may in an hour.
func TestEX02_ARefusedDownloadUsesNothingUp(t *testing.T) {
	t.Parallel()
	begun, goOn := make(chan struct{}, files.DownloadsEach), make(chan struct{})
	a := apptest.Start(t, apptest.Options{Mount: func(s *web.Site) {
		s.Get("/file", web.SignedIn, func(v *web.Visitor) error {
			return v.Download("text/plain", "file.txt", func(io.Writer) error { begun <- struct{}{}; <-goOn; return nil })
		})
	}})
	ann := a.Browser()
	ann.SignIn(a.AddUser("ann"))
	ended := make(chan int, files.DownloadsEach)
	for range files.DownloadsEach {
		r := ann.Request(http.MethodGet, "/file", nil)
		go func() { ended <- status(r) }()
		<-begun
	}
	for range auth.DownloadsPerHour + 1 {
		ann.Get("/profile/data.json").Is(http.StatusTooManyRequests).Sees("Your other downloads are not done")
	}
	close(goOn)
	for range files.DownloadsEach {
		<-ended
	}
	for range auth.DownloadsPerHour {
		ann.Get("/profile/data.json").Is(http.StatusOK)
	}
	ann.Get("/profile/data.json").Is(http.StatusTooManyRequests).Sees("You have downloaded your data 30 times in the last hour")
}
