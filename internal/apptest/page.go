package apptest

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/PuerkitoBio/goquery"
)

// Page is an answer.
type Page struct {
	Status int
	Header http.Header
	Body   string
	// Path is what was asked for.
	Path string

	app *App
	doc *goquery.Document
}

// Doc is the page as a document.
func (p *Page) Doc() *goquery.Document {
	p.app.TB.Helper()
	if p.doc == nil {
		doc, err := goquery.NewDocumentFromReader(strings.NewReader(p.Body))
		p.app.must(err)
		p.doc = doc
	}
	return p.doc
}

// Is wants this status.
func (p *Page) Is(status int) *Page {
	p.app.TB.Helper()
	if p.Status != status {
		p.app.TB.Fatalf("%s answered %d, want %d\nLocation: %s\n%s", p.Path, p.Status, status, p.Header.Get("Location"), p.Text())
	}
	return p
}

// At wants a page, shown at this path.
func (p *Page) At(path string) *Page {
	p.app.TB.Helper()
	if p.Path != path || p.Status != http.StatusOK {
		p.app.TB.Fatalf("shows %s (%d), want %s\n%s", p.Path, p.Status, path, p.Text())
	}
	return p
}

// Redirects wants a redirect to this path.
func (p *Page) Redirects(path string) *Page {
	p.app.TB.Helper()
	if p.Status/100 != 3 || p.Header.Get("Location") != path {
		p.app.TB.Fatalf("%s answered %d to %q, want a redirect to %s\n%s", p.Path, p.Status, p.Header.Get("Location"), path, p.Text())
	}
	return p
}

// Text is what a person reads on the page, with single spaces.
func (p *Page) Text() string {
	p.app.TB.Helper()
	body := p.Doc().Find("body").Clone()
	body.Find("script, style, [hidden]").Remove()
	return read(body)
}

// read returns the text of a part of a page with a space wherever a box ends: a
// browser shows one there, and a screen reader pauses.
func read(s *goquery.Selection) string {
	s = s.Clone()
	s.Find("*").Not("a, b, code, em, strong, time, wbr, span:not(.vh)").Each(func(_ int, box *goquery.Selection) {
		box.BeforeHtml(" ").AfterHtml(" ")
	})
	return words(s.Text())
}

// Sees wants every one of these texts on the page.
func (p *Page) Sees(texts ...string) *Page {
	p.app.TB.Helper()
	seen := p.Text()
	for _, text := range texts {
		if !strings.Contains(seen, text) {
			p.app.TB.Fatalf("%s does not say %q:\n%s", p.Path, text, seen)
		}
	}
	return p
}

// SeesNot wants none of these texts anywhere in the answer.
func (p *Page) SeesNot(texts ...string) *Page {
	p.app.TB.Helper()
	for _, text := range texts {
		if strings.Contains(p.Body, text) {
			p.app.TB.Fatalf("%s contains %q", p.Path, text)
		}
	}
	return p
}

// Error is the message at the field with this label, or "".
func (p *Page) Error(label string) string {
	p.app.TB.Helper()
	id, _ := p.control(p.Doc().Selection, label).Attr("id")
	message := p.Doc().Find(`[id="` + id + `-error"]`).Clone()
	message.Find(".vh").Remove()
	return words(message.Text())
}

// Value is what the field with this label holds.
func (p *Page) Value(label string) string {
	p.app.TB.Helper()
	value, _ := p.control(p.Doc().Selection, label).Attr("value")
	return value
}

// Has reports whether the page has a button or link with these words.
func (p *Page) Has(label string) bool {
	return p.find("button, a", label).Length() > 0
}

func (p *Page) find(selector, label string) *goquery.Selection {
	return p.Doc().Find(selector).FilterFunction(func(_ int, s *goquery.Selection) bool { return read(s) == label })
}

// control returns the field with this label inside a form.
func (p *Page) control(form *goquery.Selection, label string) *goquery.Selection {
	p.app.TB.Helper()
	var ids []string
	form.Find("label").Each(func(_ int, s *goquery.Selection) {
		text := s.Clone()
		text.Find(".optional").Remove()
		if read(text) == label {
			ids = append(ids, s.AttrOr("for", ""))
		}
	})
	if len(ids) != 1 {
		p.app.TB.Fatalf("%s has %d fields labelled %q, want one\n%s", p.Path, len(ids), label, p.Text())
	}
	found := form.Find(`[id="` + ids[0] + `"]`)
	if found.Length() != 1 {
		p.app.TB.Fatalf("%s: the label %q belongs to no field", p.Path, label)
	}
	return found
}

// Follow opens the one link with these words.
func (b *Browser) Follow(label string) *Page {
	b.app.TB.Helper()
	links := b.find("a", label)
	if links.Length() == 0 {
		b.app.TB.Fatalf("%s has no link %q\n%s", b.Path, label, b.Text())
	}
	return b.Open(links.First().AttrOr("href", ""))
}

// Submit presses the button with these words, after filling in the fields of its
// form, given as labels and values by turns: text for a field, "on" or "" for a
// tick box, any text for the radio button with that label. It follows redirects.
func (b *Browser) Submit(button string, fields ...string) *Page {
	b.app.TB.Helper()
	buttons := b.find("button", button)
	if buttons.Length() == 0 {
		b.app.TB.Fatalf("%s has no button %q\n%s", b.Path, button, b.Text())
	}
	form := buttons.First().Closest("form")
	values := b.filled(form)
	for i := 0; i+1 < len(fields); i += 2 {
		b.fill(form, values, fields[i], fields[i+1])
	}
	if name := buttons.First().AttrOr("name", ""); name != "" {
		values.Set(name, buttons.First().AttrOr("value", ""))
	}
	to := form.AttrOr("action", b.Path)
	if strings.ToLower(form.AttrOr("method", "get")) != "post" {
		return b.Open(to + "?" + values.Encode())
	}
	b.Send(b.Request(http.MethodPost, to, values))
	return b.follow()
}

// filled returns what a form would send as it is.
func (b *Browser) filled(form *goquery.Selection) url.Values {
	values := url.Values{}
	form.Find("input[name], textarea[name], select[name]").Each(func(_ int, s *goquery.Selection) {
		name, value := s.AttrOr("name", ""), s.AttrOr("value", "")
		_, checked := s.Attr("checked")
		switch kind := s.AttrOr("type", "text"); {
		case goquery.NodeName(s) == "textarea":
			value = s.Text()
		case goquery.NodeName(s) == "select":
			value = s.Find("option[selected]").AttrOr("value", s.Find("option").First().AttrOr("value", ""))
		case slices.Contains([]string{"checkbox", "radio"}, kind) && !checked:
			return
		}
		values.Add(name, value)
	})
	return values
}

func (b *Browser) fill(form *goquery.Selection, values url.Values, label, value string) {
	b.app.TB.Helper()
	control := b.control(form, label)
	name := control.AttrOr("name", "")
	switch control.AttrOr("type", "") {
	case "checkbox": // of several with one name each is ticked for itself
		own := control.AttrOr("value", "on")
		values[name] = slices.DeleteFunc(values[name], func(v string) bool { return v == own })
		if value != "" {
			values.Add(name, own)
		}
	case "radio":
		values.Set(name, control.AttrOr("value", "on"))
	default:
		values.Set(name, value)
	}
}

func words(s string) string { return strings.Join(strings.Fields(s), " ") }
