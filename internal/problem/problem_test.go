package problem

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestProblemKeepsItsCause(t *testing.T) {
	t.Parallel()
	p := &Problem{Kind: Unavailable, Message: "Try again.", Err: io.ErrUnexpectedEOF}
	if p.Error() != "Try again: unexpected EOF" || !errors.Is(p, io.ErrUnexpectedEOF) {
		t.Errorf("%q, unwraps to %v", p, errors.Unwrap(p))
	}
	if p := New(NotFound, "No."); p.Error() != "No." || p.Unwrap() != nil {
		t.Errorf("%q, unwraps to %v", p, p.Unwrap())
	}
}

func TestAsFindsTheFirstProblem(t *testing.T) {
	t.Parallel()
	a, b := Field("a", "A"), New(Conflict, "B")
	plain := errors.New("plain")
	for name, c := range map[string]struct {
		err   error
		first *Problem
		all   []*Problem
	}{
		"nil":             {nil, nil, nil},
		"plain":           {plain, nil, nil},
		"itself":          {a, a, []*Problem{a}},
		"wrapped":         {fmt.Errorf("doing: %w", b), b, []*Problem{b}},
		"joined":          {errors.Join(a, b), a, []*Problem{a, b}},
		"joined in turns": {errors.Join(errors.Join(b, plain), nil, a), b, []*Problem{b, a}},
		"wrapped join":    {fmt.Errorf("doing: %w", errors.Join(a, b)), a, []*Problem{a, b}},
		"two wrapped":     {fmt.Errorf("%w and %w", a, b), a, []*Problem{a, b}},
		"cause":           {&Problem{Kind: Unavailable, Message: "x", Err: a}, nil, nil},
	} {
		if name == "cause" { // a problem in front hides the one behind it
			if got := As(c.err); got == nil || got.Kind != Unavailable || len(All(c.err)) != 1 {
				t.Errorf("cause: %v", got)
			}
			continue
		}
		if got := As(c.err); got != c.first {
			t.Errorf("%s: As = %v", name, got)
		}
		if got := All(c.err); !cmp.Equal(c.all, got) {
			t.Errorf("%s: All = %v, want %v", name, got, c.all)
		}
		if c.first != nil && !Is(c.err, c.first.Kind) || Is(c.err, TooMany) {
			t.Errorf("%s: Is is wrong about its kind", name)
		}
	}
}
