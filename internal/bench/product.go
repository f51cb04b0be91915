package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"

	"latchkey/internal/factor"
)

// product is a folder of made-up users and how to sign in as one of them.
type product struct {
	binary, folder string
	password       string
	key            []byte
}

// makeProduct fills a new folder below dir, with further flags of the seed. The
// caller removes it.
func makeProduct(binary, dir string, users int, flags ...string) (product, error) {
	folder, err := os.MkdirTemp(dir, "bench-*")
	if err != nil {
		return product{}, fmt.Errorf("making the data folder: %w", err)
	}
	p := product{binary: binary, folder: folder}
	seed := append([]string{"bench", "seed", "--users", strconv.Itoa(users), "--data", folder}, flags...)
	out, err := exec.Command(binary, seed...).Output()
	if err != nil {
		return p, fmt.Errorf("seeding %d users: %w", users, err)
	}
	said := strings.Fields(string(out))
	if len(said) != 3 {
		return p, fmt.Errorf("seeding said %q", out)
	}
	p.password = said[1]
	p.key, err = factor.ParseSecret(said[2])
	return p, err
}

// start runs the server on one core, or on all of them.
func (p product) start(cores string) (*server, error) {
	return startServerOn(cores, p.binary, "serve", "--addr", "127.0.0.1:0", "--data", p.folder)
}

// signIn goes through both steps and returns the Cookie header of the session.
func (p product) signIn(base, name string) (string, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return "", err
	}
	client := &http.Client{Jar: jar}
	code := factor.Code(p.key, factor.Step(time.Now()))
	if err := post(client, base, "/login", url.Values{"username": {name}, "password": {p.password}}); err != nil {
		return "", err
	}
	if err := post(client, base, "/login/code", url.Values{"code": {code}}); err != nil {
		return "", err
	}
	// The notice of a new browser would stand on every page that is measured.
	until := fmt.Sprint(time.Now().UnixMilli())
	if err := post(client, base, "/security/notices/seen", url.Values{"until": {until}}); err != nil {
		return "", err
	}
	at, err := url.Parse(base)
	if err != nil {
		return "", err
	}
	var cookies []string
	for _, c := range jar.Cookies(at) {
		cookies = append(cookies, c.Name+"="+c.Value)
	}
	return "Cookie: " + strings.Join(cookies, "; "), nil
}

func post(client *http.Client, base, path string, form url.Values) error {
	request, err := http.NewRequest(http.MethodPost, base+path, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	answer, err := client.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %s", path, answer.Status)
	}
	return nil
}

// fetchSite is the header by which our origin check knows a form of ours.
const fetchSite = "--header=Sec-Fetch-Site: same-origin"

// measureProduct measures the product against the yardsticks.
func (c tableCommand) measureProduct(bare, hash, fsync result) ([]row, error) {
	p, err := makeProduct(c.Product, c.Dir, 1000)
	defer os.RemoveAll(p.folder)
	if err != nil {
		return nil, err
	}
	var rows []row
	for _, measure := range []func() ([]row, error){
		func() ([]row, error) { return c.startRow(p) },
		func() ([]row, error) { return c.pages(p, bare, fsync) },
		func() ([]row, error) { return c.signIns(p, hash) },
		func() ([]row, error) { return c.lists() },
	} {
		more, err := measure()
		if err != nil {
			return nil, err
		}
		rows = append(rows, more...)
	}
	return rows, nil
}

// startRow measures from the start of the process to its first answer, on a
// database that is there already: the median of eleven starts.
func (c tableCommand) startRow(p product) ([]row, error) {
	var taken []time.Duration
	for range 11 {
		begin := time.Now()
		s, err := p.start(allCores)
		if err != nil {
			return nil, err
		}
		answer, err := http.Get(s.url + "/login")
		took := time.Since(begin)
		s.stop()
		if err != nil {
			return nil, err
		}
		answer.Body.Close()
		taken = append(taken, took)
	}
	slices.Sort(taken)
	median := milliseconds(taken[len(taken)/2])
	return []row{{
		What: "start to first answer, median of 11", Measured: fmt.Sprintf("%.1f ms", median),
		Goal: "< 30 ms", Met: median < 30,
	}}, nil
}

