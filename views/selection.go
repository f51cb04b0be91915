package views

import (
	"slices"
	"strconv"
)

// selectable reports whether there is anybody to do something to.
func (p Users) selectable() bool { return len(p.Rows) > 0 && !p.Alone }

// Beyond reports whether more users match than stand on this page.
func (p Users) Beyond() bool { return p.Over || p.Total > len(p.Rows) }

// selecting is the address of this page with boxes ticked: those of the page, or all.
func (p Users) selecting(which string) string {
	f := p.Filter
	f.Select = which
	return f.Path()
}

// these and all are the words of the links that tick boxes.
func (p Users) these() string {
	if p.Beyond() {
		return "Select these " + thousands(len(p.Rows))
	}
	return "Select all " + thousands(len(p.Rows))
}

func (p Users) all() string {
	if p.Over {
		return "all of more than " + thousands(p.Total)
	}
	return "all " + thousands(p.Total)
}

// selected says how many are ticked.
func (p Users) selected() string {
	if p.All {
		return capital(p.all()) + " selected"
	}
	return thousands(len(p.Picked)) + " selected"
}

// download names what the files hold.
func (p Users) download() string {
	if p.Over {
		return "Download all: "
	}
	return "Download this list: "
}

func (p Users) isPicked(id string) bool { return slices.Contains(p.Picked, id) }

// pickID is the id of the box of a row; the first has the name of the field, so that
// a mistake leads there.
func pickID(row int) string {
	if row == 0 {
		return "user"
	}
	return "user-" + strconv.Itoa(row+1)
}
