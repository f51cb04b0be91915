package views

import (
	"bytes"
	"context"
	"io"

	"github.com/a-h/templ"
)

// common are the parts that all pages of an instance have in common: admin and people are the
// menus of administrators and of everybody else with the entry of a section marked, and
// adminMine and mine what they may do for themselves.
type common struct {
	links, brand, foot             templ.Component
	admin, people, adminMine, mine func(section string) templ.Component
	faces                          *faces // nil keeps none
}

// me is the person's own menu.
func (c common) me(n *Nav) templ.Component {
	links := c.mine(n.Section)
	if n.Admin {
		links = c.adminMine(n.Section)
	}
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
		links: f.Assets.links(), brand: brand(f.Home, f.Instance, f.Logo), foot: foot(f.Instance, f.Version),
		admin:     func(section string) templ.Component { return adminMenu(section, f.Requests) },
		people:    func(section string) templ.Component { return peopleMenu(section, f.Applications) },
		adminMine: func(section string) templ.Component { return myMenu(section, f.Applications) },
		mine:      func(section string) templ.Component { return myMenu(section, false) },
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
// Instance, Version, Assets, Logo, Requests and Applications must not be changed afterwards.
func (f *Frame) DrawAhead() (err error) {
	c := f.common()
	for _, part := range []*templ.Component{&c.links, &c.brand, &c.foot} {
		if *part, err = draw(*part); err != nil {
			return err
		}
	}
	for _, menu := range []*func(string) templ.Component{&c.admin, &c.people, &c.adminMine, &c.mine} {
		if *menu, err = drawMenu(*menu); err != nil {
			return err
		}
	}
	c.faces = &faces{}
	f.drawn = &c
	return nil
}

// With returns the frame with another number of open requests, and with or without applications,
// not drawn ahead.
func (f *Frame) With(requests int, applications bool) *Frame {
	other := *f
	other.Requests, other.Applications, other.drawn = requests, applications, nil
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

var sections = [...]string{"/admin/users", "/admin/requests", "/admin/audit", "/admin/settings", "/admin", MyApplicationsPath, "/security", "/profile"}

// AppStatic is where our own files are on the host of an application.
const AppStatic = "/.latchkey"

// OnApplications returns the frame for pages that are shown on the hosts of applications, drawn
// ahead: what they load comes from there, and what they lead to is at home.
func (f *Frame) OnApplications(home string) (*Frame, error) {
	other := *f
	other.Home, other.drawn = home, nil
	for _, path := range []*string{&other.Assets.CSS, &other.Assets.JS, &other.Assets.Sans, &other.Assets.Icon, &other.Assets.Theme, &other.Logo.Path} {
		if *path != "" {
			*path = AppStatic + *path
		}
	}
	return &other, other.DrawAhead()
}
