// Package logs bounds what is written into the log: how long a value and a line are, and
// how many lines one cause may have in a minute. What clients send gets into some lines,
// and a disk is not without end (EX-01).
package logs

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// MaxValue is how long one value of a log line may be, 512 bytes as they are written.
	// Names, addresses and most errors are shorter, and strangers choose some of the values.
	//
	//limit:log,bytes One value of a log line
	MaxValue = 512
	// MaxLine is how long all values of a log line together may be: 4,096 bytes. What comes
	// after that is left out.
	//
	//limit:log,bytes All values of a log line
	MaxLine = 4 << 10
	// MaxStack is how much of the value "stack" is kept, which the program writes itself
	// where it found a mistake of its own: 8,192 bytes.
	MaxStack = 8 << 10
	// StackKey is the key of that value.
	StackKey = "stack"
	// ellipsis stands for what was cut off.
	ellipsis = "…"
)

// Bound returns a handler that shortens every value before h writes it, and spells out what
// is not to be seen: control characters could change a terminal, and characters that turn
// the direction of writing could make a line read as another.
func Bound(h slog.Handler) slog.Handler { return bound{h} }

type bound struct{ slog.Handler }

// Handle writes a line.
func (b bound) Handle(ctx context.Context, r slog.Record) error {
	left := MaxLine
	short := slog.NewRecord(r.Time, r.Level, cut(r.Message, &left), r.PC)
	r.Attrs(func(a slog.Attr) bool { short.AddAttrs(shorten(a, &left)); return true })
	return b.Handler.Handle(ctx, short)
}

// WithAttrs returns a handler that adds these to each line.
func (b bound) WithAttrs(attrs []slog.Attr) slog.Handler {
	short, left := make([]slog.Attr, len(attrs)), MaxLine
	for i, a := range attrs {
		short[i] = shorten(a, &left)
	}
	return bound{b.Handler.WithAttrs(short)}
}

// WithGroup returns a handler that puts the rest into a group.
func (b bound) WithGroup(name string) slog.Handler { return bound{b.Handler.WithGroup(name)} }

// shorten bounds one value; left is how much of the line is left.
func shorten(a slog.Attr, left *int) slog.Attr {
	v := a.Value.Resolve()
	switch v.Kind() {
	case slog.KindGroup:
		group := make([]slog.Attr, 0, len(v.Group()))
		for _, inner := range v.Group() {
			group = append(group, shorten(inner, left))
		}
		v = slog.GroupValue(group...)
	case slog.KindString:
		v = text(a.Key, v.String(), left)
	case slog.KindAny:
		v = text(a.Key, fmt.Sprint(v.Any()), left)
	}
	return slog.Attr{Key: a.Key, Value: v}
}

func text(key, s string, left *int) slog.Value {
	if key == StackKey {
		room := MaxStack
		return slog.StringValue(cutTo(s, MaxStack, &room))
	}
	return slog.StringValue(cut(s, left))
}

func cut(s string, left *int) string { return cutTo(s, MaxValue, left) }

// cutTo returns as much of s as both allow. What is counted is how it will be written: a
// quote, a backslash and an end of a line take two bytes then.
func cutTo(s string, most int, left *int) string {
	most = max(0, min(most, *left))
	var short strings.Builder
	written := 0
	for i, r := range s {
		piece, size := spelled(r, s[i:])
		if written+size > most {
			short.WriteString(ellipsis)
			break
		}
		written += size
		short.WriteString(piece)
	}
	*left -= written
	return short.String()
}

// spelled is how a character is put into the log, and how long it is there.
func spelled(r rune, from string) (piece string, size int) {
	_, n := utf8.DecodeRuneInString(from)
	switch {
	case r == utf8.RuneError:
		return "\uFFFD", len("\uFFFD")
	case r == '"' || r == '\\' || r == '\n' || r == '\t':
		return from[:n], 2
	case unicode.IsPrint(r):
		return from[:n], n
	case r > 0xFFFF:
		piece = fmt.Sprintf(`\U%08x`, r)
	default:
		piece = fmt.Sprintf(`\u%04x`, r)
	}
	return piece, len(piece) + 1 // the backslash is written twice
}
