package growth

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// sendEverything lets each network send requests of every kind in turn until end, and
// counts the answers by kind and status.
func sendEverything(base string, end time.Time) map[string]int {
	var (
		all     sync.WaitGroup
		lock    sync.Mutex
		answers = map[string]int{}
	)
	for network := range networks {
		all.Go(func() {
			ctx, cancel := context.WithDeadline(context.Background(), end)
			defer cancel()
			client := &http.Client{
				Transport:     &http.Transport{MaxIdleConnsPerHost: 1},
				CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
			}
			defer client.CloseIdleConnections()
			tick := time.NewTicker(pause)
			defer tick.Stop()
			for i := network; ctx.Err() == nil; i++ { // so that they are not all at the same kind
				kind, status := sendOne(ctx, client, base, network, i)
				if ctx.Err() != nil {
					return // cut off by the end of the measurement
				}
				lock.Lock()
				answers[fmt.Sprintf("%s %d", kind, status)]++
				lock.Unlock()
				select {
				case <-tick.C:
				case <-ctx.Done():
				}
			}
		})
	}
	all.Wait()
	return answers
}

// strangerRequest is something that anybody can send.
type strangerRequest struct {
	method, path string
	form         url.Values // nil for none
	header       map[string]string
	host         string
}

// sendOne sends the i-th request of a network, and returns its kind and the status, 0 for
// no answer.
func sendOne(ctx context.Context, client *http.Client, base string, network, i int) (kind string, status int) {
	kinds := strangersKinds(network, i)
	s := kinds[i%len(kinds)]
	kind = s.method
	if s.host != "" {
		kind = "unknown host"
	}
	var body io.Reader
	if s.form != nil {
		body = strings.NewReader(s.form.Encode())
	}
	request, err := http.NewRequestWithContext(ctx, s.method, base+s.path, body)
	if err != nil {
		return kind, 0
	}
	token := rand.Text()
	for name, value := range map[string]string{
		"Sec-Fetch-Site": "same-origin", "X-Forwarded-For": fmt.Sprintf("10.%d.0.1", network), "Content-Type": "application/x-www-form-urlencoded",
		"Cookie": strings.ReplaceAll("latchkey=T; latchkey-pending=T; latchkey-browser=T; latchkey-form=T", "T", token),
	} {
		request.Header.Set(name, value)
	}
	for name, value := range s.header {
		request.Header.Set(name, value)
	}
	request.Host = s.host
	answer, err := client.Do(request)
	if err != nil {
		return kind, 0
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, answer.Body) // what was left of it counts as answered
	return kind, answer.StatusCode
}

// strangersKinds are all the kinds of requests, with names and links that nobody had before.
func strangersKinds(network, i int) []strangerRequest {
	token, nobody := rand.Text()+rand.Text(), fmt.Sprintf("nobody-%d-%d", network, i)
	user := fmt.Sprintf("bench-%d", i%users)
	wrong := "this is not the one"
	newOne := url.Values{"new_password": {"correct horse battery staple"}}
	twice := map[string]string{"Cookie": "latchkey-browser=" + token + "; latchkey-browser=" + token + "x"}
	kinds := []strangerRequest{
		formTo("/login", "username", nobody, "password", wrong),
		formTo("/login", "username", user, "password", wrong),
		formTo("/login", "username", "the-same-nobody", "password", wrong),
		formTo("/login/with-code", "username", nobody, "password", wrong, "code", "000000"),
		formTo("/login/with-code", "username", user, "password", wrong, "code", "000000"),
		formTo("/forgot", "username", nobody),
		formTo("/forgot", "username", user),
		formTo("/login/code", "code", "000000"),
		formTo("/login/recovery", "code", "AAAA-AAAA-AAAA-AAAA"),
		formTo("/login/lost-phone", "message", "help", "contact", "me"),
		formTo("/setup", "setup_code", token, "username", nobody, "new_password", wrong),
		formTo("/login"),
		formTo("/login", "username", nobody, "password", wrong, "and", "more"),
		formTo("/logout"),
		formTo("/profile/edit", "name", "x"),
		{method: http.MethodPost, path: "/reset/" + token, form: newOne},
		{method: http.MethodPost, path: "/invite/" + token, form: newOne},
		{method: http.MethodPost, path: "/login", form: url.Values{"username": {nobody}, "password": {wrong}}, header: map[string]string{"Sec-Fetch-Site": "cross-site"}},
		{method: http.MethodPost, path: "/login", form: url.Values{"username": {nobody}, "password": {wrong}}, header: map[string]string{"Content-Type": "text/plain"}},
		{method: http.MethodPost, path: "/login", form: url.Values{"username": {nobody}, "password": {wrong}}, header: twice},
		{method: http.MethodPost, path: "/login", form: url.Values{"username": {strings.Repeat("x", 70<<10)}}},
		{method: http.MethodGet, path: "/login", host: "elsewhere.example"},
		{method: http.MethodGet, path: "/login", header: twice},
		{method: http.MethodPut, path: "/login", form: newOne},
		{method: http.MethodDelete, path: "/admin/users/" + token},
	}
	return append(kinds, strangersPages(token)...)
}

// strangersPages are pages and files, asked for with GET and HEAD.
func strangersPages(token string) (kinds []strangerRequest) {
	for _, path := range []string{
		"/", "/login", "/forgot", "/setup", "/profile", "/admin", "/admin/users?q=" + token, "/static/app.css", "/healthz", "/readyz", "/invite/" + token, "/reset/" + token,
		"/not-me/" + token, "/email/" + token, "/lost-phone/new/" + token, "/lost-phone/cancel/" + token, "/" + token, "/login?next=/" + token,
	} {
		kinds = append(kinds, strangerRequest{method: http.MethodGet, path: path}, strangerRequest{method: http.MethodHead, path: path})
	}
	return kinds
}

// formTo is a form with these fields and values.
func formTo(path string, pairs ...string) strangerRequest {
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return strangerRequest{method: http.MethodPost, path: path, form: form}
}

// words lists how many requests of each kind got which status.
func words(answers map[string]int) string {
	var list []string
	for _, kind := range slices.Sorted(maps.Keys(answers)) {
		list = append(list, fmt.Sprintf("%s %d×", kind, answers[kind]))
	}
	return strings.Join(list, ", ")
}
