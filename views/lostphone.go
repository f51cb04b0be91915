package views

import (
	"context"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
)

// LostPhone asks the administrators for help, GET and POST /login/lost-phone.
// Fields: message contact.
type LostPhone struct {
	Frame
	Username         string
	Message, Contact string
	// Waiting says that a request was made already, at Made; it may be approved from
	// Opens on.
	Waiting     bool
	Made, Opens time.Time
	// CodesLeft is how many recovery codes are unused: any of them is quicker.
	CodesLeft int
}

// CancelRequest withdraws a request, GET and POST /lost-phone/cancel.
type CancelRequest struct {
	Frame
	Username string
	// Done says that it was withdrawn; None that there was none any more.
	Done, None bool
}

// NewPhone asks for the password before a new authenticator app replaces the lost
// one, GET and POST /lost-phone/new. Field: password.
type NewPhone struct {
	Frame
	Username string
}

// Request is one request in a list of them.
type Request struct {
	ID, Username, Name string
	// Status is open, cancelled, approved, refused or used.
	Status string
	Made   time.Time
	// By is the administrator who decided; empty while nobody has.
	By string
	// Approval is what a second administrator must approve, in words; empty for a lost
	// phone. AskedBy is who asked for it.
	Approval, AskedBy string
}

// Requests is GET /admin/requests.
type Requests struct {
	Frame
	// Lists are those that are not empty, in their order.
	Lists []RequestList
	// One says that only one list is shown, from somewhere on.
	One bool
}

// RequestList is a page of one of the lists.
type RequestList struct {
	// Name is one of RequestLists.
	Name string
	Rows []Request
	// More is the address of the next page; empty on the last.
	More string
}

// The lists of requests. Approvals and Approved are of what a second administrator must
// approve, the others of lost phones.
const (
	ListApprovals = "approvals"
	ListWaiting   = "waiting"
	ListApproved  = "approved"
	ListDecided   = "decided"
)

// RequestLists are the lists in the order of the page: what waits, then what was decided.
func RequestLists() []string { return []string{ListApprovals, ListWaiting, ListApproved, ListDecided} }

// RequestPage is GET and POST /admin/requests/{id}. Fields: decision reason.
type RequestPage struct {
	Frame
	Request
	UserID, Role     string
	Message, Contact string
	Browser, IP      string
	// KnownBrowser and UsualNetwork are facts from when the request was made.
	KnownBrowser, UsualNetwork bool
	LastSignIn                 time.Time
	CodesLeft                  int
	Authenticators             int
	Opens, Ends                time.Time
	// NeedsTwo says that two administrators have to approve; First is the one who did.
	NeedsTwo bool
	// NobodyElse says why nobody but the reader can be one of them; empty if somebody can.
	NobodyElse string
	First      string
	// Again is when somebody asked once more, zero for nobody, with what they said.
	Again                                 time.Time
	AgainMessage, AgainContact, AgainFrom string
	// Reason and DecidedAt are of a decided request, Typed is the reason typed now.
	Reason    string
	DecidedAt time.Time
	Typed     string
	// Decision is what was chosen before: approve, refuse or nothing.
	Decision string
	// Refused says why the visitor cannot decide now; empty if they can.
	Refused string
	// Mailed says that an approval is mailed, too.
	Mailed bool
}

// path is that of the request.
func (r Request) path() string {
	if r.Approval != "" {
		return "/admin/requests/approvals/" + r.ID
	}
	return "/admin/requests/" + r.ID
}

// Render draws the page.
func (p LostPhone) Render(ctx context.Context, w io.Writer) error {
	return p.gate("I lost my phone", p.body()).Render(ctx, w)
}

// Render draws the page.
func (p CancelRequest) Render(ctx context.Context, w io.Writer) error {
	return p.gate(p.heading(), p.body()).Render(ctx, w)
}

// Render draws the page.
func (p NewPhone) Render(ctx context.Context, w io.Writer) error {
	return p.gate("Set up your new phone", p.body()).Render(ctx, w)
}

// Render draws the page.
func (p Requests) Render(ctx context.Context, w io.Writer) error {
	return p.page("Requests", p.body()).Render(ctx, w)
}

// Render draws the page.
func (p RequestPage) Render(ctx context.Context, w io.Writer) error {
	return p.page(p.heading(), p.body()).Render(ctx, w)
}

// waits reports whether what is in the list waits for somebody, the oldest first.
func (l RequestList) waits() bool { return l.Name == ListApprovals || l.Name == ListWaiting }

func (l RequestList) caption() string {
	return map[string]string{
		ListApprovals: "Waiting for a second administrator, oldest first", ListWaiting: "Lost phones, oldest first",
		ListApproved: "Decided by a second administrator, newest first", ListDecided: "Decided lost phones, newest first",
	}[l.Name]
}

// more is what the link to the next page says.
func (l RequestList) more() string {
	if l.waits() {
		return "Newer"
	}
	return "Older"
}

// nobody reports whether the page can say that nobody is waiting.
func (p Requests) nobody() bool { return !p.One && !slices.ContainsFunc(p.Lists, RequestList.waits) }

func (p CancelRequest) heading() string {
	switch {
	case p.None:
		return "There is no request to withdraw"
	case p.Done:
		return "The request has been withdrawn"
	}
	return "Withdraw the request?"
}

func (r Request) who() string {
	if r.Name != "" {
		return r.Name
	}
	return r.Username
}

func (p RequestPage) heading() string { return p.who() + " lost a phone" }

// status is the state in words with the kind of its tag.
func (r Request) status() (words, kind string) {
	switch r.Status {
	case "open":
		return "Waiting", "warn"
	case "approved":
		return "Approved", "good"
	case "used":
		return "New phone set up", "good"
	case "refused":
		return "Refused", "bad"
	case "ended":
		return "Expired", ""
	}
	return "Withdrawn", ""
}

func (p RequestPage) decisions() []radio {
	return []radio{
		{value: "approve", words: "Approve", note: p.approving(), checked: p.Decision == "approve"},
		{value: "refuse", words: "Refuse", note: "Two-step verification stays as it is. The person is told.", checked: p.Decision == "refuse"},
	}
}

func (p RequestPage) approving() string {
	if p.NeedsTwo && p.First == "" {
		return strings.TrimSpace("A second administrator has to approve as well, because this is an administrator. " + p.NobodyElse)
	}
	if p.Mailed {
		return "Makes a link for setting up a new app, which also asks for the password. It is mailed, and shown to you once."
	}
	return "Makes a link for setting up a new app, which also asks for the password. It is shown once, for you to pass on."
}

func (p RequestPage) codes() string {
	switch p.CodesLeft {
	case 0:
		return "None"
	case 1:
		return "1. Ask whether they still have it."
	}
	return strconv.Itoa(p.CodesLeft) + ". Ask whether they still have them."
}
