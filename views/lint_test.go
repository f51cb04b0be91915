package views

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

// inspect runs a check over every example page.
func inspect(t *testing.T, check func(t *testing.T, doc *goquery.Document, name string)) {
	t.Parallel()
	for _, e := range examples() {
		t.Run(e.name, func(t *testing.T) {
			doc, err := goquery.NewDocumentFromReader(strings.NewReader(render(t, e.page)))
			if err != nil {
				t.Fatal(err)
			}
			check(t, doc, e.name)
		})
	}
}

func TestWE02_NothingInline(t *testing.T) {
	inspect(t, func(t *testing.T, doc *goquery.Document, _ string) {
		if n := doc.Find("style, [style], iframe, object, embed, base, img:not(.logo[src^='/static/'][alt]), meta[http-equiv]:not([http-equiv=refresh])").Length(); n > 0 {
			t.Errorf("%d elements or attributes that the content policy stops", n)
		}
		if to := onward(doc); to != "" && doc.Find("main a.btn").First().AttrOr("href", "") != to {
			t.Errorf("the page goes on to %q by itself, and no button does", to)
		}
		doc.Find("script").Each(func(_ int, s *goquery.Selection) {
			if src, _ := s.Attr("src"); !strings.HasPrefix(src, "/static/") && src != "" || strings.TrimSpace(s.Text()) != "" {
				t.Errorf("a script that is not the one file: %q %q", src, s.Text())
			}
		})
		doc.Find("*").Each(func(_ int, s *goquery.Selection) {
			for _, a := range s.Nodes[0].Attr {
				if strings.HasPrefix(a.Key, "on") {
					t.Errorf("handler %s on %s", a.Key, goquery.NodeName(s))
				}
			}
		})
	})
}

// onward is where a page goes on to by itself; "" for nowhere.
func onward(doc *goquery.Document) string {
	return strings.TrimPrefix(doc.Find("meta[http-equiv=refresh]").AttrOr("content", ""), "0;url=")
}

func TestTitleAndHeading(t *testing.T) {
	inspect(t, func(t *testing.T, doc *goquery.Document, name string) {
		if n := doc.Find("h1").Length(); n != 1 {
			t.Fatalf("%d h1", n)
		}
		title, instance := doc.Find("head title").Text(), doc.Find(".brand").Text()
		want := squeeze(doc.Find("h1").Text()) + " · " + instance
		if strings.HasPrefix(name, "setup") {
			want = "Set up Latchkey"
		}
		if doc.Find("#problem").Length() > 0 {
			want = "Error: " + want
		}
		if squeeze(title) != squeeze(want) {
			t.Errorf("title %q, want %q", title, want)
		}
		if lang, _ := doc.Find("html").Attr("lang"); lang != "en" {
			t.Errorf("lang %q", lang)
		}
		if first, _ := doc.Find("body a").First().Attr("href"); first != "#main" {
			t.Errorf("first link goes to %q, not past the menu", first)
		}
		if doc.Find("main#main[tabindex='-1']").Length() != 1 || doc.Find("#live[role=status]").Length() != 1 {
			t.Error("main or live region is missing")
		}
	})
}

func TestEveryControlHasALabel(t *testing.T) {
	inspect(t, func(t *testing.T, doc *goquery.Document, _ string) {
		doc.Find("input, select, textarea").Each(func(_ int, s *goquery.Selection) {
			if s.Is("[type=hidden], [aria-hidden=true]") {
				return
			}
			id, _ := s.Attr("id")
			label := doc.Find("label").FilterFunction(func(_ int, l *goquery.Selection) bool { f, _ := l.Attr("for"); return f == id && id != "" })
			if label.Length() != 1 || squeeze(label.Text()) == "" {
				t.Errorf("control %q has %d labels", id, label.Length())
			}
			if s.Is("[placeholder]") {
				t.Errorf("control %q has a placeholder", id)
			}
		})
	})
}

func TestIDsAreUniqueAndExist(t *testing.T) {
	inspect(t, func(t *testing.T, doc *goquery.Document, name string) {
		ids := map[string]int{}
		doc.Find("[id]").Each(func(_ int, s *goquery.Selection) { id, _ := s.Attr("id"); ids[id]++ })
		for id, n := range ids {
			if n > 1 {
				t.Errorf("id %q stands %d times", id, n)
			}
		}
		for _, attr := range []string{"aria-describedby", "aria-labelledby", "aria-controls", "for"} {
			doc.Find("[" + attr + "]").Each(func(_ int, s *goquery.Selection) {
				v, _ := s.Attr(attr)
				for _, id := range strings.Fields(v) {
					if ids[id] == 0 {
						t.Errorf("%s names %q, which is not there", attr, id)
					}
				}
			})
		}
		doc.Find("#problem a, .skip").Each(func(_ int, s *goquery.Selection) {
			href, _ := s.Attr("href")
			if ids[strings.TrimPrefix(href, "#")] == 0 && !strings.Contains(name, "hostile") {
				t.Errorf("the summary leads to %s, which is not there", href)
			}
		})
	})
}

