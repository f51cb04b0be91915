package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"latchkey/internal/bench/load"
	"latchkey/internal/bench/product"
	"latchkey/internal/bench/report"
	"latchkey/internal/bench/seed"
	"latchkey/internal/password"
	"latchkey/internal/program"
	"latchkey/internal/secret"
	"latchkey/internal/store"
)

const (
	// doorHost is the host of the application that is asked about.
	doorHost = "app.localhost"
	// doorRate is how many requests a second go through nginx.
	doorRate = 200
)

// doorCommand measures what a request to an application pays for the proxy that asks about it.
type doorCommand struct {
	tableCommand
	Applications int `default:"10000" help:"How many applications there are in the second measurement."`
	Groups       int `default:"1000" help:"How many groups there are in it."`
}

// Run measures and prints; missing a goal is an error, after the table.
func (c doorCommand) Run() error { return report.Table(c.measure) }

func (c doorCommand) measure() ([]report.Row, error) {
	few, err := c.with(1, 1)
	if err != nil {
		return nil, err
	}
	many, err := c.with(c.Applications, c.Groups)
	return append(few, many...), err
}

// with measures with so many applications and groups.
func (c doorCommand) with(applications, groups int) ([]report.Row, error) {
	p, err := c.Fill(seed.Command{Users: 1000, Groups: groups, GroupsEach: min(10, groups)})
	defer os.RemoveAll(p.Folder)
	if err != nil {
		return nil, err
	}
	s, err := p.Start(product.OneCore, "--trusted-proxies", "127.0.0.1")
	if err != nil {
		return nil, err
	}
	defer s.Stop()
	cookie, err := p.SignIn(s.URL, "bench-0")
	if err != nil {
		return nil, err
	}
	session := tokenIn(cookie)
	app, err := openOne(p.Folder, session, applications)
	if err != nil {
		return nil, err
	}
	return c.compare(p, s, session, app, fmt.Sprintf("%d applications, %d groups", applications, groups))
}

// compare measures the question against the yardstick with a SELECT, and then a request behind nginx.
func (c doorCommand) compare(p product.Product, s *product.Server, session, app, with string) ([]report.Row, error) {
	selecting, err := startBare(pageSize, "--data", p.Folder, "--token", session)
	if err != nil {
		return nil, err
	}
	defer selecting.Stop()
	bodyless, err := startBare(0)
	if err != nil {
		return nil, err
	}
	defer bodyless.Stop()
	question := []string{
		"--header=Cookie: latchkey-app=" + app, "--header=X-Forwarded-Method: GET", "--header=X-Forwarded-Proto: http",
		"--header=X-Forwarded-Host: " + doorHost, "--header=X-Forwarded-Uri: /page?of=it", s.URL + "/forward-auth/bench",
	}
	asked, err := c.byTurns(selecting, s, question)
	if err != nil {
		return nil, err
	}
	beside, err := c.byTurns(bodyless, s, question)
	if err != nil {
		return nil, err
	}
	open, guarded, err := c.behindNginx(p.Folder, s.URL, app)
	return []report.Row{
		{What: "bare handler, 4 KB, one SELECT, one core: " + with, Measured: asked.yardstick()},
		{What: "/forward-auth, by turns with it", Measured: asked.String(), Goal: "≥ 1.0", Met: asked.median() >= 1},
		{What: "bare handler without a page", Measured: beside.yardstick()},
		{What: "/forward-auth, by turns with that", Measured: beside.String(), Goal: "≥ 0.9", Met: beside.median() >= 0.9},
		{What: "a request behind nginx that nobody is asked about", Measured: open.Throughput()},
		{What: "the same, asked about", Measured: fmt.Sprintf("%s; added: p50 %.2f ms, p99 %.2f ms", guarded.Throughput(), guarded.P50-open.P50, guarded.P99-open.P99)},
	}, err
}

// tokenIn is the token in the Cookie header of a session.
func tokenIn(header string) string {
	for part := range strings.SplitSeq(strings.TrimPrefix(header, "Cookie: "), "; ") {
		if token, ok := strings.CutPrefix(part, "latchkey="); ok {
			return token
		}
	}
	return ""
}

