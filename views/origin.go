package views

// OriginWhy is why a form was refused for where it came from (CSRF). The text of the
// constants is for the log.
type OriginWhy string

// The reasons.
const (
	// OriginMissing: the browser said nothing at all.
	OriginMissing OriginWhy = "the browser sent neither Origin nor Sec-Fetch-Site"
	// OriginHidden: it said "null".
	OriginHidden OriginWhy = "the browser sent Origin: null"
	// OriginElsewhere: the person is at another address of this server than the site's.
	OriginElsewhere OriginWhy = "the form is from this server under another address"
	// OriginForeign and OriginNeighbour: the form is from another site, or another site
	// of the same domain.
	OriginForeign   OriginWhy = "the form is from another site"
	OriginNeighbour OriginWhy = "the form is from another site on the same domain"
	// OriginUnclear: what it said is nothing that browsers say.
	OriginUnclear OriginWhy = "what the browser said of the origin cannot be read"
)

// FormOrigin is what a refused form said about where it came from.
type FormOrigin struct {
	Why OriginWhy
	// Ours is the origin of this site, Came the one that the form came from; empty where
	// the browser did not name one.
	Ours, Came string
}

func (f FormOrigin) words() (title, text string) {
	title = "We could not check this form"
	switch f.Why {
	case OriginElsewhere:
		return otherAddress, "This site answers at " + f.Ours + ". You are at " + f.Came +
			". Forms only work at the first address. If you run this site and the second address is right, start the server with that address as --url."
	case OriginForeign, OriginNeighbour:
		return title, f.sentFrom() + " This site answers at " + f.Ours + " and only accepts forms from its own pages."
	case OriginHidden:
		return title, "Your browser hid where the form was sent from. Open the page again and try again. If that does not help, check for a privacy setting or an extension that hides it."
	case OriginUnclear:
		return title, "We could not read where your browser says the form was sent from. Open the page again and try again."
	}
	return title, "Your browser did not say where the form was sent from. Open the page again and try again."
}

func (f FormOrigin) sentFrom() string {
	what := "another site"
	if f.Why == OriginNeighbour {
		what = "another site on the same domain"
	}
	if f.Came == "" {
		return "The form was sent from " + what + "."
	}
	return "The form was sent from " + f.Came + ", which is " + what + "."
}

// way is the way out: to the page itself, at the address where it works.
func (f FormOrigin) way() Link {
	if f.Why == OriginElsewhere {
		return OtherHost{Ours: f.Ours}.way()
	}
	return Link{"/", "Open the page again"}
}

// otherAddress is the title for people at an address that is not the site's.
const otherAddress = "This site has another address"

// OtherHost is a request for another host than this site's.
type OtherHost struct {
	// Ours is the origin of this site.
	Ours string
	// Came is the origin where the person is, and Named the host in a request that a proxy
	// may have changed; at most one of them is set.
	Came, Named string
}

func (h OtherHost) words() (title, text string) {
	text = "This site answers at " + h.Ours + "."
	const start, proxy = " start the server with that address as --url.", " If a reverse proxy is in front of it, make it pass on the Host header unchanged."
	switch {
	case h.Came != "":
		return otherAddress, text + " You are at " + h.Came + ". If you run this site and the second address is right," + start
	case h.Named != "":
		return otherAddress, text + " Your request arrived here for " + h.Named + ". If you run this site and people are meant to use that address," + start + proxy
	}
	return otherAddress, text + " Your request did not name a host that we could read. If you run this site and people are meant to use another address," + start + proxy
}

// way leads to the site.
func (h OtherHost) way() Link { return Link{h.Ours + "/", "Go to " + h.Ours} }
