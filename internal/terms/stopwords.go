package terms

import (
	_ "embed" // the lists
	"fmt"
	"maps"
	"strings"
)

// NLTK's lists; stopwords/LICENSE says where they come from.
var (
	//go:embed stopwords/english.txt
	english string
	//go:embed stopwords/german.txt
	german string
)

// Languages are the names of the lists of stop words.
var Languages = []string{"english", "german"}

// StopWords are words that say nothing about a text by themselves, such as "the" and "der".
type StopWords map[string]bool

// Stop returns the stop words of some languages together. English and German share only
// am, an, in, so, was and will, so nobody has to find out in which of them a text is written.
func Stop(languages ...string) (StopWords, error) {
	all := StopWords{}
	for _, l := range languages {
		list := map[string]string{"english": english, "german": german}[l]
		if list == "" {
			return nil, fmt.Errorf("there is no list of stop words %q; there are %s", l, strings.Join(Languages, " and "))
		}
		for _, entry := range strings.Fields(list) {
			// "don't" is two words in a text.
			for w := range Words(entry) {
				all[w] = true
			}
		}
	}
	return all, nil
}

// With returns the stop words and others.
func (s StopWords) With(more ...string) StopWords {
	all := maps.Clone(s)
	for _, w := range more {
		all[w] = true
	}
	return all
}
