package auth

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestAU02_TheFigures writes the limits down a second time, so that none changes by mistake:
// people plan by them, and guards against guessing are worth what their figures are.
func TestAU02_TheFigures(t *testing.T) {
	t.Parallel()
	const s, m, h, d = time.Second, time.Minute, time.Hour, 24 * time.Hour
	want := map[Bucket]Limit{
		BucketName: {10, 30 * s, 15 * m, 0, 100}, BucketBrowser: {10, 30 * s, 15 * m, 0, 0},
		BucketNetwork: {30, 0, 0, 10 * m, 0}, BucketDay: {300, 0, 0, d, 0}, BucketWide: {300, 0, 0, 10 * m, 0}, BucketAll: {1000, 0, 0, 10 * m, 0},
		BucketCode: {5, m, 15 * m, 0, 50}, BucketRecovery: {5, 15 * m, 15 * m, 0, 20}, BucketSecond: {30, 15 * m, 15 * m, 0, 60},
		BucketSecondBrowser: {5, m, 15 * m, 0, 20}, BucketRecoveryNetwork: {3, 0, 0, d, 0}, BucketRecoveryWide: {10, 0, 0, d, 0},
		BucketCookie: {30, 0, 0, 10 * m, 0}, BucketAddress: {5, 0, 0, h, 0},
		BucketBoth: {10, 0, 0, h, 0}, BucketBothSite: {30, 0, 0, h, 0}, BucketBothAll: {1000, 0, 0, h, 0},
		BucketSetup: {10, 0, 0, 10 * m, 0}, BucketSetupWide: {30, 0, 0, 10 * m, 0},
		BucketForgot: {3, 0, 0, h, 0}, BucketForgotNetwork: {10, 0, 0, h, 0}, BucketForgotWide: {30, 0, 0, h, 0}, BucketForgotAll: {100, 0, 0, h, 0},
		BucketRequest: {3, 0, 0, d, 0}, BucketUnlock: {5, 0, 0, d, 0},
	}
	for action, perHour := range map[Bucket]int{
		ActionProfile: 60, ActionPassword: 10, ActionApps: 30, ActionCodes: 10, ActionProof: 60, ActionSessions: 120, ActionDownload: 30, ActionOwn: 300,
		ActionSignIn: 200, ActionOpen: 600, ActionAdmin: 2000, ActionTestMail: 20, ActionExport: 60, ActionUpload: 120, ActionCheck: 60,
	} {
		want[action] = Limit{perHour, 0, 0, h, 0}
		if words, times := ActionWords(action); words == "" || times != perHour {
			t.Errorf("%s: %q, %d times", action, words, times)
		}
	}
	for b, l := range want {
		if got := LimitOf(b); got != l {
			t.Errorf("%s: %+v, want %+v", b, got, l)
		}
	}
	for _, b := range slices.Concat(slices.Collect(maps.Keys(limits)), slices.Collect(maps.Keys(actions))) {
		if _, known := want[b]; !known {
			t.Errorf("no figure is written down for %s", b)
		}
	}
	if CrowdedForgotFree != 2 || BurstForgotFree != 1 || BurstNetworkFree != 5 || FreshFor != 10*m || CeilingWait != d {
		t.Error("a figure has changed")
	}
}

