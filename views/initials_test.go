package views

import (
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestInitials(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, username, want string }{
		{"Grace Hopper", "grace", "GH"}, {"ada king lovelace", "ada", "AL"}, {"Madonna", "x", "M"}, {"", "grace.hopper", "G"}, {" \t", "7of9", "7"},
		{"李小龙", "x", "李"}, {"王 小明", "x", "王小"}, {"жёлтый лебедь", "x", "ЖЛ"}, {"علی رضا", "x", "عر"}, {"क्षितिज शर्मा", "x", "क्श"}, {"ნინო ბერიძე", "x", "ნბ"},
		{"e\u0301mile zola", "x", "E\u0301Z"}, {"ǆemal", "x", "ǅ"}, {"«Ada» (King)", "x", "AK"}, {"Ada – Lovelace !", "x", "AL"}, {"👩‍🚀 Valentina", "x", "V"},
		{"👩‍🚀", "valentina", "V"}, {"«»", "x", "X"}, {"", "._-", ""}, {"a" + strings.Repeat("\u0301", 90), "x", "A\u0301\u0301\u0301"}, {hostile, "x", "SO"},
	} {
		if got := initials(c.name, c.username); got != c.want {
			t.Errorf("initials(%q, %q) = %q, want %q", c.name, c.username, got, c.want)
		}
	}
}

// TestPictures compares some with testdata/initials.html; -update writes it anew.
func TestPictures(t *testing.T) {
	t.Parallel()
	var got strings.Builder
	for _, who := range [][2]string{{"Grace Hopper", "grace"}, {"王 小明", "wang"}, {"", "ada"}, {hostile, hostile}, {"", "-"}} {
		got.WriteString(lines(render(t, picture(who[0], who[1]))))
	}
	path := filepath.Join("testdata", "initials.html")
	if *update {
		if err := os.WriteFile(path, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("pictures differ (-golden +rendered):\n%s", diff)
	}
}

func TestToneIsOneOfTheEightAndStays(t *testing.T) {
	t.Parallel()
	seen := map[string]int{}
	for i := range 800 {
		name := "user" + strconv.Itoa(i)
		if again := toneOf(name); again != toneOf(name) {
			t.Errorf("%s changes colour", name)
		}
		seen[toneOf(name)]++
	}
	for _, tone := range strings.Split(tones, "") {
		if n := seen[tone]; n < 60 || n > 140 {
			t.Errorf("tone %s is had by %d of 800", tone, n)
		}
	}
	if len(seen) != len(tones) {
		t.Errorf("%d tones: %v", len(seen), seen)
	}
}

var (
	toneRule = regexp.MustCompile(`--tone-([a-h]):\s*light-dark\((#[0-9a-f]{6}),(#[0-9a-f]{6})\);`)
	inkRule  = regexp.MustCompile(`--ink:\s*light-dark\((#[0-9a-f]{6}),(#[0-9a-f]{6})\)`)
)

// The letters are read on every tone in both themes (WCAG 2.2, 1.4.3).
func TestTonesHaveContrast(t *testing.T) {
	t.Parallel()
	css, err := os.ReadFile(filepath.Join("..", "static", "files", "app.css"))
	if err != nil {
		t.Fatal(err)
	}
	ink := inkRule.FindStringSubmatch(string(css))
	rules := toneRule.FindAllStringSubmatch(string(css), -1)
	if ink == nil || len(rules) != len(tones) {
		t.Fatalf("the style sheet has ink %v and %d tones", ink, len(rules))
	}
	for i, rule := range rules {
		if want := tones[i : i+1]; rule[1] != want || !strings.Contains(string(css), "[data-tone="+want+"] circle{fill:var(--tone-"+want+")}") {
			t.Errorf("tone %d is not --tone-%s", i, want)
		}
		for theme := 1; theme <= 2; theme++ {
			if c := contrast(t, ink[theme], rule[theme+1]); c < 4.5 {
				t.Errorf("tone %d, theme %d: contrast %.1f", i, theme, c)
			}
		}
	}
}

// contrast is the ratio of WCAG 2.2 between two colours such as #1b1e1a.
func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	x, y := luminance(t, a), luminance(t, b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func luminance(t *testing.T, colour string) float64 {
	t.Helper()
	sum := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		n, err := strconv.ParseUint(colour[1+2*i:3+2*i], 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		c := float64(n) / 255
		if c <= 0.04045 {
			sum += weight * c / 12.92
		} else {
			sum += weight * math.Pow((c+0.055)/1.055, 2.4)
		}
	}
	return sum
}
