package check

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"latchkey/internal/program"
	"latchkey/internal/seen"
)

// site asks for the address that people use.
func (c *Checker) site(ctx context.Context, p *program.Program) {
	base := p.Instance.URL
	c.proxies(base)
	a, got, err := c.seen(ctx, p, nil)
	if err != nil {
		says, do, certificate := unreached(err)
		f := Finding{ID: "address", Level: Weak, Says: fmt.Sprintf("%s cannot be reached: %s.", base, says), Do: do}
		if certificate {
			f.Level = Broken
		}
		c.add(f)
		c.add(Finding{ID: "proxy.forwarded", Level: NotAsked, Says: "Whether forged addresses are believed could not be asked, since nobody answers.", Do: "Run this while the server runs."})
		return
	}
	if a.status != 200 || string(a.body) != "ok" && string(a.body) != "ok\n" {
		c.add(Finding{ID: "address", Level: Broken, Says: fmt.Sprintf("%s/readyz answers %d, and not as this site does when it can work.", base, a.status),
			Do: "See whether the proxy leads this host to Latchkey, and what Latchkey's log says."})
		return
	}
	c.add(Finding{ID: "address", Level: Fine, Says: base.String() + " leads to Latchkey, which can work."})
	if endsSoon(a) {
		c.add(expiring("address.certificate", "", base.String(), a.ends))
	}
	c.secure(ctx, base, a)
	c.forwarded(ctx, p, got)
}

// proxies judges --trusted-proxies.
func (c *Checker) proxies(base *url.URL) {
	if c.Wrong != nil {
		return
	}
	if wide := tooWide(c.Config.TrustedProxies); wide != "" {
		c.strangersTrusted(wide)
		return
	}
	switch {
	case base.Scheme == "https" && c.Config.URL != nil && !proxied(c.Config):
		c.add(Finding{ID: "proxy.trusted", Level: Weak, Says: "No proxy is trusted, so everybody seems to come from the proxy, and applications cannot ask.",
			Do: "Set --trusted-proxies to the address of the proxy, such as 127.0.0.1."})
	case c.Config.URL == nil && !proxied(c.Config):
		c.add(Finding{ID: "proxy.trusted", Level: NotAsked, Says: "This command was not told which proxies are trusted.", Do: "Run it with the flags or the environment of latchkey serve."})
	default:
		c.add(Finding{ID: "proxy.trusted", Level: Fine, Says: "The proxies that are trusted are named."})
	}
}

func (c *Checker) strangersTrusted(network string) {
	c.add(Finding{ID: "proxy.trusted", Level: Broken, Says: fmt.Sprintf("--trusted-proxies has %s, a network that strangers are in: each of them can claim any address.", network),
		Do: "Name the addresses of your proxies alone."})
}

// tooWide returns a network that has more than proxies in it: it is neither private nor small.
func tooWide(networks []netip.Prefix) string {
	for _, n := range networks {
		if n.Bits() == 0 || !isPrivate(n.Addr()) && n.Addr().BitLen()-n.Bits() > 16 {
			return n.String()
		}
	}
	return ""
}

func isPrivate(a netip.Addr) bool { return a.IsLoopback() || a.IsPrivate() || a.IsLinkLocalUnicast() }

// seen asks /readyz, and how the request was seen there; the latter is empty if another program, or
// another instance, answers.
func (c *Checker) seen(ctx context.Context, p *program.Program, headers http.Header) (a answer, s seen.Request, err error) {
	if headers == nil {
		headers = http.Header{}
	}
	headers.Set(seen.Question, seen.Ask(p.Instance, time.Now()))
	a, err = ask(ctx, c.client(), p.Instance.URL.String()+"/readyz", headers)
	if err == nil {
		s, _ = seen.Decode(a.header.Get(seen.Answer))
	}
	return a, s, err
}

// secure looks at what keeps browsers to TLS: HSTS, the names of cookies, and that plain http leads to https.
func (c *Checker) secure(ctx context.Context, base *url.URL, ready answer) {
	if base.Scheme != "https" {
		return
	}
	before := len(c.all)
	if ready.header.Get("Strict-Transport-Security") == "" {
		c.found("address.hsts", "", Weak, "Let the proxy pass the header Strict-Transport-Security on, and start the server with --url https://.", "%s does not tell browsers to use https only.", base)
	}
	if a, err := ask(ctx, c.client(), base.String()+"/login", nil); err == nil {
		for _, cookie := range a.cookies {
			if !strings.HasPrefix(cookie.Name, "__Host-") || !cookie.Secure || cookie.Path != "/" || cookie.Domain != "" {
				c.found("address.cookies", "", Broken, "Start the server with the --url that people use, and let the proxy leave cookies as they are.",
					"The cookie %s is not kept to this host and to https.", cookie.Name)
				break
			}
		}
	}
	if base.Port() == "" {
		plain := url.URL{Scheme: "http", Host: base.Host, Path: "/login"}
		if a, err := ask(ctx, c.client(), plain.String(), nil); err == nil && a.isIn() {
			c.found("address.plain", "", Broken, "Let the proxy redirect port 80 to https, and nothing else.", "People can sign in at %s, without TLS: it answers %d.", &plain, a.status)
		}
	}
	if len(c.all) == before {
		c.add(Finding{ID: "address.secure", Level: Fine, Says: "Browsers are told to use https only, and cookies are kept to this host."})
	}
}

