// Package brand is what an administrator may change of how pages look: one colour and a
// logo. It decides which colours can be read and which pictures are taken, and makes of
// them what is served; it keeps nothing.
package brand

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"latchkey/internal/problem"
)

// enough is the contrast that text needs (WCAG 1.4.3), and that of links in the dark
// theme, where thin letters look thinner.
const (
	enough     = 4.5
	enoughDark = 7.0
)

// colour is as style sheets have it, each part 0 to 1.
type colour struct{ r, g, b float64 }

// The backgrounds of the style sheet on which links and buttons stand, of both themes.
var (
	white, black = colour{1, 1, 1}, colour{}
	lightSurface = mustHex("#ffffff")
	lightOthers  = []colour{mustHex("#f6f5f1"), mustHex("#eeece5")}
	darkSurface  = mustHex("#1c1f1b")
)

// Accent is the colour of links and buttons, made of the one that an administrator chose.
type Accent struct {
	light, lightHover, lightTint      colour
	dark, darkHover, darkOn, darkTint colour
}

var hexForm = regexp.MustCompile(`^#?([0-9a-fA-F]{6}|[0-9a-fA-F]{3})$`)

// CheckAccent returns a colour as it is stored, "#0c5f4c", or "" for none. The error is a
// problem with the field "accent" and says in which theme it cannot be read, and how far
// it is from that.
func CheckAccent(typed string) (string, error) {
	typed = strings.TrimSpace(typed)
	if typed == "" {
		return "", nil
	}
	m := hexForm.FindStringSubmatch(typed)
	if m == nil {
		return "", problem.Field("accent", "Accent colour must be # and 6 letters or digits, like #0c5f4c")
	}
	hex := strings.ToLower(m[1])
	if len(hex) == 3 {
		hex = string([]byte{hex[0], hex[0], hex[1], hex[1], hex[2], hex[2]})
	}
	c := mustHex("#" + hex)
	if ratio := contrast(c, lightSurface); ratio < enough {
		return "", unreadable("#"+hex, "light", "white", "darker", ratio)
	}
	if ratio := contrast(newAccent(c).dark, darkSurface); ratio < enough {
		return "", unreadable("#"+hex, "dark", "dark grey", "lighter", ratio)
	}
	return "#" + hex, nil
}

// unreadable rounds down: a contrast of 4.49 is not told as 4.5.
func unreadable(hex, theme, surface, better string, ratio float64) error {
	return problem.Field("accent", fmt.Sprintf(
		"In the %s theme, %s on %s has a contrast of %.2f:1, and text needs at least %.1f:1. Choose a %s colour",
		theme, hex, surface, math.Floor(ratio*100)/100, enough, better))
}

// NewAccent returns what is made of a colour that CheckAccent returned.
func NewAccent(hex string) Accent { return newAccent(mustHex(hex)) }

// newAccent darkens the colour of the light theme as little as every background there
// asks for, and lightens it for the dark theme: no colour has 4.5:1 on white and on dark
// grey at once.
func newAccent(c colour) (a Accent) {
	a.light, a.lightTint = c, mix(c, white, 0.90)
	for part := 0.0; part <= 1 && !onAll(a.light, []colour{lightOthers[0], lightOthers[1], a.lightTint}); part += 1.0 / 128 {
		a.light = mix(c, black, part)
		a.lightTint = mix(a.light, white, 0.90)
	}
	a.lightHover = mix(a.light, black, 0.35)
	for part := 0.0; part <= 1; part += 1.0 / 128 {
		if a.dark = mix(c, white, part); contrast(a.dark, darkSurface) >= enoughDark {
			break
		}
	}
	a.darkHover, a.darkOn, a.darkTint = mix(a.dark, white, 0.35), mix(a.dark, black, 0.85), mix(a.dark, darkSurface, 0.82)
	return a
}

func onAll(c colour, backgrounds []colour) bool {
	for _, b := range backgrounds {
		if contrast(c, b) < enough {
			return false
		}
	}
	return true
}

// CSS is the style sheet that puts the colours in the place of the product's own. It is
// made of numbers alone.
func (a Accent) CSS() string {
	return fmt.Sprintf(":root{--accent:light-dark(%s,%s);--accent-hi:light-dark(%s,%s);--on-accent:light-dark(#ffffff,%s);--accent-tint:light-dark(%s,%s)}\n",
		a.light, a.dark, a.lightHover, a.darkHover, a.darkOn, a.lightTint, a.darkTint)
}

// String is the colour as style sheets write it.
func (c colour) String() string { return fmt.Sprintf("#%02x%02x%02x", step(c.r), step(c.g), step(c.b)) }

// mix moves c towards another colour by a part of the way, 0 to 1. On the encoded values
// it keeps more of the hue than on light.
func mix(c, to colour, part float64) colour {
	return colour{c.r + (to.r-c.r)*part, c.g + (to.g-c.g)*part, c.b + (to.b-c.b)*part}
}

// contrast is the ratio of WCAG, 1 to 21.
func contrast(a, b colour) float64 {
	high, low := a.luminance(), b.luminance()
	if high < low {
		high, low = low, high
	}
	return (high + 0.05) / (low + 0.05)
}

// luminance is that of the colour as it will be shown, in whole steps of 256.
func (c colour) luminance() float64 {
	return 0.2126*linear(step(c.r)) + 0.7152*linear(step(c.g)) + 0.0722*linear(step(c.b))
}

func mustHex(hex string) colour {
	n, err := strconv.ParseUint(strings.TrimPrefix(hex, "#"), 16, 24)
	if err != nil {
		panic("brand: no colour: " + hex)
	}
	part := func(shift uint) float64 { return float64(uint8(n>>shift)) / 255 }
	return colour{part(16), part(8), part(0)}
}

func step(v float64) uint8 { return uint8(math.Round(min(max(v, 0), 1) * 255)) }

func linear(v uint8) float64 {
	s := float64(v) / 255
	if s <= 0.04045 {
		return s / 12.92
	}
	return math.Pow((s+0.055)/1.055, 2.4)
}