// pages measures a signed-in page and durable writes, the server on one core and
// the load on the other, and the memory of a server that has nothing to do.
func (c tableCommand) pages(p product, bare, fsync result) ([]row, error) {
	awakeBare, err := c.bare("--awake")
	if err != nil {
		return nil, err
	}
	s, err := p.start(oneCore)
	if err != nil {
		return nil, err
	}
	defer s.stop()
	idle, err := s.residentMB()
	if err != nil {
		return nil, err
	}
	cookie, err := p.signIn(s.url, "bench-0")
	if err != nil {
		return nil, err
	}
	profile, err := measureIn("load", "--name=profile", "--duration="+c.Duration.String(), "--header="+cookie, s.url+"/profile")
	if err != nil {
		return nil, err
	}
	awake, err := measureIn("load", "--name=profile", "--awake", "--duration="+c.Duration.String(), "--header="+cookie, s.url+"/profile")
	if err != nil {
		return nil, err
	}
	requests, err := measureIn("load", "--name=writes", "--duration="+c.Duration.String(), "--connections=64", "--expect=303",
		"--header="+cookie, fetchSite, "--form=&", s.url+"/security/sessions/end-others")
	if err != nil {
		return nil, err
	}
	if err := errors.Join(clean(profile), clean(awake), clean(requests)); err != nil {
		return nil, err
	}
	writes, err := c.durableWrites()
	if err != nil {
		return nil, err
	}
	ratio, times := profile.PerSecond/bare.PerSecond, writes.PerSecond/fsync.PerSecond
	return []row{
		{What: "idle memory after start", Measured: fmt.Sprintf("%.1f MB resident", idle), Goal: "< 25 MB", Met: idle < 25},
		{What: "signed-in /profile, one core", Measured: fmt.Sprintf("%s; ratio to bare %.2f", throughput(profile), ratio), Goal: "≥ 0.35", Met: ratio >= 0.35},
		{What: "the same, while the load never sleeps", Measured: fmt.Sprintf("%s; ratio to bare %.2f", throughput(awake), awake.PerSecond/awakeBare.PerSecond)},
		{What: "64 at once changing something, over HTTP, one core", Measured: throughput(requests)},
		{What: "64 concurrent durable writes, all cores", Measured: fmt.Sprintf("%s; %.1f × fsync", throughput(writes), times), Goal: "≥ 5 ×", Met: times >= 5},
	}, nil
}

// signIns measures passwords as fast as they go, on all cores, while other people
// look at pages at a steady 200 a second, and the memory some seconds later.
func (c tableCommand) signIns(p product, hash result) ([]row, error) {
	s, err := p.start(allCores)
	if err != nil {
		return nil, err
	}
	defer s.stop()
	cookie, err := p.signIn(s.url, "bench-1")
	if err != nil {
		return nil, err
	}
	// In a browser that is known: right passwords without a code count for the network.
	known, err := p.signIn(s.url, "bench-2")
	if err != nil {
		return nil, err
	}
	var pages result
	var pagesErr error
	done := make(chan struct{})
	span := max(c.Duration, 5*time.Second) * 2
	go func() {
		defer close(done)
		pages, pagesErr = measureIn("load", "--name=pages", "--rate=200", "--duration="+span.String(), "--header="+cookie, s.url+"/profile")
	}()
	form := url.Values{"username": {"bench-2"}, "password": {p.password}}.Encode()
	logins, err := measureIn("load", "--name=sign-ins", "--connections=8", "--duration="+span.String(), "--expect=303", fetchSite, "--header="+known, "--form="+form, s.url+"/login")
	<-done
	if err := errors.Join(err, pagesErr); err != nil {
		return nil, err
	}
	if err := errors.Join(clean(logins), clean(pages)); err != nil {
		return nil, err
	}
	time.Sleep(5 * time.Second)
	after, err := s.residentMB()
	ratio := logins.PerSecond / hash.PerSecond
	return []row{
		{What: "sign-ins, 8 at once, all cores", Measured: fmt.Sprintf("%s; ratio to raw argon2id %.2f", throughput(logins), ratio), Goal: "≥ 0.75", Met: ratio >= 0.75},
		{What: "pages at 200/s meanwhile", Measured: throughput(pages), Goal: "p99 < 30 ms", Met: pages.P99 < 30},
		{What: "memory five seconds after that", Measured: fmt.Sprintf("%.1f MB resident", after)},
	}, err
}

// clean turns errors under load into an error: a figure with failures in it is
// no figure.
func clean(r result) error {
	if r.Errors > 0 {
		return fmt.Errorf("%s: %d errors, the last: %s", r.Name, r.Errors, r.LastError)
	}
	return nil
}

// residentMB is the memory of the server that is really in use, in MB.
func (s *server) residentMB() (float64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.command.Process.Pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(status)) {
		if value, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, err := strconv.ParseFloat(strings.Fields(value)[0], 64)
			return kb / 1000, err
		}
	}
	return 0, errors.New("no VmRSS in the process's status")
}
