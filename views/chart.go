package views

import (
	"strconv"
	"time"
)

// The chart is drawn in a square of its own units; the style sheet gives it its size.
const (
	chartWidth  = 640.0
	chartLeft   = 32.0
	chartTop    = 18.0
	chartGround = 150.0
)

// bar is a rectangle in the chart's units, as attribute values.
type bar struct{ x, y, width, height string }

// dayBars are the two bars of a day with its label.
type dayBars struct {
	good, bad bar
	labelX    string
	label     string
}

// rule is a horizontal line with its number.
type rule struct{ y, labelY, label string }

// bars lays the days out from left to right.
func (p AdminOverview) bars() []dayBars {
	slot := (chartWidth - chartLeft) / float64(len(p.Days))
	top := p.scale()
	out := make([]dayBars, 0, len(p.Days))
	for i, d := range p.Days {
		x := chartLeft + float64(i)*slot
		out = append(out, dayBars{
			good:   upright(x+slot*0.14, slot*0.46, d.Succeeded, top),
			bad:    upright(x+slot*0.65, slot*0.21, d.Failed, top),
			labelX: units(x + slot*0.37), label: strconv.Itoa(d.Date.UTC().Day()),
		})
	}
	return out
}

func upright(x, width float64, n, top int) bar {
	h := (chartGround - chartTop) * float64(n) / float64(top)
	return bar{x: units(x), y: units(chartGround - h), width: units(width), height: units(h)}
}

// rules are the lines at round numbers, the ground line first.
func (p AdminOverview) rules() []rule {
	top := p.scale()
	step := top / 3
	var out []rule
	for n := 0; n <= top; n += step {
		y := chartGround - (chartGround-chartTop)*float64(n)/float64(top)
		out = append(out, rule{y: units(y), labelY: units(y + 4), label: short(n)})
	}
	return out
}

// scale is the number at the top line: three round steps that hold the highest bar.
func (p AdminOverview) scale() int {
	most := 1
	for _, d := range p.Days {
		most = max(most, d.Succeeded, d.Failed)
	}
	for step := 1; ; step *= 10 {
		for _, s := range [...]int{step, 2 * step, 5 * step} {
			if 3*s >= most {
				return 3 * s
			}
		}
	}
}

// summary says in words what the bars show.
func (p AdminOverview) summary() string {
	least, most, worst := p.Days[0].Succeeded, p.Days[0].Succeeded, p.Days[0]
	for _, d := range p.Days {
		least, most = min(least, d.Succeeded), max(most, d.Succeeded)
		if d.Failed > worst.Failed {
			worst = d
		}
	}
	s := "Between " + thousands(least) + " and " + thousands(most) + " a day. "
	if worst.Failed == 0 {
		return s + "None failed."
	}
	return s + "Failed sign-ins peaked at " + thousands(worst.Failed) + " on " + worst.Date.UTC().Format("2 January") + "."
}

func shortDay(t time.Time) string { return t.UTC().Format("2 Jan") }

// units writes a length with one decimal, which is finer than a pixel.
func units(f float64) string { return strconv.FormatFloat(f, 'f', 1, 64) }

// short writes a round number so that it fits beside the chart: 500, 1.5k, 20k.
func short(n int) string {
	if n < 1000 {
		return strconv.Itoa(n)
	}
	return strconv.FormatFloat(float64(n)/1000, 'f', -1, 64) + "k"
}
