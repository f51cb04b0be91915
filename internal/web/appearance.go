package web

import (
	"net/http"

	"latchkey/internal/auth"
	"latchkey/internal/brand"
	"latchkey/internal/problem"
	"latchkey/static"
	"latchkey/views"
)

// appearance is what an administrator changed of how pages look, as it is served: under names
// with a hash of the content, like the files that come with the program.
type appearance struct {
	setting     string // that named the logo
	logo, theme static.Asset
	shown       views.Logo
}

// newAppearance makes it of the settings. A logo that is served already is not read again; one
// that is not there any more is left out, and the program's own sign shown.
func (s *Site) newAppearance(settings auth.Settings) (*appearance, error) {
	l := &appearance{setting: settings.Logo}
	if settings.Accent != "" {
		l.theme = static.Named("theme.css", []byte(brand.NewAccent(settings.Accent).CSS()))
	}
	hash, width, height, ok := auth.ParseLogo(settings.Logo)
	if !ok {
		return l, nil
	}
	if old := s.appearance.Load(); old != nil && old.setting == settings.Logo && old.logo.Body != nil {
		l.logo, l.shown = old.logo, old.shown
		return l, nil
	}
	png, err := s.DB.Logo(hash)
	if err != nil || png == nil {
		return l, err
	}
	l.logo = static.Named("logo.png", png)
	l.shown = views.Logo{Path: "/static/" + l.logo.Name, Width: width, Height: height}
	return l, nil
}

// find returns the file of this name; ok is false if there is none.
func (l *appearance) find(name string) (a static.Asset, ok bool) {
	for _, a := range []static.Asset{l.logo, l.theme} {
		if a.Body != nil && a.Name == name {
			return a, true
		}
	}
	return a, false
}

// showTheme is the style sheet of the accent colour under a name that stays.
func showTheme(v *Visitor) error {
	theme := v.appearance.Load().theme
	if theme.Body == nil {
		return problem.New(problem.NotFound, "")
	}
	return v.Blob(http.StatusOK, theme.ContentType, theme.Body)
}
