package terms

// Bound returns the options with less room in memory.
func Bound(o Options, words, text int) Options {
	o.maxWords, o.maxText = words, text
	return o
}
