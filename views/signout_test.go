package views

import (
	"reflect"
	"strings"
	"testing"
)

// TestSE07_SignOutIsOnEveryPage: whoever is signed in can sign out wherever they are.
func TestSE07_SignOutIsOnEveryPage(t *testing.T) {
	t.Parallel()
	looked := 0
	for _, e := range examples() {
		frame := reflect.ValueOf(e.page).FieldByName("Frame").Interface().(Frame)
		// Pages about errors have no menu: they may not know who is asking.
		if _, isError := e.page.(Error); frame.Nav == nil || isError {
			continue
		}
		looked++
		if html := render(t, e.page); !strings.Contains(html, `<form method="post" action="/logout"`) {
			t.Errorf("%s has no way to sign out", e.name)
		}
	}
	if looked < 50 {
		t.Errorf("only %d pages have a menu: this test looked at too few", looked)
	}
}