// forged is an address that nobody has (RFC 5737): a request that claims it tries whether it is believed.
const forged = "192.0.2.77"

// forwarded asks as a stranger who claims another address, and says what is wrong with the way.
func (c *Checker) forwarded(ctx context.Context, p *program.Program, plain seen.Request) {
	if plain.IP == "" {
		c.add(Finding{ID: "proxy.forwarded", Level: NotAsked, Says: "The server that answers does not say how it sees requests: it is another version, or another instance with another key.",
			Do: "See whether --data and --url belong together, and restart the server after an upgrade."})
		return
	}
	c.differs(p, plain)
	trusted := networks(plain.Trusted)
	if wide := tooWide(trusted); wide != "" && tooWide(c.Config.TrustedProxies) == "" {
		c.strangersTrusted(wide)
	}
	for _, t := range plain.Troubles {
		c.add(Finding{ID: "proxy.way", Level: Weak, Says: t[0], Do: t[1]})
	}
	if trusts(trusted, plain.IP) {
		c.add(Finding{ID: "proxy.forwarded", Level: NotAsked, Says: fmt.Sprintf("This machine asks from %s, which is a trusted proxy itself, so it cannot ask as a stranger.", plain.IP),
			Do: "Run curl -H 'X-Forwarded-For: " + forged + "' " + p.Instance.URL.String() + "/login from another machine a few times, and see that no limit or event has this address."})
		return
	}
	for _, name := range []string{"X-Forwarded-For", "Forwarded", "X-Real-Ip"} {
		value := forged
		if name == "Forwarded" {
			value = "for=" + forged
		}
		_, got, err := c.seen(ctx, p, http.Header{name: {value}})
		if err == nil && got.IP == forged {
			c.add(Finding{ID: "proxy.forwarded", Level: Broken, Says: fmt.Sprintf("Anybody can claim any address by %s: %s was taken for %s.", name, plain.IP, forged),
				Do: "Name only your proxies in --trusted-proxies, and let each proxy replace what comes with a request, or add the address that it sees."})
			return
		}
	}
	c.add(Finding{ID: "proxy.forwarded", Level: Fine, Says: "The server sees where requests come from, and believes no address that they claim."})
}

// differs says where this command was told something else than the server.
func (c *Checker) differs(p *program.Program, got seen.Request) {
	var what []string
	if got.URL != p.Instance.URL.String() {
		what = append(what, "--url "+got.URL)
	}
	if got.Version != c.Version {
		what = append(what, "the version "+got.Version)
	}
	if c.Config.URL != nil || proxied(c.Config) {
		var mine []string
		for _, network := range c.Config.TrustedProxies {
			mine = append(mine, network.String())
		}
		if !slices.Equal(mine, got.Trusted) {
			what = append(what, "--trusted-proxies "+strings.Join(got.Trusted, ","))
		}
	}
	if len(what) > 0 {
		c.add(Finding{ID: "version.server", Level: Weak, Says: "The server that runs has " + strings.Join(what, ", ") + ", unlike this command.",
			Do: "Run this command with the program, the flags and the environment of the server, or restart the server."})
	}
}

// networks reads what the server says it trusts.
func networks(texts []string) (all []netip.Prefix) {
	for _, text := range texts {
		if n, err := netip.ParsePrefix(text); err == nil {
			all = append(all, n)
		}
	}
	return all
}

// trusts reports whether an address is in one of the networks.
func trusts(networks []netip.Prefix, address string) bool {
	ip, err := netip.ParseAddr(address)
	return err == nil && slices.ContainsFunc(networks, func(n netip.Prefix) bool { return n.Contains(ip) })
}

func endsSoon(a answer) bool { return !a.ends.IsZero() && time.Until(a.ends) < soon }

func expiring(id, of, address string, ends time.Time) Finding {
	return Finding{ID: id, Of: of, Level: Weak, Says: fmt.Sprintf("The certificate of %s ends on %s.", address, ends.UTC().Format(time.DateOnly)), Do: "Renew it."}
}
