package store

import (
	"context"
	"fmt"
	"iter"
	"math/bits"
	"slices"
	"strconv"
)

// numbers is a set of users by their numbers, a bit for each: a million users take 125 KB.
type numbers []uint64

// highest is the highest number of a user that a set can hold; numbers are given out one after the other.
const highest = 1 << 28

func setOf(all []int64) numbers {
	if len(all) == 0 {
		return numbers{}
	}
	n := make(numbers, slices.Max(all)>>6+1)
	for _, num := range all {
		n[num>>6] |= 1 << (num & 63)
	}
	return n
}

func (n numbers) has(num int64) bool {
	at := int(num >> 6)
	return at < len(n) && n[at]&(1<<(num&63)) != 0
}

func (n numbers) size() (size int) {
	for _, word := range n {
		size += bits.OnesCount64(word)
	}
	return size
}

// keep leaves those who are in another set, too.
func (n numbers) keep(other numbers) {
	for i := range n {
		if i < len(other) {
			n[i] &= other[i]
		} else {
			n[i] = 0
		}
	}
}

// drop leaves those who are not in another set.
func (n numbers) drop(other numbers) {
	for i := range min(len(n), len(other)) {
		n[i] &^= other[i]
	}
}

// all yields the numbers in their order.
func (n numbers) all() iter.Seq[int64] {
	return func(yield func(int64) bool) {
		for i, word := range n {
			for ; word != 0; word &= word - 1 {
				if !yield(int64(i<<6 + bits.TrailingZeros64(word))) {
					return
				}
			}
		}
	}
}

// spread is up to so many of a set, evenly spread.
func (n numbers) spread(most int) (some []int64) {
	step := max(1, n.size()/most)
	i := 0
	for num := range n.all() {
		if i%step == 0 && len(some) < most {
			some = append(some, num)
		}
		i++
	}
	return some
}

// inOneText selects the numbers that a statement selects as num, with spaces between: row by row they would take five
// times as long. order is by what, "" for any order.
func inOneText(selected clause, order string) clause {
	return sqlText(`SELECT coalesce(string_agg(CAST(s.num AS TEXT), ' '` + order + `), '') FROM (`).then(selected).add(`) s`)
}

// first are the first ones that a statement selects, up to so many and one more.
func first(selected clause, most int) clause { return selected.add(` LIMIT ?`, most+1) }

// numbersOf reads which numbers a statement selects as num.
func (r Reader) numbersOf(ctx context.Context, selected clause, order string) ([]int64, error) {
	text, args := inOneText(selected, order).statement()
	texts, err := list(ctx, r.q, single[string], "reading which users match", text, args...)
	if err != nil || len(texts) == 0 {
		return nil, err
	}
	return parseNumbers(texts[0])
}

func parseNumbers(text string) ([]int64, error) {
	all := make([]int64, 0, len(text)/6)
	for i := 0; i < len(text); i++ {
		num := int64(0)
		for ; i < len(text) && text[i] != ' '; i++ {
			num = 10*num + int64(text[i]-'0')
		}
		if num < 0 || num > highest {
			return nil, unavailable(fmt.Errorf("a user has the number %d", num))
		}
		all = append(all, num)
	}
	return all, nil
}

// among is the condition that the number before it is one of these, which are one parameter.
func among(all iter.Seq[int64]) clause {
	text := []byte{'['}
	for num := range all {
		text = strconv.AppendInt(text, num, 10)
		text = append(text, ',')
	}
	if len(text) > 1 {
		text = text[:len(text)-1]
	}
	return sqlText(inJSON+`?`+endOfJSON, string(append(text, ']')))
}
