package check

import (
	"context"
	"fmt"
	"time"

	"latchkey/internal/program"
)

// site asks for the address that people use.
func (c *Checker) site(ctx context.Context, p *program.Program) {
	base := p.Instance.URL
	if base.Scheme == "https" && c.Wrong == nil && c.Config.URL != nil && !proxied(c.Config) {
		c.add(Finding{Check: "proxy", Result: Weak, Says: "No proxy is trusted, so everybody seems to come from the proxy, and applications cannot ask.",
			Do: "Set --trusted-proxies to the address of the proxy, such as 127.0.0.1."})
	}
	a, err := ask(ctx, c.client(), base.String()+"/readyz", nil)
	if err != nil {
		says, do, certificate := unreached(err)
		f := Finding{Check: "address", Result: Weak, Says: fmt.Sprintf("%s cannot be reached: %s.", base, says), Do: do}
		if certificate {
			f.Result = Broken
		}
		c.add(f)
		return
	}
	switch {
	case a.status != 200 || string(a.body) != "ok" && string(a.body) != "ok\n":
		c.add(Finding{Check: "address", Result: Broken, Says: fmt.Sprintf("%s/readyz answers %d, and not as this site does when it can work.", base, a.status),
			Do: "See whether the proxy leads this host to Latchkey, and what Latchkey's log says."})
	case endsSoon(a):
		c.add(expiring("address", "", base.String(), a.ends))
	default:
		c.add(Finding{Check: "address", Result: OK, Says: base.String() + " leads to Latchkey, which can work."})
	}
}

func endsSoon(a answer) bool { return !a.ends.IsZero() && time.Until(a.ends) < soon }

func expiring(check, of, address string, ends time.Time) Finding {
	return Finding{Check: check, Of: of, Result: Weak, Says: fmt.Sprintf("The certificate of %s ends on %s.", address, ends.UTC().Format(time.DateOnly)), Do: "Renew it."}
}
