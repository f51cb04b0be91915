// Package look is what the pages of everybody look like: the files that come with the
// program, and the accent colour and the logo that an administrator chose.
package look

import (
	"sync"

	"latchkey/internal/auth"
	"latchkey/internal/brand"
	"latchkey/static"
	"latchkey/views"
)

// Look is what an administrator changed of how pages look, as it is served: under names
// with a hash of the content, like the files that come with the program.
type Look struct {
	// Logo is that of the pages; the zero value for the program's own sign.
	Logo views.Logo

	setting     string // that named the logo
	logo, theme static.Asset
}

// New makes it of the settings. A logo that old serves already is not read again; one
// that is not there any more is left out, and the program's own sign shown. Old may be nil.
func New(settings auth.Settings, old *Look, logo func(hash string) ([]byte, error)) (*Look, error) {
	l := &Look{setting: settings.Logo}
	if settings.Accent != "" {
		l.theme = static.Named("theme.css", []byte(brand.NewAccent(settings.Accent).CSS()))
	}
	hash, width, height, ok := auth.ParseLogo(settings.Logo)
	if !ok {
		return l, nil
	}
	if old != nil && old.setting == settings.Logo && old.logo.Body != nil {
		l.logo, l.Logo = old.logo, old.Logo
		return l, nil
	}
	png, err := logo(hash)
	if err != nil || png == nil {
		return l, err
	}
	l.logo = static.Named("logo.png", png)
	l.Logo = views.Logo{Path: "/static/" + l.logo.Name, Width: width, Height: height}
	return l, nil
}

// Find returns the file of this name; ok is false if there is none.
func (l *Look) Find(name string) (a static.Asset, ok bool) {
	for _, a := range []static.Asset{l.logo, l.theme} {
		if a.Body != nil && a.Name == name {
			return a, true
		}
	}
	return OfProgram(name)
}

// OfProgram returns the file with this name that comes with the program.
func OfProgram(name string) (a static.Asset, ok bool) {
	a, ok = programs()[name]
	return a, ok
}

// Theme is the style sheet of the accent colour; ok is false if there is none.
func (l *Look) Theme() (theme static.Asset, ok bool) { return l.theme, l.theme.Body != nil }

// Assets are the paths of the files that pages load.
func (l *Look) Assets() views.Assets {
	assets := programPaths()
	if theme, ok := l.Theme(); ok {
		assets.Theme = "/static/" + theme.Name
	}
	return assets
}

// programs are the files that come with the program, by name.
var programs = sync.OnceValue(func() map[string]static.Asset {
	files := map[string]static.Asset{}
	for _, a := range static.Assets() {
		files[a.Name] = a
	}
	return files
})

var programPaths = sync.OnceValue(func() views.Assets {
	return views.Assets{
		CSS: static.Path("app.css"), JS: static.Path("app.js"),
		Sans: static.Path("sans.woff2"), Icon: static.Path("icon.svg"),
	}
})
