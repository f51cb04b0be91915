package terms

import "math"

// Rising is the G² from which a rise is worth a sentence: 15.13, which chance alone reaches
// once in 10,000 comparisons (chi-square, one degree of freedom).
const Rising = 15.13

// Rise says how surely a word comes up more often now than before, as Dunning's G² ("Accurate
// Methods for the Statistics of Surprise and Coincidence", 1993). The table is
//
//	          with the word   without it
//	now             a           n - a
//	before          b           m - b
//
// and G² = 2 · Σ observed · ln(observed / expected), where expected is what the cell would hold
// if the word came equally often in both: its row's sum times its column's sum, divided by n + m.
// Unlike the chi-square test it may be used where b is small or 0.
//
// It is 0 if the word comes no more often than before, or if there is nothing to compare with.
func Rise(a, n, b, m int) float64 {
	if n <= 0 || m <= 0 || a < 0 || b < 0 || a > n || b > m || float64(a)*float64(m) <= float64(b)*float64(n) {
		return 0
	}
	all, with, without := float64(n)+float64(m), float64(a)+float64(b), float64(n-a)+float64(m-b)
	cell := func(observed int, row, column float64) float64 {
		if observed == 0 {
			return 0 // its limit
		}
		return float64(observed) * math.Log(float64(observed)*all/(row*column))
	}
	return max(0, 2*(cell(a, float64(n), with)+cell(n-a, float64(n), without)+cell(b, float64(m), with)+cell(m-b, float64(m), without)))
}
