package files

import "testing"

// TestEX02_PlacesAreGivenBack: one person leaves room for the others, and whoever is done
// makes it.
func TestEX02_PlacesAreGivenBack(t *testing.T) {
	t.Parallel()
	p := newPlaces(3, 2)
	begin := func(user string, want taken) func() {
		t.Helper()
		end, why := p.begin(user)
		if why != want || (end == nil) != (want != placeFree) {
			t.Fatalf("%s: %v, want %v", user, why, want)
		}
		return end
	}
	first := begin("a", placeFree)
	begin("a", placeFree)
	begin("a", takenByOneself)
	other := begin("b", placeFree)
	begin("b", takenByOthers)
	first()
	begin("b", placeFree)
	begin("c", takenByOthers)
	other()
	begin("c", placeFree)
}
