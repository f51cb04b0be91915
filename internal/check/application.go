package check

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"latchkey/internal/access"
	"latchkey/internal/program"
	"latchkey/internal/store"
)

const (
	// atOnce is how many applications are asked at the same time, 8.
	atOnce = 8
	// pageOf is how many applications are read from the database at once.
	pageOf = 200
)

// applications asks every application as a stranger does (FD-08).
func (c *Checker) applications(ctx context.Context, p *program.Program) {
	forged, err := c.somebody(p)
	if err != nil {
		c.add(Finding{ID: "application", Level: Broken, Says: sentence(err.Error()), Do: "See what is said of the database."})
		return
	}
	none := true
	for after := ""; ; {
		page, err := p.DB.ApplicationsAfter(ctx, after, pageOf)
		if ctx.Err() != nil {
			c.add(Finding{ID: "application", Level: NotAsked, Says: "The time was over before all applications were asked.", Do: "Run the check again, when they answer faster."})
			return
		}
		if err != nil {
			c.add(Finding{ID: "application", Level: Broken, Says: sentence(err.Error()), Do: "See what is said of the database."})
			return
		}
		if len(page) > 0 {
			none, after = false, page[len(page)-1].Slug
			c.askAll(ctx, page, p.Instance.URL, forged)
		}
		if len(page) < pageOf {
			break
		}
	}
	if none {
		c.add(Finding{ID: "application", Level: Fine, Says: "There are no applications."})
	}
}

// askAll asks several at once, and notes what was found in their order.
func (c *Checker) askAll(ctx context.Context, all []store.Application, own *url.URL, forged identity) {
	found := make([][]Finding, len(all))
	var working sync.WaitGroup
	free := make(chan struct{}, atOnce)
	for i, a := range all {
		free <- struct{}{}
		working.Go(func() {
			defer func() { <-free }()
			s := stranger{client: c.client(), own: own, application: a, as: forged}
			defer s.client.CloseIdleConnections()
			found[i] = s.tries(ctx)
		})
	}
	working.Wait()
	for _, findings := range found {
		for _, f := range findings {
			c.add(f)
		}
	}
}

// identity is whom a forged request claims to come from.
type identity struct{ user, name, email string }

// somebody is an administrator: an application that believes what it is told lets that one in.
func (c *Checker) somebody(p *program.Program) (identity, error) {
	admin, err := p.DB.Administrators()
	if err != nil || len(admin) == 0 {
		return identity{user: "admin", name: "Admin", email: "admin@example.com"}, err
	}
	return identity{user: admin[0].Username, name: admin[0].Name, email: admin[0].Email}, nil
}

// stranger is somebody without a session before one application.
type stranger struct {
	client      *http.Client
	own         *url.URL
	application store.Application
	as          identity
}

func (s stranger) says(level Level, do, format string, args ...any) Finding {
	return Finding{ID: "application", Of: s.application.Slug, Level: level, Says: fmt.Sprintf(format, args...), Do: do}
}

// tries every host of the application, the one where people begin first. What is wrong is told;
// one sentence says that nothing is.
func (s stranger) tries(ctx context.Context) (all []Finding) {
	for _, host := range s.application.Hosts {
		if access.IsOwn(host, s.own) {
			all = append(all, s.says(Broken, "Give the application a name of its own, in Latchkey and in the DNS.",
				"%s has the name of this site, %s, so nobody gets to the application there.", host, s.own))
		}
	}
	addresses := s.addresses()
	for _, address := range addresses {
		if ctx.Err() != nil {
			return append(all, s.says(NotAsked, "Run the check again, when the others answer faster.", "%s was not asked: the time was over.", address))
		}
		all = append(all, s.triesOne(ctx, address)...)
	}
	if len(all) == 0 {
		all = append(all, s.says(Fine, "", "Nobody gets in at %s without signing in.", strings.Join(addresses, ", ")))
	}
	return all
}

// addresses are one for each host. A public path says nothing, since everybody may see it.
func (s stranger) addresses() (all []string) {
	launch, err := url.Parse(access.Launch(s.application, s.own))
	for _, host := range s.application.Hosts {
		address := access.Origin(host, s.own) + "/"
		if err == nil && access.RequestHost(launch.Host) == host && !access.IsPublic(s.application.Public, launch.EscapedPath()) && launch.Path != "" {
			all = append([]string{launch.String()}, all...)
			continue
		}
		all = append(all, address)
	}
	return all
}

