package stream_test

import (
	"testing"

	"latchkey/internal/apptest"
	"latchkey/internal/stream"
)

// TestST03_WhatIsSealedOpensForItsRowOnly gives a stream what was sealed for another one, as somebody
// could who may write to the database: nothing is sent to the address of that one.
func TestST03_WhatIsSealedOpensForItsRowOnly(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	first, _ := add(t, a, stream.Wish{Kind: stream.Webhook, Name: "first", URL: "https://first.example/"})
	second, _ := add(t, a, stream.Wish{Kind: stream.Webhook, Name: "second", URL: "https://second.example/"})
	s := now(a, first)
	if to, err := stream.Open(a.Site.Instance, s); err != nil {
		t.Fatal(err)
	} else {
		to.Close()
	}
	s.Sealed = now(a, second).Sealed
	if to, err := stream.Open(a.Site.Instance, s); err == nil {
		to.Close()
		t.Error("what was sealed for another stream is opened")
	}
}
