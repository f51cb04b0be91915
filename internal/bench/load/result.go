package load

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"time"
)

// Sample is what one of several who send requests has seen. It belongs to one goroutine.
type Sample struct {
	Taken  []time.Duration
	At     []time.Duration // when each began, since the measuring did
	Errors int
	Last   string // the last error, to say what was wrong
}

// Fail counts a request without an answer.
func (s *Sample) Fail(err error) { s.Errors, s.Last = s.Errors+1, err.Error() }

// Result is one measurement, printed as one line of JSON. Times are in
// Milliseconds.
type Result struct {
	Name      string  `json:"name"`
	Seconds   float64 `json:"seconds"`
	Count     int     `json:"count"`
	Errors    int     `json:"errors"`
	LastError string  `json:"lastError,omitempty"`
	PerSecond float64 `json:"perSecond"`
	P50       float64 `json:"p50"`
	P99       float64 `json:"p99"`
	Max       float64 `json:"max"`
	// P99Least and P99Most are P99 of the third of the time in which it was least and most.
	P99Least float64 `json:"p99Least"`
	P99Most  float64 `json:"p99Most"`
	// Cores is how many cores the measuring side used. Close to 1 on one core
	// means that the load, and not the server, was the limit.
	Cores float64 `json:"cores,omitempty"`
}

// Sum makes one result of what all have seen in the given time. Cores is how many the
// measuring side used, 0 if that was not asked.
func Sum(name string, seen []*Sample, span time.Duration, cores float64) Result {
	var all Sample
	var thirds [3][]time.Duration
	for _, s := range seen {
		all.Taken = append(all.Taken, s.Taken...)
		for i, at := range s.At {
			third := min(max(int(3*at/span), 0), 2)
			thirds[third] = append(thirds[third], s.Taken[i])
		}
		all.Errors += s.Errors
		if s.Last != "" {
			all.Last = s.Last
		}
	}
	r := Describe(name, all.Taken, span)
	for i, third := range thirds {
		p99 := Describe(name, third, span).P99
		if r.P99Most = max(r.P99Most, p99); i == 0 || p99 < r.P99Least {
			r.P99Least = p99
		}
	}
	r.Errors, r.LastError, r.Cores = all.Errors, all.Last, math.Round(cores*100)/100
	return r
}

// Describe counts and ranks durations that were measured in span.
func Describe(name string, taken []time.Duration, span time.Duration) Result {
	slices.Sort(taken)
	return Result{
		Name:      name,
		Seconds:   span.Seconds(),
		Count:     len(taken),
		PerSecond: float64(len(taken)) / span.Seconds(),
		P50:       Milliseconds(percentile(taken, 50)),
		P99:       Milliseconds(percentile(taken, 99)),
		Max:       Milliseconds(percentile(taken, 100)),
	}
}

// percentile returns the smallest value that at least p of 100 values do not
// exceed (nearest rank), or 0 if there are none. The values are sorted.
func percentile(sorted []time.Duration, p int) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	rank := (len(sorted)*p + 99) / 100
	return sorted[max(rank, 1)-1]
}

// Print writes the result to standard output as one line of JSON.
func (r Result) Print() error { return json.NewEncoder(os.Stdout).Encode(r) }

// Throughput says how many a second and how long one took.
func (r Result) Throughput() string {
	digits := 2
	if r.PerSecond < 100 {
		digits = 1
	}
	said := fmt.Sprintf("%.*f/s, p50 %.*f ms, p99 %.*f ms", 2-digits, r.PerSecond, digits, r.P50, digits, r.P99)
	if r.P99Most > 0 {
		said += fmt.Sprintf(" (%.*f to %.*f)", digits, r.P99Least, digits, r.P99Most)
	}
	return said
}

// Clean turns errors under load into an error: a figure with failures in it is no figure.
func (r Result) Clean() error {
	if r.Errors > 0 {
		return fmt.Errorf("%s: %d errors, the last: %s", r.Name, r.Errors, r.LastError)
	}
	return nil
}

// Milliseconds converts without losing the fraction.
func Milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
