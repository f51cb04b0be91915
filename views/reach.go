package views

// Reach is how the reader's own request reached the server: the first thing to check
// behind a reverse proxy.
type Reach struct {
	// IP, Scheme and Host are as the server saw them; Scheme is empty where the proxy does
	// not say.
	IP, Scheme, Host string
	// URL is the base address in force.
	URL string
	// Troubles are what is wrong, the worst first; none is the good verdict.
	Troubles []Trouble
}

// Trouble is one thing that is wrong.
type Trouble struct {
	// Text says what is, and Fix what to set.
	Text, Fix string
	// Urgent says that it concerns everybody, so that administrators are told of it.
	Urgent bool
}
