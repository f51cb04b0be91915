package main

import (
	"math"
	"slices"
	"time"
)

// result is one measurement, printed as one line of JSON. Times are in
// milliseconds.
type result struct {
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

// sum makes one result of what the workers saw in the given time.
func sum(name string, workers []*worker, span time.Duration, cores float64) result {
	var taken []time.Duration
	var r result
	for _, w := range workers {
		taken = append(taken, w.taken...)
		r.Errors += w.errors
		if w.last != "" {
			r.LastError = w.last
		}
	}
	errors, last := r.Errors, r.LastError
	r = describe(name, taken, span)
	r.Errors, r.LastError, r.Cores = errors, last, math.Round(cores*100)/100
	return r
}

// describe counts and ranks durations that were measured in span.
func describe(name string, taken []time.Duration, span time.Duration) result {
	slices.Sort(taken)
	return result{
		Name:      name,
		Seconds:   span.Seconds(),
		Count:     len(taken),
		PerSecond: float64(len(taken)) / span.Seconds(),
		P50:       milliseconds(percentile(taken, 50)),
		P99:       milliseconds(percentile(taken, 99)),
		Max:       milliseconds(percentile(taken, 100)),
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

// milliseconds converts without losing the fraction.
func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