// open opens a data folder beside the server that serves it.
func open(ctx context.Context, folder string, untouched bool) (*program.Program, error) {
	return program.Open(ctx, folder, program.Options{Untouched: untouched, Cost: password.DefaultCost(), Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
}

// openOne adds applications, and opens one of them in a session. It returns the token of the
// application's cookie.
func openOne(folder, session string, applications int) (token string, err error) {
	ctx := context.Background()
	p, err := open(ctx, folder, false)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	now := time.Now()
	s, _, ok, err := p.DB.SessionByHash(secret.HashToken(session), now)
	if err != nil || !ok {
		return "", errors.Join(err, errors.New("the session is not there"))
	}
	groups, err := p.DB.Groups(ctx, store.GroupFilter{Sort: store.GroupsByMembers, Down: true, Limit: 1})
	if err != nil || len(groups) == 0 {
		return "", errors.Join(err, errors.New("there is no group"))
	}
	token = secret.Token()
	return token, p.DB.TxAlone(ctx, func(tx *store.Tx) error {
		for i := range applications {
			a := store.Application{Slug: fmt.Sprint("app-", i), Name: fmt.Sprint("Application ", i), Hosts: []string{fmt.Sprintf("app-%d.example", i)}, Groups: []string{groups[0].Name}, Created: now}
			if i == 0 {
				a.Slug, a.Hosts = "bench", []string{doorHost}
			}
			if added, err := tx.AddApplication(a); err != nil || !added {
				return errors.Join(err, fmt.Errorf("the application %s was not added", a.Slug))
			}
		}
		return tx.AddOpened(s.UserID, secret.HashToken(token), secret.ID(), s.ID, "bench", doorHost, now)
	})
}

// nginxConf guards one path and not the other; both lead to the same yardstick.
const nginxConf = `daemon off; worker_processes 1; pid nginx.pid; error_log error.log;
events { worker_connections 256; }
http {
  access_log off; client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;
  upstream application { server APPLICATION; keepalive 8; }
  upstream latchkey { server LATCHKEY; keepalive 8; }
  proxy_http_version 1.1; proxy_set_header Connection "";
  server {
    listen HERE;
    location /open { proxy_pass http://application; }
    location /guarded { auth_request /check; proxy_pass http://application; }
    location = /check {
      internal; proxy_pass http://latchkey/auth-request/bench; proxy_pass_request_body off;
      proxy_set_header Connection ""; proxy_set_header Content-Length "";
      proxy_set_header X-Original-URL http://` + doorHost + `$request_uri; proxy_set_header X-Original-Method $request_method;
    }
  }
}
`

// behindNginx measures requests through nginx to the yardstick, at a steady rate: without the
// question, and with it.
func (c doorCommand) behindNginx(folder, latchkey, app string) (open, guarded load.Result, err error) {
	self, err := os.Executable()
	if err != nil {
		return open, guarded, err
	}
	behind, err := product.StartOn(product.OneCore, self, "bare")
	if err != nil {
		return open, guarded, err
	}
	defer behind.Stop()
	here, err := product.FreeAddress()
	if err != nil {
		return open, guarded, err
	}
	text := strings.NewReplacer("APPLICATION", strings.TrimPrefix(behind.URL, "http://"), "LATCHKEY", strings.TrimPrefix(latchkey, "http://"), "HERE", here).Replace(nginxConf)
	if folder, err = filepath.Abs(folder); err != nil {
		return open, guarded, err
	}
	if err := os.WriteFile(filepath.Join(folder, "nginx.conf"), []byte(text), 0o600); err != nil {
		return open, guarded, err
	}
	nginx := exec.Command("nginx", "-p", folder, "-c", "nginx.conf", "-e", "error.log")
	if err := nginx.Start(); err != nil {
		return open, guarded, fmt.Errorf("starting nginx: %w", err)
	}
	defer func() { nginx.Process.Signal(os.Interrupt); nginx.Wait() }()
	if err := product.Answers("http://" + here + "/open"); err != nil {
		return open, guarded, err
	}
	ask := func(path string) (r load.Result, err error) {
		r, err = product.Measure("load", "--name="+path, "--connections=4", "--rate="+strconv.Itoa(doorRate), "--duration="+c.Duration.String(),
			"--header=Cookie: latchkey-app="+app, "http://"+here+path)
		return r, errors.Join(err, r.Clean())
	}
	if open, err = ask("/open"); err == nil {
		guarded, err = ask("/guarded")
	}
	return open, guarded, err
}
