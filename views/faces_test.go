package views

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

// TestMenuDrawnAheadIsTheSame: a page of a frame that was drawn ahead is the same page,
// first and again, for everybody and in every section, also for several at once and for
// more people than are kept.
func TestMenuDrawnAheadIsTheSame(t *testing.T) {
	t.Parallel()
	plain := adminFrame("")
	plain.Requests = 1204
	ahead := plain
	if err := ahead.DrawAhead(); err != nil {
		t.Fatal(err)
	}
	page := func(f Frame, nav Nav) string {
		f.Nav = &nav
		return render(t, Help{Frame: f})
	}
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			for i := range 700 {
				nav := Nav{Name: fmt.Sprint("Person ", i), Username: fmt.Sprint("p", i), Admin: i%2 == 0, Section: append(Sections(), "", "/nowhere")[i%9]}
				if got, want := page(ahead, nav), page(plain, nav); got != want {
					t.Errorf("%+v:\n%s\nwant\n%s", nav, got, want)
					return
				}
			}
		})
	}
	all.Wait()
	renamed := page(ahead, Nav{Name: "Ada King", Username: "p1", Section: "/security"})
	if !strings.Contains(renamed, "Ada King") || strings.Contains(renamed, "Person") {
		t.Error("an older name is kept")
	}
}
