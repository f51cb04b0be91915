package views

import (
	"context"
	"io"
	"time"
)

// ApprovalPage is what a second administrator must approve, GET and POST
// /admin/requests/approvals/{id}. Fields: decision reason.
type ApprovalPage struct {
	Frame
	Request
	UserID string
	// What is the action in words, such as "reset the two-step verification of Ada".
	What string
	// Kind is reset-two-step, password-link or email; Email is the new address for that,
	// and Now the one in use.
	Kind, Email, Now string
	// Asked is who asked, Because their reason.
	Asked, Because string
	Opens, Ends    time.Time
	// Reason and DecidedAt are of a decided one, Typed is the reason typed now.
	Reason    string
	DecidedAt time.Time
	Typed     string
	// Decision is what was chosen before: approve, refuse or nothing.
	Decision string
	// Mine says that the visitor asked for it, Concerned that it is about them: neither can
	// approve it, and both can refuse it.
	Mine, Concerned bool
}

// Render draws the page.
func (p ApprovalPage) Render(ctx context.Context, w io.Writer) error {
	return p.page(p.heading(), p.body()).Render(ctx, w)
}

func (p ApprovalPage) heading() string { return p.Approval + " for " + p.who() }

// address is the new address, in words.
func (p ApprovalPage) address() string {
	if p.Email == "" {
		return "None: the address is removed"
	}
	return p.Email
}

func (p ApprovalPage) decisions() []radio {
	refuse := radio{value: "refuse", words: "Refuse", note: "Nothing changes.", checked: p.Decision == "refuse"}
	if p.Mine || p.Concerned {
		if p.Mine {
			refuse.words = "Withdraw"
		}
		return []radio{refuse}
	}
	return []radio{{value: "approve", words: "Approve", note: ofOne(wordsOf(p.Kind).approved, p.who()), checked: p.Decision == "approve"}, refuse}
}
