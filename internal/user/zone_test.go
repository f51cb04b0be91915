package user

import (
	"strings"
	"testing"
	"time"

	"latchkey/internal/problem"
)

func TestZones(t *testing.T) {
	t.Parallel()
	if n, names := len(Zones()), len(strings.Fields(zoneNames)); n != names+1 || n < 400 {
		t.Errorf("%d of %d zones are known here", n, names+1)
	}
	for _, name := range Zones() {
		if got, err := CheckZone(name); err != nil || got != name || Zone(name).String() != name {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if got, err := CheckZone(""); got != "" || err != nil || Zone("") != nil {
		t.Errorf("none chosen: %q, %v", got, err)
	}
}

// TestWE02_ZoneIsAName: nothing but a name of the list is stored or looked up, so that
// what was typed is never a path or markup.
func TestWE02_ZoneIsAName(t *testing.T) {
	t.Parallel()
	for _, typed := range []string{
		"Local", "../../etc/passwd", "/etc/localtime", "europe/london", "Europe/London ", " UTC", "Europe/London\x00", "posix/Europe/London",
		"\"><script>", "Europe/Nowhere", "EST5EDT", strings.Repeat("A", 10000),
	} {
		if got, err := CheckZone(typed); !problem.Is(err, problem.Invalid) || Zone(typed) != nil {
			t.Errorf("%.40q is taken as %q", typed, got)
		}
	}
	for _, typed := range []string{"Dark", "blue", "dark\" onload=", "light dark"} {
		if got, err := CheckTheme(typed); !problem.Is(err, problem.Invalid) {
			t.Errorf("%q is taken as the theme %q", typed, got)
		}
	}
	if zone := Zone("Asia/Kolkata"); time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC).In(zone).Format("15:04") != "05:30" {
		t.Error("Kolkata is not half past five ahead")
	}
}
