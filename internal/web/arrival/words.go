package arrival

import "latchkey/views"

// words say what one trouble is and what to set. They have nothing in them that the
// request chose but the peer's own address and which of a few headers it sent.
func (a *Arrival) words(one trouble) views.Trouble {
	who := a.from.String()
	shared := " Everyone who connects that way counts as " + who + " and shares its limits."
	if a.from.socket {
		who, shared = "The proxy at the unix socket", " Everyone who connects that way shares the same limits."
	}
	trust := "start the server with --trusted-proxies " + who
	if len(a.gate.TrustedProxies) > 0 {
		trust = "add " + who + " to --trusted-proxies"
	}
	switch one {
	case ignored, fromAfar:
		fix := "If " + who + " is your reverse proxy, " + trust
		header := a.speaksFor()
		if header != forwardedFor {
			fix += ", and make it set " + forwardedFor
		}
		return views.Trouble{Text: who + " sent " + header + " but is not a trusted proxy, so the header is ignored." + shared, Fix: fix + "."}
	case unnamed:
		return views.Trouble{Text: who + " connected over plain http, and not on behalf of anyone, although links begin with https." + shared,
			Fix: "If " + who + " is your reverse proxy, make it set X-Forwarded-For and X-Forwarded-Proto, and " + trust + "."}
	case silent:
		return views.Trouble{Text: who + " is trusted as a proxy but sent no X-Forwarded-For." + shared, Fix: "Make the proxy set X-Forwarded-For to the address it sees."}
	case garbled:
		return views.Trouble{Text: who + " is trusted as a proxy, but the last entry of the X-Forwarded-For it sent is not an address." + shared,
			Fix: "Make the proxy set X-Forwarded-For to the address it sees."}
	case plainHTTP:
		return views.Trouble{Text: "The proxy sent X-Forwarded-Proto: http, although links begin with https.",
			Fix: "Make the proxy set X-Forwarded-Proto to the scheme that people use, and redirect http to https."}
	case schemeUnsaid:
		return views.Trouble{Text: "The proxy does not say whether people use https.", Fix: "Make the proxy set X-Forwarded-Proto to the scheme that people use."}
	case secureUnused:
		return views.Trouble{Text: "You use https, but links begin with http, so cookies are not kept to https.", Fix: "Start the server with --url https:// and the host that people use."}
	case hostChanged:
		return views.Trouble{Text: "The proxy asks for a different host from the one you use.", Fix: "Make the proxy pass on the Host header unchanged."}
	}
	return views.Trouble{Text: "You are using a different host from the one our links begin with.",
		Fix: "Make the proxy pass on the Host header unchanged, or start the server with the --url that people use."}
}
