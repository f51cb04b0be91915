// Package web is the HTTP that every feature shares: who is asking, who may
// pass, how a form is read, how an answer is rendered and how a failure becomes
// a page. Features mount their routes on a [Site] and see requests as a
// [Visitor]; Echo itself stays in here. What needs neither of the two is a package
// below: a request is made of arrival and cookies (request), gets somebody behind it
// (session), and is made a visitor here.
//
// A request passes, in this order: request id and recover, headers, host, method,
// origin (CSRF), content type and size, the route's declared access, the handler.
// Nothing a client chose reaches a decision on the way: links, cookie flags and
// origin come from the configured base URL, the address from the socket unless
// the peer is a trusted proxy.
package web

import (
	"fmt"
	"maps"
	"net/http"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"

	"latchkey/internal/auth"
	"latchkey/internal/instance"
	"latchkey/internal/web/arrival"
	"latchkey/internal/web/bodies"
	"latchkey/internal/web/conns"
	"latchkey/internal/web/cookies"
	"latchkey/internal/web/files"
	"latchkey/internal/web/health"
	"latchkey/internal/web/look"
	"latchkey/internal/web/present"
	"latchkey/internal/web/repeat"
	"latchkey/internal/web/request"
	"latchkey/internal/web/route"
	"latchkey/views"
)

// Config is what a Site needs beside the instance. Nothing in it must be set.
type Config struct {
	TrustedProxies []netip.Prefix
	SlowDown       time.Duration     // the constant of this name; 0 where nobody is to wait
	KeyFile        func() error      // whether the key file is still that of the ring; nil: not looked at
	FlagValues     []views.FlagValue // what flags decided, for the page that shows it
	MailFlagValues []views.FlagValue // what they decided about mail, for its page
}

// Site is the running site. It is safe for concurrent use once every feature is
// mounted.
type Site struct {
	*instance.Instance
	Config

	echo      *echo.Echo
	questions []question

	routes  *route.Table
	source  *request.Source
	answers *repeat.Answers
	bodies  *bodies.Bodies
	frame   atomic.Pointer[views.Frame] // what the pages of everybody have in common
	onApps  atomic.Pointer[views.Frame] // the same for pages of ours on the hosts of applications
	look    atomic.Pointer[look.Look]   // and what an administrator changed of their look
	health  *health.Health
	headers *conns.Headers

	secureApps, plainApps cookies.Store // of applications at https, and of those on this machine at http

	jobs []instance.Job

	receiving *files.Uploads
	sending   *files.Downloads
}

// New returns a site without routes over an instance.
func New(i *instance.Instance, c Config) (*Site, error) {
	gate, err := arrival.NewGate(i.URL, c.TrustedProxies)
	if err != nil {
		return nil, err
	}
	s := &Site{
		Instance: i, Config: c, source: request.NewSource(i, gate),
		routes: route.NewTable(), answers: repeat.New(), bodies: bodies.New(), receiving: files.NewUploads(), sending: files.NewDownloads(),
	}
	s.secureApps, s.plainApps = cookies.NewStore(true), cookies.NewStore(false)
	s.health = health.New(i, s.checkKeyFile)
	always := maps.Clone(fixedHeaders)
	if i.Secure() {
		always["Strict-Transport-Security"] = "max-age=31536000"
	}
	s.headers = conns.NewHeaders(always)
	i.OnSettings = s.draw
	if err := s.draw(i.Settings()); err != nil {
		return nil, err
	}
	s.newEcho()
	s.mountFiles()
	return s, nil
}

// checkKeyFile is the check of the configuration, as it is when it is asked.
func (s *Site) checkKeyFile() error {
	if s.KeyFile == nil {
		return nil
	}
	return s.KeyFile()
}

func (s *Site) newEcho() {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.HTTPErrorHandler = func(err error, c echo.Context) { s.visitor(c).fail(err) }
	e.Pre(s.enter)
	s.echo = e
}