// TestErrorsStandAtTheirField wants each message in the summary and at the field,
// and the field marked and tied to it.
func TestErrorsStandAtTheirField(t *testing.T) {
	inspect(t, func(t *testing.T, doc *goquery.Document, name string) {
		doc.Find("#problem a").Each(func(_ int, s *goquery.Selection) {
			href, _ := s.Attr("href")
			id := strings.TrimPrefix(href, "#")
			if p := doc.Find(`p.error[id="` + id + `-error"]`); !strings.Contains(name, "hostile") && squeeze(p.Text()) != "Error: "+squeeze(s.Text()) {
				t.Errorf("at %s stands %q, in the summary %q", id, p.Text(), s.Text())
			}
		})
		doc.Find("p.error").Each(func(_ int, s *goquery.Selection) {
			id, _ := s.Attr("id")
			if doc.Find(`[aria-describedby~="`+id+`"]`).Length() == 0 {
				t.Errorf("no field is described by %s", id)
			}
		})
	})
}

func TestFormsSubmitByThemselves(t *testing.T) {
	inspect(t, func(t *testing.T, doc *goquery.Document, _ string) {
		doc.Find("form").Each(func(_ int, f *goquery.Selection) {
			action, _ := f.Attr("action")
			method, _ := f.Attr("method")
			if u, err := url.Parse(action); err != nil || !strings.HasPrefix(action, "/") || u.Host != "" {
				t.Errorf("form goes to %q", action)
			}
			if method != "post" && !f.Is("[method=get][role=search]") {
				t.Errorf("form %s is sent by %q", action, method)
			}
			if _, ok := f.Attr("novalidate"); method == "post" && !ok {
				t.Errorf("form %s validates in the browser", action)
			}
			if f.Find("button:not([type])").Length() == 0 {
				t.Errorf("form %s has no button", action)
			}
		})
		doc.Find("button").Each(func(_ int, b *goquery.Selection) {
			if b.Closest("form").Length() == 0 && !b.Is("[type=button]") {
				t.Error("a button outside a form does nothing")
			}
			if b.Is("[data-js]") != b.Is("[hidden][type=button]") {
				t.Errorf("%q is a control for script and not hidden until script shows it, or the other way round", b.Text())
			}
		})
	})
}

// TestLinksStayHere: nothing leads elsewhere but what says in its words where to.
func TestLinksStayHere(t *testing.T) {
	inspect(t, func(t *testing.T, doc *goquery.Document, name string) {
		doc.Find("a[href]").Each(func(_ int, a *goquery.Selection) {
			href, _ := a.Attr("href")
			local := strings.HasPrefix(href, "/") && !strings.HasPrefix(href, "//") && !strings.HasPrefix(href, "/\\")
			says := strings.Contains(a.Text(), strings.TrimSuffix(href, "/"))
			// What an administrator wrote may lead elsewhere, by these schemes only.
			// On the host of an application, the pages of this site are elsewhere.
			away := strings.HasPrefix(name, "forward-") && (strings.HasPrefix(href, "https://login.example.com/") || href == onward(doc))
			written := a.Closest(".contact, .lines, .apps, [aria-labelledby=contact]").Length() > 0 && regexp.MustCompile(`^(https?://|mailto:|tel:)`).MatchString(href) ||
				strings.HasPrefix(href, "about:invalid#Templ") // what templ makes of any other
			if !local && !says && !away && !written && !strings.HasPrefix(href, "#") && !strings.HasPrefix(href, "otpauth://totp/") {
				t.Errorf("link to %q", href)
			}
			if squeeze(a.Text()) == "" {
				t.Errorf("link to %q says nothing", href)
			}
		})
	})
}

var (
	call    = regexp.MustCompile(`@[a-zA-Z.]+\(|%!|<nil>`)
	instant = regexp.MustCompile(`^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ)?$`)
)

func TestTimesTablesAndWords(t *testing.T) {
	inspect(t, func(t *testing.T, doc *goquery.Document, _ string) {
		doc.Find("time").Each(func(_ int, s *goquery.Selection) {
			if v, _ := s.Attr("datetime"); !instant.MatchString(v) || strings.HasPrefix(v, "0001") {
				t.Errorf("time %q says datetime=%q", s.Text(), v)
			}
		})
		doc.Find("table:has([data-label]):not(.responsive)").Each(func(_ int, s *goquery.Selection) {
			t.Errorf("a table with labels for phones is cut off there: %q", s.Find("caption").Text())
		})
		doc.Find("table").Each(func(_ int, s *goquery.Selection) {
			if squeeze(s.Find("caption").Text()) == "" || s.Find("th:not([scope])").Length() > 0 {
				t.Error("a table without caption, or a heading without scope")
			}
		})
		if text := doc.Text(); call.MatchString(text) {
			t.Errorf("template source on the page: %q", call.FindString(text))
		}
		if doc.Find("[autofocus]").Length() > 1 || doc.Find("[autofocus]").Length() > doc.Find("main.gate").Length() || doc.Find("#problem").Length()+doc.Find("[autofocus]").Length() > 1 {
			t.Error("first focus belongs to one field of a page for one task, or to the summary")
		}
	})
}

func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }
