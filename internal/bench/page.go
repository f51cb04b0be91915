package main

import (
	"fmt"
	"net/http"
	"net/http/httputil"
	"os"
	"strings"

	"latchkey/internal/bench/product"
	"latchkey/internal/bench/report"
)

// pageCommand measures signed-in pages alone, to compare two programs in one hour.
type pageCommand struct{ tableCommand }

// Run measures and prints; missing a goal is an error, after the table.
func (c pageCommand) Run() error { return report.Table(c.measure) }

func (c pageCommand) measure() ([]report.Row, error) {
	p, err := c.Make(1000, 0)
	defer os.RemoveAll(p.Folder)
	if err != nil {
		return nil, err
	}
	return c.pages(p)
}

// signedIn are the pages that are measured, who looks at them, and which part of a bare handler that sends as many
// bytes they are to reach.
var signedIn = []struct {
	path, by string
	goal     float64
}{
	{"/profile", "bench-0", 0.60},
	{"/security", "bench-0", 0.30},
	{"/admin/users", "bench-admin", 0.20},
	{"/admin", "bench-admin", 0.15},
}

// pages measures signed-in pages, each against a bare handler that sends exactly as many bytes, the server on one core
// and the load on the other, and the memory of a server that has nothing to do.
func (c tableCommand) pages(p product.Product) ([]report.Row, error) {
	s, err := p.Start(product.OneCore)
	if err != nil {
		return nil, err
	}
	defer s.Stop()
	idle, err := s.RestingMB(settle)
	if err != nil {
		return nil, err
	}
	// The address that people have: on another host the server looks for an application first.
	at := strings.Replace(s.URL, "//127.0.0.1:", "//localhost:", 1)
	cookies := map[string]string{}
	var rows []report.Row
	for _, page := range signedIn {
		if cookies[page.by] == "" {
			if cookies[page.by], err = p.SignIn(at, page.by); err != nil {
				return nil, err
			}
		}
		more, err := c.page(s, at+page.path, cookies[page.by], page.path, page.goal)
		if err != nil {
			return nil, err
		}
		rows = append(rows, more...)
	}
	peak, err := s.PeakMB()
	return append(rows,
		report.Row{What: "idle memory after start", Measured: fmt.Sprintf("%.1f MB resident", idle), Goal: "≤ 26 MB", Met: idle <= 26},
		report.Row{What: "memory at its highest meanwhile", Measured: fmt.Sprintf("%.1f MB resident", peak)}), err
}

// page measures one page.
func (c tableCommand) page(s *product.Server, url, cookie, path string, goal float64) ([]report.Row, error) {
	size, err := bytesOf(url, cookie)
	if err != nil {
		return nil, err
	}
	bare, err := startBare(size - bareHead)
	if err != nil {
		return nil, err
	}
	defer bare.Stop()
	request := []string{"--header=" + cookie, url}
	got, err := c.byTurns(bare, s, request)
	if err != nil {
		return nil, err
	}
	rows := []report.Row{
		{What: fmt.Sprintf("bare handler, %d bytes, one core", size), Measured: got.yardstick()},
		{What: "signed-in " + path + ", by turns with it", Measured: got.String(), Goal: fmt.Sprintf("≥ %.2f", goal), Met: got.median() >= goal},
	}
	if path != signedIn[0].path {
		return rows, nil
	}
	awake, err := c.byTurns(bare, s, request, "--awake")
	return append(rows, report.Row{What: "the same, while the load never sleeps", Measured: awake.String()}), err
}

// bytesOf is how many bytes the answer has, with its head.
func bytesOf(url string, headers ...string) (int, error) {
	request, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		return 0, err
	}
	request.Header.Set("User-Agent", "")
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		request.Header.Set(name, value)
	}
	answer, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	whole, err := httputil.DumpResponse(answer, true)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s answered %s", url, answer.Status)
	}
	return len(whole), err
}