// draw makes what all pages have in common of the settings, and keeps it.
func (s *Site) draw(settings auth.Settings) error {
	mine, err := look.New(settings, s.look.Load(), s.DB.Logo)
	if err != nil {
		return err
	}
	frame := views.Frame{
		Instance: settings.InstanceName, Version: s.Version, Assets: mine.Assets(), Requests: s.DB.OpenRequests(), Applications: s.DB.HasApplications(),
		Contact: present.Contact(settings.Contact), Logo: mine.Logo,
	}
	if err := frame.DrawAhead(); err != nil {
		return err
	}
	onApps, err := frame.OnApplications(s.Link(""))
	if err != nil {
		return err
	}
	s.onApps.Store(onApps)
	s.look.Store(mine) // before the pages that refer to it
	s.frame.Store(&frame)
	return nil
}

// redraw draws the parts of all pages again with another number of open requests, or with the first
// application, and keeps them unless the settings were loaded meanwhile. Where drawing fails the
// page is drawn as it was.
func (s *Site) redraw(old *views.Frame, requests int, applications bool) *views.Frame {
	frame := old.With(requests, applications)
	if err := frame.DrawAhead(); err != nil {
		return old
	}
	s.frame.CompareAndSwap(old, frame)
	return frame
}

// Background adds work that a room does in the background while the server runs. A room adds it where it
// mounts its routes.
func (s *Site) Background(j instance.Job) { s.jobs = append(s.jobs, j) }

// Jobs are what the rooms do in the background.
func (s *Site) Jobs() []instance.Job { return s.jobs }

// Stop makes /readyz say that the server is going away.
func (s *Site) Stop() {
	s.Instance.Stop()
	s.source.TellLeft(true)
}

// ServeHTTP answers one request.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !s.letPass(w, r) {
		s.echo.ServeHTTP(w, r)
	}
}

// Handler answers a request. A returned error becomes a page: see Visitor.Reject
// for mistakes in a form.
type Handler func(v *Visitor) error

// Get mounts a page. HEAD is answered like GET, without the body.
func (s *Site) Get(path string, a route.Access, h Handler) {
	s.mount(http.MethodGet, path, a, h)
	s.mount(http.MethodHead, path, a, h)
}

// Post mounts an action.
func (s *Site) Post(path string, a route.Access, h Handler) { s.mount(http.MethodPost, path, a, h) }

func (s *Site) mount(method, path string, a route.Access, h Handler) {
	s.routes.Add(method, path, a)
	s.echo.Add(method, path, func(c echo.Context) error {
		v := s.visitor(c)
		v.route = path
		if !s.routes.Alone[path] {
			if err := v.current(); err != nil {
				return err
			}
		}
		if err := v.comesBefore(a); err != nil {
			return err
		}
		if err := v.receive(); err != nil {
			return err
		}
		answer := func() error {
			if v.Posts() { // its body may have taken long
				v.Again()
			}
			if err := v.allow(a); err != nil {
				return err
			}
			b := s.routes.CountsAs(method, path)
			if b != "" && !v.Way.Downloads() {
				return v.Onward() // another site must not use up how often somebody may
			}
			defer v.leavePlace()
			if err := v.begin(b); err != nil {
				return err
			}
			if err := h(v); err != nil {
				return err
			}
			v.forgetKept()
			return nil
		}
		if v.Posts() {
			return v.once(answer)
		}
		v.leaveForm()
		return answer()
	})
}

// current is an error if the database is not there, or what is kept in memory of it cannot be
// brought up to date.
func (v *Visitor) current() error {
	if err := v.DB.Lost(); err != nil {
		return err
	}
	return v.Current()
}

// Routes returns every route that Echo knows with its declared access, or an
// error that names the first without one: what nobody declared is a mistake, not
// a public page (AC-01).
func (s *Site) Routes() ([]route.Route, error) {
	var all []route.Route
	for _, r := range s.echo.Routes() {
		a := s.routes.Access(r.Method, r.Path)
		if a == route.Undeclared {
			return nil, fmt.Errorf("route %s %s declares no access", r.Method, r.Path)
		}
		all = append(all, route.Route{Method: r.Method, Path: r.Path, Access: a})
	}
	return all, nil
}
