//go:build race

package atonce

// raceDetector says whether this program was built with the race detector.
const raceDetector = true
