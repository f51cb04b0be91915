package check

import (
	"context"
	"net/http"
	"slices"
)

// forgery is a kind of request that claims what only a proxy may say.
type forgery struct {
	words   string // what it claims, in a sentence
	headers func(s stranger) http.Header
}

// forgeries are tried one by one, so that what is said names what is believed.
var forgeries = []forgery{
	{"Remote-User and the headers like it", func(s stranger) http.Header {
		return http.Header{
			"Remote-User": {s.as.user}, "Remote-Name": {s.as.name}, "Remote-Email": {s.as.email}, "Remote-Groups": {"admin"},
			"X-Remote-User": {s.as.user}, "X-Forwarded-User": {s.as.user}, "X-Webauth-User": {s.as.user}, "X-Auth-Request-User": {s.as.user},
			"X-Forwarded-Email": {s.as.email}, "X-Forwarded-Preferred-Username": {s.as.user},
		}
	}},
	{"Remote_User and Remote.User, which some applications read as Remote-User", func(s stranger) http.Header {
		return http.Header{
			"Remote_User": {s.as.user}, "Remote.User": {s.as.user}, "REMOTE_USER": {s.as.user}, "Remote_Email": {s.as.email},
			"X_Remote_User": {s.as.user}, "X_Forwarded_User": {s.as.user}, "Http_Remote_User": {s.as.user},
		}
	}},
	{"X-Forwarded-Uri, X-Original-URL and the headers like them", func(s stranger) http.Header {
		path := openPath(s)
		return http.Header{
			"X-Forwarded-Uri": {path}, "X-Original-Url": {s.own.Scheme + "://" + s.application.Hosts[0] + path}, "X-Rewrite-Url": {path},
			"X-Forwarded-Prefix": {path}, "X-Forwarded-Method": {"OPTIONS"}, "X-Forwarded-Host": {s.own.Host}, "X-Forwarded-For": {"127.0.0.1"},
		}
	}},
}

// openPath is a path that everybody may see, if there is one.
func openPath(s stranger) string {
	if len(s.application.Public) > 0 {
		return s.application.Public[0]
	}
	return "/.latchkey/start"
}

// forges tries what is forged, and says what is believed.
func (s stranger) forges(ctx context.Context, address string, plain answer) (all []Finding) {
	for _, f := range forgeries {
		got, err := ask(ctx, s.client, address, f.headers(s))
		if err != nil {
			continue // it was answered before, so this one was refused
		}
		switch {
		case got.isIn() && !plain.isIn():
			all = append(all, s.says(Broken, aroundTheProxy, "Anybody gets in at %s who sends %s: it answers %d.", address, f.words, got.status))
		case got.isIn() && s.greets(got) && !s.greets(plain):
			all = append(all, s.says(Broken, aroundTheProxy, "The application believes whoever sends %s: at %s it takes a stranger for %s.", f.words, address, s.as.user))
		case s.leadsToUs(address, plain) && !s.leadsToUs(address, got) && !refuses(got):
			all = append(all, s.says(Broken, aroundTheProxy, "%s lets requests through to the application that have %s: it answers %d.", address, f.words, got.status))
		}
	}
	return all
}

// greets reports whether an answer is for whom the request claims to be from.
func (s stranger) greets(a answer) bool {
	return slices.ContainsFunc([]string{s.as.user, s.as.email}, a.shows)
}

// refuses reports whether an answer lets nobody in, whoever gave it.
func refuses(a answer) bool {
	switch a.status {
	case http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusMisdirectedRequest, http.StatusRequestHeaderFieldsTooLarge:
		return true
	}
	return a.status >= 500
}
