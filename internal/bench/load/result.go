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
	// Cores is how many cores the measuring side used. Close to 1 on one core
	// means that the load, and not the server, was the limit.
	Cores float64 `json:"cores,omitempty"`
}

// Sum makes one result of what all have seen in the given time. Cores is how many the
// measuring side used, 0 if that was not asked.
func Sum(name string, seen []*Sample, span time.Duration, cores float64) Result {
	var all Sample
	for _, s := range seen {
		all.Taken = append(all.Taken, s.Taken...)
		all.Errors += s.Errors
		if s.Last != "" {
			all.Last = s.Last
		}
	}
	r := Describe(name, all.Taken, span)
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
	if r.PerSecond < 100 {
		return fmt.Sprintf("%.1f/s, p50 %.1f ms, p99 %.1f ms", r.PerSecond, r.P50, r.P99)
	}
	return fmt.Sprintf("%.0f/s, p50 %.2f ms, p99 %.2f ms", r.PerSecond, r.P50, r.P99)
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
