package webhook

import (
	"html"
	"net/url"
	"slices"
	"strings"
)

// The shortest that is taken out, in bytes: whole paths with their slash, values of a query, and parts of
// a path, of which shorter ones are words, such as hooks or v1.
const (
	shortestPath  = 5
	shortestValue = 4
	shortestPart  = 8
)

// without takes the path and the query of a URL out of what the other side said. Many servers repeat
// them ("Cannot POST /hooks/…"), and there may be a token in them, which is shown nowhere again
// (ST-03).
func without(u *url.URL, said string) string {
	var all []string
	add := func(least int, texts ...string) {
		for _, t := range texts {
			if len(t) >= least {
				all = append(all, t, html.EscapeString(t), url.QueryEscape(t), url.PathEscape(t), strings.ReplaceAll(t, "/", `\/`))
			}
		}
	}
	add(shortestPath, u.RequestURI(), u.EscapedPath(), u.Path)
	add(shortestPart, strings.TrimPrefix(u.EscapedPath(), "/"), strings.TrimPrefix(u.Path, "/"))
	add(shortestPart, strings.Split(u.Path, "/")...)
	add(shortestPart, strings.Split(u.EscapedPath(), "/")...)
	add(shortestValue, u.RawQuery)
	for _, values := range u.Query() {
		add(shortestValue, values...)
	}
	slices.SortFunc(all, func(a, b string) int { return len(b) - len(a) }) // a part of another one after it
	for _, t := range all {
		said = strings.ReplaceAll(said, t, "…")
	}
	return said
}