// TestTry_AtItsEdges: a limit of one, a window that ends now, a ceiling that is reached by
// the try itself.
func TestTry_AtItsEdges(t *testing.T) {
	t.Parallel()
	now := time.Unix(1e9, 0)
	one := Limit{Free: 1, Window: time.Hour}
	tries, wait := one.Try(Tries{}, now)
	if wait != 0 || tries.Count != 1 || !tries.BlockedUntil.Equal(now.Add(time.Hour)) {
		t.Errorf("the first of one: %+v, %v", tries, wait)
	}
	if _, wait := one.Try(tries, now.Add(time.Hour-1)); wait != 1 {
		t.Errorf("one nanosecond before the end: %v", wait)
	}
	if again, wait := one.Try(tries, now.Add(time.Hour)); wait != 0 || again.Count != 1 {
		t.Errorf("at the end: %+v, %v", again, wait)
	}
	short := Limit{Free: 2, Window: 1} // the shortest window
	if tries, wait := short.Try(Tries{}, now); wait != 0 || !tries.WindowEnds.Equal(now.Add(1)) {
		t.Errorf("the shortest window: %+v, %v", tries, wait)
	}
	ceiling := Limit{Free: 5, Wait: time.Second, MaxWait: time.Minute, Ceiling: 1}
	tries, wait = ceiling.Try(Tries{}, now)
	if wait != 0 || tries.Count != 1 {
		t.Errorf("below a ceiling of one: %+v, %v", tries, wait)
	}
	if _, wait := ceiling.Try(tries, now); wait != CeilingWait {
		t.Errorf("at a ceiling of one: %v", wait)
	}
	row := Limit{Free: 2, Wait: time.Second, MaxWait: 3 * time.Second, Ceiling: 6}
	var waits []time.Duration
	tries = Tries{}
	for range 6 {
		if tries, wait = row.Try(tries, now); wait != 0 {
			t.Fatalf("a try that has waited waits: %v", wait)
		}
		waits = append(waits, max(0, tries.BlockedUntil.Sub(now)))
		if tries.Count < row.Free && !tries.BlockedUntil.IsZero() {
			t.Errorf("after %d tries: %+v", tries.Count, tries)
		}
		now = now.Add(max(0, tries.BlockedUntil.Sub(now)))
	}
	if want := []time.Duration{0, time.Second, 2 * time.Second, 3 * time.Second, 3 * time.Second, CeilingWait}; !slices.Equal(waits, want) {
		t.Errorf("the waits are %v, want %v", waits, want)
	}
	if tiny, _ := (Limit{Free: 1, Wait: 1, MaxWait: 1}).Try(Tries{}, now); !tiny.BlockedUntil.Equal(now.Add(1)) {
		t.Errorf("the shortest wait: %+v", tiny)
	}
}

func TestAU09_NetworksOfAnAddress(t *testing.T) {
	t.Parallel()
	for ip, want := range map[string][3]string{
		"192.0.2.77":                              {"192.0.2.77/32", "192.0.2.0/24", "no"},
		"::ffff:192.0.2.77":                       {"192.0.2.77/32", "192.0.2.0/24", "no"},
		"2001:db8:1:2:3:4:5:6":                    {"2001:db8:1:2::/64", "2001:db8:1::/48", "yes"},
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff": {"ffff:ffff:ffff:ffff::/64", "ffff:ffff:ffff::/48", "yes"},
		"255.255.255.255":                         {"255.255.255.255/32", "255.255.255.0/24", "no"},
		"nonsense":                                {"unknown", "unknown", "no"},
		"":                                        {"unknown", "unknown", "no"},
	} {
		if got := [3]string{Network(ip), WideNetwork(ip), yesNo(IsSite(ip))}; got != want {
			t.Errorf("%q: %q, want %q", ip, got, want)
		}
		if a := parsed(ip); a.IsValid() {
			near, wide := Networks(a)
			if near.String() != want[0] || wide.String() != want[1] {
				t.Errorf("%q: %s and %s, want %q", ip, near, wide, want)
			}
		}
	}
}

func TestOT17_TheWordsOfAClock(t *testing.T) {
	t.Parallel()
	now := time.Unix(1e9, 0)
	for offset, way := range map[time.Duration]string{time.Hour: "1 hour slow", -time.Hour: "1 hour fast"} {
		if all := ClockWarnings(now, now, offset); len(all) != 1 || !strings.Contains(all[0], way) {
			t.Errorf("%v: %q", offset, all)
		}
	}
}
