package views

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"
)

// TestWE07_EveryStringIsEscaped puts an attack into every string of every page, one
// that nobody thought of as dangerous included, and looks at what a browser would see.
func TestWE07_EveryStringIsEscaped(t *testing.T) {
	t.Parallel()
	attacks := []string{hostile, "javascript:alert(1)", "'\"></title></textarea></svg><svg onload=alert(1)>", " onmouseover=alert(1) x="}
	for _, e := range examples() {
		for _, attack := range attacks {
			doc, err := goquery.NewDocumentFromReader(strings.NewReader(render(t, poisoned(e.page, attack))))
			if err != nil {
				t.Fatal(err)
			}
			if n := doc.Find("img:not(.logo), svg[onload], [onerror], [onmouseover], script:not([src])").Length(); n > 0 {
				t.Errorf("%s: %q became %d elements or attributes", e.name, attack, n)
			}
			doc.Find("[href], [action]").Each(func(_ int, s *goquery.Selection) {
				if v := s.AttrOr("href", s.AttrOr("action", "")); strings.HasPrefix(strings.ToLower(strings.TrimSpace(v)), "javascript:") {
					t.Errorf("%s: %s leads to %q", e.name, goquery.NodeName(s), v)
				}
			})
		}
	}
}

// TestWE07_NoWayAroundEscaping holds the sources to the one conversion that is checked.
func TestWE07_NoWayAroundEscaping(t *testing.T) {
	t.Parallel()
	around := regexp.MustCompile(`templ\.(Raw|URL|JS\w*|ComponentScript|SafeCSS\w*|SafeURL)\(|unsafe\.|<style|<script|\bstyle=|\bon[a-z]+=|templ\.ToGoHTML|\bcss [a-z]\w*\(|\bscript [a-z]\w*\(|\bdrawn\(`)
	allowed := map[string]string{"enrol.go": "templ.SafeURL(", "frame.templ": "<script", "ahead.go": "drawn(",
		"bars.templ": "<style"} // of a picture that stands by itself; it is in no page
	files, err := filepath.Glob("*")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if strings.HasSuffix(f, "_templ.go") || strings.HasSuffix(f, "_test.go") || f == "testdata" {
			continue
		}
		source, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range around.FindAllString(string(source), -1) {
			if allowed[f] != found {
				t.Errorf("%s: %s", f, found)
			}
		}
	}
}

func TestWE07_AppLinkLetsOneSchemeThrough(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]templ.SafeURL{
		"otpauth://totp/Acme:ada?secret=A": "otpauth://totp/Acme:ada?secret=A",
		"otpauth://hotp/Acme:ada":          "#key",
		"javascript:alert(1)":              "#key",
		" otpauth://totp/":                 "#key",
		"":                                 "#key",
	} {
		if got := appLink(in); got != want {
			t.Errorf("appLink(%q) = %q, want %q", in, got, want)
		}
	}
}

// poisoned returns a copy of the page with every string in it replaced.
func poisoned(page templ.Component, attack string) templ.Component {
	v := reflect.ValueOf(page)
	out := reflect.New(v.Type()).Elem()
	out.Set(v)
	poison(out, attack)
	return out.Interface().(templ.Component)
}

func poison(v reflect.Value, attack string) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(attack)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() && v.Type() != reflect.TypeFor[Assets]() {
				poison(v.Field(i), attack)
			}
		}
	case reflect.Slice:
		fresh := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		reflect.Copy(fresh, v)
		for i := range fresh.Len() {
			poison(fresh.Index(i), attack)
		}
		if v.Len() > 0 {
			v.Set(fresh)
		}
	case reflect.Pointer:
		if !v.IsNil() {
			fresh := reflect.New(v.Type().Elem())
			fresh.Elem().Set(v.Elem())
			poison(fresh.Elem(), attack)
			v.Set(fresh)
		}
	}
}
