package static

import (
	"bytes"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWE15_ExactListOfFiles(t *testing.T) {
	t.Parallel()
	entries, err := os.ReadDir("files")
	if err != nil {
		t.Fatal(err)
	}
	var stored []string
	for _, e := range entries {
		stored = append(stored, e.Name())
	}
	listed := slices.Sorted(slices.Values(names[:]))
	if diff := cmp.Diff(stored, listed); diff != "" {
		t.Errorf("files in the folder and files served (-folder +served):\n%s", diff)
	}
	plain := regexp.MustCompile(`^[a-z-]+\.[0-9a-f]{8}\.[a-z0-9]+$`)
	for i, a := range Assets() {
		if !plain.MatchString(a.Name) || len(a.Body) == 0 || a.ContentType == "" {
			t.Errorf("%s becomes %q of type %q with %d bytes", names[i], a.Name, a.ContentType, len(a.Body))
		}
	}
}

func TestNameFollowsContent(t *testing.T) {
	t.Parallel()
	one, two := hashed("app.css", []byte("a{}")), hashed("app.css", []byte("b{}"))
	if one == two || one != hashed("app.css", []byte("a{}")) {
		t.Errorf("names of different content %q and %q", one, two)
	}
	if got := Path("app.css"); got != "/static/"+find("app.css").Name || !strings.HasPrefix(got, "/static/app.") {
		t.Errorf("Path = %q", got)
	}
}

func TestPathPanicsOnAnUnknownName(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("an unknown name got an address")
		}
	}()
	Path("../static.go")
}

func TestWE13_StylesheetLoadsOnlyOurFonts(t *testing.T) {
	t.Parallel()
	css := find("app.css").Body
	var used []string
	for _, m := range regexp.MustCompile(`url\(([^)]*)\)`).FindAllSubmatch(css, -1) {
		used = append(used, strings.Trim(string(m[1]), `"`))
	}
	var fonts []string
	for _, a := range Assets() {
		if a.ContentType == "font/woff2" {
			fonts = append(fonts, a.Name)
		}
	}
	slices.Sort(used)
	slices.Sort(fonts)
	if diff := cmp.Diff(fonts, used); diff != "" {
		t.Errorf("fonts served and fonts used (-served +used):\n%s", diff)
	}
	if bytes.Contains(css, []byte("@import")) || bytes.Contains(css, []byte("http")) {
		t.Error("the stylesheet loads something from elsewhere")
	}
}

// TestWeightsAreInTheFonts: fonts.sh leaves out of the fonts what the stylesheet does not use.
func TestWeightsAreInTheFonts(t *testing.T) {
	t.Parallel()
	css := find("app.css").Body
	if n := bytes.Count(css, []byte(`Next";src:url("sans`)); n != 3 || bytes.Count(css, []byte("font-weight:400 700;")) != n {
		t.Errorf("%d files of the sans serif do not say all that they have the weights 400 to 700", n)
	}
	found := regexp.MustCompile(`(?:font-weight|font):(\d+)[ ;}]`).FindAllSubmatch(css[bytes.Index(css, []byte("@layer reset{")):], -1)
	if len(found) < 20 {
		t.Fatalf("%d weights found", len(found))
	}
	for _, m := range found {
		if weight := string(m[1]); weight < "400" || weight > "700" {
			t.Errorf("the stylesheet uses the weight %s", weight)
		}
	}
}

// TestWE01_ScriptNeedsNoException looks for what the content policy and trusted
// types would stop: text made into HTML or code, and styles written inline.
func TestWE01_ScriptNeedsNoException(t *testing.T) {
	t.Parallel()
	stopped := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|setTimeout\(['"` + "`" + `]|\.style\b|cssText|srcdoc|javascript:|https?:|import\(`)
	if found := stopped.FindAll(find("app.js").Body, -1); found != nil {
		t.Errorf("app.js uses %q", found)
	}
}

func TestFontsKeepTheirLicence(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"atkinson-hyperlegible-next", "atkinson-hyperlegible-mono"} {
		text, err := os.ReadFile("licenses/" + name + ".txt")
		if err != nil || !bytes.Contains(text, []byte("SIL OPEN FONT LICENSE Version 1.1")) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
