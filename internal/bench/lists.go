package main

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"

	"latchkey/internal/bench/product"
	"latchkey/internal/bench/report"
)

// manyUsers is how many users the list is measured with.
const manyUsers = 100_000

// lists measures the user list and the search.
func (c tableCommand) lists() ([]report.Row, error) {
	p, err := c.Make(manyUsers, 0)
	defer os.RemoveAll(p.Folder)
	if err != nil {
		return nil, err
	}
	s, cookie, deep, err := startLists(p)
	if err != nil {
		return nil, err
	}
	defer s.Stop()
	var rows []report.Row
	for what, path := range map[string]string{
		"first page":             "/admin/users",
		"deep page":              "/admin/users?sort=-created&after=" + deep,
		"search, one hit":        "/admin/users?q=bench-77777",
		"search, 6 % hit":        "/admin/users?q=lovelace",
		"filter disabled":        "/admin/users?status=disabled",
		"filter locked (nobody)": "/admin/users?status=locked",
		"filter two-step off":    "/admin/users?two_step=off",
	} {
		got, err := product.Measure("load", "--name="+what, "--connections=2", "--rate=100", "--duration="+c.Duration.String(), "--header="+cookie, s.URL+path)
		if err := errors.Join(err, got.Clean()); err != nil {
			return nil, err
		}
		rows = append(rows, report.Row{
			What: "user list at 100,000 users: " + what, Measured: got.Throughput(), Goal: "p99 < 10 ms", Met: got.P99 < 10,
		})
	}
	slices.SortFunc(rows, func(a, b report.Row) int { return strings.Compare(a.What, b.What) })
	return rows, nil
}

// startLists runs the server on one core and signs in to the administration. It returns the
// Cookie header, and the last user of the first page by creation.
func startLists(p product.Product) (s *product.Server, cookie, deep string, err error) {
	if s, err = p.Start(product.OneCore); err != nil {
		return nil, "", "", err
	}
	if cookie, err = p.SignIn(s.URL, "bench-admin"); err == nil {
		deep, err = lastOnPage(http.DefaultTransport, s.URL+"/admin/users?sort=-created", cookie)
	}
	if err != nil {
		s.Stop()
	}
	return s, cookie, deep, err
}

// lastOnPage returns the id of the last user on a page of the list, which is asked for in this way.
func lastOnPage(way http.RoundTripper, page, cookie string) (string, error) {
	request, err := http.NewRequest(http.MethodGet, page, nil)
	if err != nil {
		return "", err
	}
	_, value, _ := strings.Cut(cookie, ": ")
	request.Header.Set("Cookie", value)
	answer, err := way.RoundTrip(request)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	var body bytes.Buffer
	if _, err := body.ReadFrom(answer.Body); err != nil {
		return "", err
	}
	_, rest, found := strings.Cut(body.String(), "after=")
	if end := strings.IndexAny(rest, `&"`); found && end > 0 {
		return rest[:end], nil
	}
	return "", fmt.Errorf("%s has no next page", page)
}
