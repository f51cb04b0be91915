package views

import (
	"bytes"
	"context"
	"io"

	"github.com/a-h/templ"
)

// common are the parts that all pages of an instance have in common: admin and mine
// are the two menus with the entry of a section marked.
type common struct {
	links, brand, foot templ.Component
	admin, mine        func(section string) templ.Component
	faces              *faces // nil keeps none
}

// me is the person's own menu.
func (c common) me(n *Nav) templ.Component {
	links := c.mine(n.Section)
	if c.faces == nil {
		return n.me(links)
	}
	return c.faces.menu(n, links)
}

func (f *Frame) common() common {
	if f.drawn != nil {
		return *f.drawn
	}
	return common{
		f.Assets.links(), brand(f.Instance, f.Logo), foot(f.Instance, f.Version),
		func(section string) templ.Component { return adminMenu(section, f.Requests) }, myMenu, nil,
	}
}

// drawn is what a template has drawn. Nothing else may become one: it is not escaped
// again.
type drawn []byte

// Render writes it as it is.
func (d drawn) Render(_ context.Context, w io.Writer) error {
	_, err := w.Write(d)
	return err
}

// DrawAhead draws the parts that all pages of an instance have in common, once for
// all copies of the frame: twenty expressions and four templates less on each page.
// Instance, Version, Assets, Logo and Requests must not be changed afterwards.
func (f *Frame) DrawAhead() (err error) {
	c := f.common()
	for _, part := range []*templ.Component{&c.links, &c.brand, &c.foot} {
		if *part, err = draw(*part); err != nil {
			return err
		}
	}
	for _, menu := range []*func(string) templ.Component{&c.admin, &c.mine} {
		if *menu, err = drawMenu(*menu); err != nil {
			return err
		}
	}
	c.faces = &faces{}
	f.drawn = &c
	return nil
}

// WithRequests returns the frame with another number of open requests, not drawn ahead.
func (f *Frame) WithRequests(n int) *Frame {
	other := *f
	other.Requests, other.drawn = n, nil
	return &other
}

func draw(part templ.Component) (drawn, error) {
	var b bytes.Buffer
	err := part.Render(context.Background(), &b)
	return drawn(b.Bytes()), err
}

// drawMenu draws a menu once for each section, and once for pages of none.
func drawMenu(menu func(section string) templ.Component) (func(string) templ.Component, error) {
	all := map[string]templ.Component{}
	for _, section := range append(Sections(), "") {
		part, err := draw(menu(section))
		if err != nil {
			return nil, err
		}
		all[section] = part
	}
	return func(section string) templ.Component {
		if part, ok := all[section]; ok {
			return part
		}
		return all[""]
	}, nil
}

// Sections are the addresses that menus lead to, the longer of two that begin alike
// first. The slice is shared: do not change it.
func Sections() []string { return sections[:] }

var sections = [...]string{"/admin/users", "/admin/requests", "/admin/audit", "/admin/settings", "/admin", "/security", "/profile"}
