// Package static holds the stylesheet, the script, the fonts and the icon.
//
// Each file is served under a name that carries a hash of its content, so that it
// may be cached for ever and a new release is seen at once. The set is an exact
// list: a server that looks names up in it cannot be talked into any other file
// (WE-15). Everything is computed once, on first use, from embedded
// files; all functions are safe for concurrent use.
//
// Text is also there compressed, in a folder that a test of this package writes (make generate):
// the program itself compresses nothing (decision 113).
//
// The fonts are Atkinson Hyperlegible Next and Mono by the Braille Institute, under the SIL
// Open Font License in licenses/. fonts.sh makes the files.
package static

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"path"
	"strings"
	"sync"
)

//go:embed files compressed
var files embed.FS

// Asset is one file as it is served. Its bytes are shared: do not change them.
type Asset struct {
	// Name is the hashed file name, for example "app.1a2b3c4d.css".
	Name string
	// ContentType is the value of the header, with charset where it is text.
	ContentType string
	Body        []byte
	// Brotli and Gzip are Body compressed, nil for what is served only as it is.
	Brotli, Gzip []byte
}

// names lists what is served. Fonts stand before the stylesheet, which refers to
// their hashed names and so must be hashed after them.
var names = [...]string{"sans.woff2", "sans-latin.woff2", "sans-ext.woff2", "mono.woff2", "mono-latin.woff2", "mono-ext.woff2", "icon.svg", "app.js", "app.css"}

var all = sync.OnceValue(build)

// Assets returns every file, fonts first. The slice is shared: do not change it.
func Assets() []Asset { return all() }

// Path returns the address of a file, for example "/static/app.1a2b3c4d.css" for
// "app.css". It panics on a name that is not embedded: that is a mistake in our code,
// and a test that renders any page finds it.
func Path(name string) string { return "/static/" + find(name).Name }

// Icon returns the icon, for browsers that ask for /favicon.ico whatever the page says.
func Icon() Asset { return find("icon.svg") }

func find(name string) Asset {
	for i, n := range names {
		if n == name {
			return all()[i]
		}
	}
	panic("static: no file named " + name)
}

func build() []Asset {
	out := make([]Asset, 0, len(names))
	for _, name := range names {
		body, err := files.ReadFile("files/" + name)
		if err != nil {
			panic("static: " + err.Error())
		}
		if name == "app.css" {
			body = link(body, out)
		}
		a := Named(name, body)
		a.Brotli, a.Gzip = compressed(name+".br"), compressed(name+".gz")
		out = append(out, a)
	}
	return out
}

// compressed returns a file that make generate wrote. There is none of a font, nor of text that is
// new, which a test notices.
func compressed(name string) []byte {
	body, err := files.ReadFile("compressed/" + name)
	if err != nil {
		return nil
	}
	return body
}

// link replaces the plain names of fonts in the stylesheet by their hashed ones.
func link(css []byte, fonts []Asset) []byte {
	for i, f := range fonts {
		css = bytes.ReplaceAll(css, []byte(`url("`+names[i]+`")`), []byte(`url("`+f.Name+`")`))
	}
	return css
}

// Named returns a file that is not embedded, to be served like one that is. The body must
// not be changed afterwards.
func Named(name string, body []byte) Asset {
	return Asset{Name: hashed(name, body), ContentType: contentType(name), Body: body}
}

// hashed puts the first 32 bits of the content's SHA-256 before the extension.
// They tell releases apart; nothing trusts them.
func hashed(name string, body []byte) string {
	sum := sha256.Sum256(body)
	ext := path.Ext(name)
	return strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:4]) + ext
}

func contentType(name string) string {
	switch path.Ext(name) {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".png":
		return "image/png"
	default:
		return "font/woff2"
	}
}
