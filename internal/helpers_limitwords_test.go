package internal_test

import (
	"fmt"
	"go/constant"
	"go/types"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"latchkey/internal/auth"
)

// limitReason is what a doc comment says after its first sentence, or where that is all,
// after the first half of it.
func limitReason(doc string) string {
	first, rest, more := strings.Cut(strings.Join(strings.Fields(doc), " "), ". ")
	if more {
		return strings.ReplaceAll(rest, "|", "\\|")
	}
	for _, between := range []string{", since ", "; ", ": "} {
		// What begins with a number says the figure once more.
		if _, reason, found := strings.Cut(first, between); found && !unicode.IsDigit(rune(reason[0])) {
			return strings.ReplaceAll(sentence(reason), "|", "\\|") + "."
		}
	}
	return ""
}

// sentence returns the text with a capital at its start and no stop at its end.
func sentence(text string) string {
	text = strings.TrimSuffix(strings.TrimSpace(text), ".")
	if text == "" {
		return ""
	}
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:]
}

// limitFigure writes the value of a constant with its unit.
func limitFigure(c *types.Const, unit string) string {
	if c.Type().String() == "time.Duration" {
		ns, _ := constant.Int64Val(c.Val())
		return strings.TrimSpace(spell(time.Duration(ns)) + " " + unit)
	}
	n, exact := constant.Int64Val(constant.ToInt(c.Val()))
	if !exact {
		return strings.TrimSpace(c.Val().String() + " " + unit)
	}
	if unit == "bytes" || unit == "KiB" {
		if unit == "KiB" {
			n <<= 10
		}
		return bytesFigure(n)
	}
	return strings.TrimSpace(thousands(n) + " " + unit)
}

// bytesFigure writes a number of bytes in the largest unit that divides it.
func bytesFigure(n int64) string {
	for _, u := range []struct {
		name string
		size int64
	}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}} {
		if n >= u.size && n%u.size == 0 {
			return fmt.Sprintf("%d %s", n/u.size, u.name)
		}
	}
	return thousands(n) + " bytes"
}

// thousands writes a number with commas.
func thousands(n int64) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// bucketFigure says the rule of a bucket in words.
func bucketFigure(l auth.Limit) string {
	if l.Window > 0 {
		within := map[time.Duration]string{time.Hour: "an hour", 24 * time.Hour: "a day"}[l.Window]
		if within == "" {
			within = "in " + spell(l.Window)
		}
		return thousands(int64(l.Free)) + " " + within
	}
	text := fmt.Sprintf("%d, then a wait of %s", l.Free, spell(l.Wait))
	if l.MaxWait > l.Wait {
		text += fmt.Sprintf(", doubling up to %s", spell(l.MaxWait))
	}
	if l.Ceiling > 0 {
		text += fmt.Sprintf("; %d in a row", l.Ceiling)
	}
	return text
}

// spell writes a duration in the largest unit that divides it.
func spell(d time.Duration) string {
	for _, u := range []struct {
		name string
		size time.Duration
	}{{"day", 24 * time.Hour}, {"hour", time.Hour}, {"minute", time.Minute}, {"second", time.Second}} {
		if d >= u.size && d%u.size == 0 {
			if d == u.size {
				return "1 " + u.name
			}
			return fmt.Sprintf("%d %ss", d/u.size, u.name)
		}
	}
	return d.String()
}