// triesOne asks at one address, without a cookie and then with forged headers.
func (s stranger) triesOne(ctx context.Context, address string) (all []Finding) {
	plain, err := ask(ctx, s.client, address, nil)
	if err != nil {
		if ctx.Err() != nil {
			return []Finding{s.says(NotAsked, "Run the check again, when the others answer faster.", "%s was not asked to its end: the time was over.", address)}
		}
		says, do, certificate := unreached(err)
		if certificate {
			return []Finding{s.says(Broken, do, "%s cannot be reached safely: %s.", address, says)}
		}
		return []Finding{s.says(Weak, do, "%s could not be asked: %s.", address, says)}
	}
	if endsSoon(plain) {
		all = append(all, expiring("application", s.application.Slug, address, plain.ends))
	}
	if f := s.judge(address, plain); f != nil {
		all = append(all, *f)
	}
	all = append(all, s.forges(ctx, address, plain)...)
	if f := s.ownPages(ctx, address); f != nil {
		all = append(all, *f)
	}
	if f := s.inTheClear(ctx, address); f != nil {
		all = append(all, *f)
	}
	return all
}

// leadsToUs reports whether an answer sends people to sign in here.
func (s stranger) leadsToUs(address string, a answer) bool {
	if a.location == nil || a.status/100 != 3 {
		return false
	}
	asked, err := url.Parse(address)
	if err != nil {
		return false
	}
	here := a.location.Scheme == asked.Scheme && access.RequestHost(a.location.Host) == access.RequestHost(asked.Host)
	return here && strings.HasPrefix(a.location.Path, access.OwnPaths) || a.location.Scheme+"://"+a.location.Host == s.own.String()
}

const aroundTheProxy = "Let the application listen where only the proxy reaches it, and let the proxy ask Latchkey for every path (docs/applications.md)."

// judge says what is wrong with the answer to somebody who is not signed in; nil if they are sent to sign in.
func (s stranger) judge(address string, a answer) *Finding {
	var f Finding
	switch {
	case s.leadsToUs(address, a):
		return nil
	case a.isIn():
		f = s.says(Broken, aroundTheProxy, "Anybody gets in at %s: it answers %d to somebody who is not signed in.", address, a.status)
	case a.location != nil && a.status/100 == 3:
		f = s.says(Broken, aroundTheProxy, "The application itself answers at %s: it sends people to %s, and not to sign in here.", address, a.location)
	case a.status == http.StatusUnauthorized, a.status == http.StatusForbidden:
		if s.application.Disabled {
			return nil
		}
		f = s.says(Weak, "See whether the proxy asks for this application by its short name, and passes the answer on.",
			"Nobody gets in at %s, but people are not sent to sign in either: it answers %d.", address, a.status)
	case a.status >= 500:
		f = s.says(Broken, "See the logs of the proxy and of Latchkey. Latchkey answers proxies of --trusted-proxies only.",
			"%s answers %d: the proxy cannot ask Latchkey, or cannot reach the application.", address, a.status)
	default:
		f = s.says(Broken, "See whether the proxy asks Latchkey before it answers. Latchkey answers proxies of --trusted-proxies only.",
			"%s answers %d to somebody who is not signed in, instead of sending them to sign in.", address, a.status)
	}
	return &f
}

// ownPages looks whether the proxy leads the pages below /.latchkey/ to us.
func (s stranger) ownPages(ctx context.Context, address string) *Finding {
	if s.application.Disabled {
		return nil
	}
	u, err := url.Parse(address)
	if err != nil {
		return nil
	}
	page := u.Scheme + "://" + u.Host + access.OwnPaths + "start"
	a, err := ask(ctx, s.client, page+"?to=/", nil)
	if err == nil && a.location != nil && a.location.Scheme+"://"+a.location.Host == s.own.String() {
		return nil
	}
	got := "nothing"
	if err == nil {
		got = fmt.Sprint(a.status)
	}
	f := s.says(Broken, "Let the proxy send everything below "+access.OwnPaths+" on this host to Latchkey, with the Host header as it is.",
		"%s does not lead to this site (it answers %s), so nobody can sign in to the application.", page, got)
	return &f
}

// inTheClear looks whether the application can be reached without TLS.
func (s stranger) inTheClear(ctx context.Context, address string) *Finding {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.Port() != "" {
		return nil
	}
	u.Scheme = "http"
	a, err := ask(ctx, s.client, u.String(), nil)
	if err != nil || !a.isIn() {
		return nil
	}
	f := s.says(Broken, "Let the proxy redirect port 80 to https, and nothing else.", "Anybody gets in at %s, without TLS: it answers %d.", u, a.status)
	return &f
}
