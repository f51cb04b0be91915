package views

import (
	"context"
	"io"
	"sync"

	"github.com/a-h/templ"
)

// faces keeps the menus of people who were here lately as they were drawn: everybody has
// one, on every page, and it stays the same until a name changes. It is safe for
// concurrent use.
type faces struct {
	mu  sync.RWMutex
	all map[face]drawn
}

// face is everything that such a menu shows.
type face struct {
	name, username, section string
	admin                   bool
}

// maxFaces bounds what is kept: some 1.5 kB each.
const maxFaces = 2000

// menu returns the menu of a person: kept, or drawn now and kept.
func (f *faces) menu(n *Nav, links templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		key := face{n.Name, n.Username, n.Section, n.Admin}
		f.mu.RLock()
		kept, ok := f.all[key]
		f.mu.RUnlock()
		if ok {
			return kept.Render(ctx, w)
		}
		part, err := draw(n.me(links))
		if err != nil {
			return err
		}
		f.mu.Lock()
		if f.all == nil || len(f.all) >= maxFaces {
			f.all = map[face]drawn{}
		}
		f.all[key] = part
		f.mu.Unlock()
		return part.Render(ctx, w)
	})
}
