package views

import (
	"bytes"
	"context"
	"testing"
)

// BenchmarkProfile is the page of the throughput goal: a few microseconds.
func BenchmarkProfile(b *testing.B) {
	page := myExamples()[0].page.(Profile)
	if err := page.DrawAhead(); err != nil {
		b.Fatal(err)
	}
	var out bytes.Buffer
	b.ReportAllocs()
	for b.Loop() {
		out.Reset()
		if err := page.Render(context.Background(), &out); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(out.Len()))
}
