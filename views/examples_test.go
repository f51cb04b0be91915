package views

import (
	"testing"
	"time"

	"github.com/a-h/templ"
)

// example is one state of one page; name is the name of its golden file.
type example struct {
	name string
	page templ.Component
}

// hostile is what a name could be if every check before the page had failed: markup,
// an attribute that ends early, and a character that turns the rest of the line around.
const hostile = "<script>alert(1)</script>\"><img src=x onerror=alert(1)>\u202e'&"

var now = time.Date(2026, 11, 23, 9, 17, 5, 0, time.UTC)

func gateFrame(errors ...FieldError) Frame {
	return Frame{
		Instance: "Acme Portal", Version: "1.0.0", Errors: errors,
		Assets: Assets{CSS: "/static/app.css", JS: "/static/app.js", Sans: "/static/sans.woff2", Icon: "/static/icon.svg"},
	}
}

func myFrame(section string, errors ...FieldError) Frame {
	f := gateFrame(errors...)
	f.Nav = &Nav{Name: "Grace Hopper", Username: "grace", Section: section}
	return f
}

func adminFrame(section string, errors ...FieldError) Frame {
	f := gateFrame(errors...)
	f.Nav = &Nav{Name: "Ada Lovelace", Username: "ada", Admin: true, Section: section}
	return f
}

// branded is a frame with all that an administrator may have changed of it.
func branded(f Frame) Frame {
	f.Contact = Contact{"IT service desk", "+44 20 7946 0000", "tel:+442079460000", "mailto:help@example.com", "help@example.com"}
	f.Logo, f.Assets.Theme = Logo{"/static/logo.1a2b3c4d.png", 200, 50}, "/static/theme.1a2b3c4d.css"
	return f
}

func (f Frame) flashing(flash Flash) Frame {
	f.Flash = &flash
	return f
}

func hostileFrame(section string) Frame {
	f := adminFrame(section, FieldError{"name", hostile}, FieldError{"", hostile})
	f.Instance, f.Version, f.Nav.Name = hostile, hostile, hostile
	f.Flash = &Flash{Text: hostile, Kind: "warn", Link: "/security", LinkNote: hostile, UndoAction: "/admin", UndoLabel: hostile}
	return f
}

// examples are all pages in all their states.
func examples() []example {
	var all []example
	for _, part := range [][]example{gateExamples(), myExamples(), noticeExamples(), userExamples(), adminExamples(), mailExamples(), lostPhoneExamples(), wordsExamples(), explainExamples(), policyExamples(), bulkExamples(), pickExamples(), revertExamples(), streamExamples(), backupExamples(), groupExamples(), applicationExamples(), myApplicationExamples(), forwardExamples(), errorExamples()} {
		all = append(all, part...)
	}
	return all
}

func TestExamplesHaveNamesOfTheirOwn(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, e := range examples() {
		if seen[e.name] {
			t.Errorf("two examples are named %s", e.name)
		}
		seen[e.name] = true
	}
}
