package auth

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"latchkey/internal/problem"
	"latchkey/internal/user"
)

func TestDemands(t *testing.T) {
	t.Parallel()
	for policy, want := range map[TwoStep][2]bool{
		TwoStepEveryone: {true, true}, TwoStepAdministrators: {false, true}, TwoStepOptional: {false, false},
	} {
		if got := [2]bool{policy.Demands(user.RoleUser), policy.Demands(user.RoleAdmin)}; got != want {
			t.Errorf("%s: of users and administrators %v, want %v", policy, got, want)
		}
	}
}

func TestPW01_FifteenWhileThePasswordMayBeAll(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		policy    TwoStep
		min, want int
	}{
		{TwoStepEveryone, 8, 8}, {TwoStepEveryone, 12, 12}, {TwoStepEveryone, 64, 64},
		{TwoStepAdministrators, 8, 15}, {TwoStepOptional, 14, 15}, {TwoStepOptional, 15, 15}, {TwoStepOptional, 16, 16},
	} {
		if got := (Settings{TwoStep: c.policy, PasswordMin: c.min}).MinPassword(start()); got != c.want {
			t.Errorf("%s, %d: %d in force, want %d", c.policy, c.min, got, c.want)
		}
	}
	if s := DefaultSettings(); s.MinPassword(start()) != 12 {
		t.Errorf("by default %d", s.MinPassword(start()))
	}
}

// Whichever of the two was set last, whatever was stored, an unknown policy included:
// under fifteen only where everyone shows a second factor.
func TestPW01_NoSettingGoesUnderFifteenAlone(t *testing.T) {
	t.Parallel()
	for _, policy := range []TwoStep{TwoStepEveryone, TwoStepAdministrators, TwoStepOptional, "", "nonsense"} {
		for length := 8; length <= 64; length++ {
			want := length
			if policy != TwoStepEveryone && length < 15 {
				want = 15
			}
			if got := (Settings{TwoStep: policy, PasswordMin: length}).MinPassword(start()); got != want {
				t.Errorf("%q, %d: %d in force, want %d", policy, length, got, want)
			}
		}
	}
	for _, order := range [][2][2]string{
		{{"password_min", "8"}, {"two_step", "optional"}}, {{"two_step", "administrators"}, {"password_min", "8"}},
	} {
		s := DefaultSettings()
		for _, set := range order {
			if err := s.Set(set[0], set[1]); err != nil {
				t.Fatal(err)
			}
		}
		if stored, err := ParseSettings(s.Values()); err != nil || s.MinPassword(start()) != 15 || stored.MinPassword(start()) != 15 {
			t.Errorf("%v: %d in force, read again %d, %v", order, s.MinPassword(start()), stored.MinPassword(start()), err)
		}
	}
}

func TestSettingsBounds(t *testing.T) {
	t.Parallel()
	refuse := []string{"", " ", "x", "1e1", "0x10", "+", "١٢", "99999999999999999999", "12 ", "-12", "12.0"}
	for name, c := range map[string]struct{ accept, refuse []string }{
		"password_min":    {[]string{"8", "64", "12"}, append([]string{"7", "65", "0"}, refuse...)},
		"session_idle":    {[]string{"5", "60", "10080"}, append([]string{"4", "10081", "0"}, refuse...)},
		"invite_days":     {[]string{"1", "3", "14"}, append([]string{"0", "15"}, refuse...)},
		"session_max":     {[]string{"5", "1440", "129600"}, append([]string{"4", "129601"}, refuse...)},
		"audit_keep_days": {[]string{"0", "30", "365", "3650"}, append([]string{"1", "29", "3651", "-1", "00", "-0", "+0"}, refuse...)},
		"two_step_deadline": {[]string{"", "2027-03-01"},
			[]string{" ", "x", "2027-02-30", "2027-3-1", "01.03.2027", "2027-03-01T00:00:00Z", "20270301", "-2027-03-01", "0001-01-01"}},
		"two_step_since": {[]string{"", "2027-03-01T12:00:00.001Z"}, []string{" ", "x", "2027-03-01", "12:00"}},
		"two_step":       {[]string{"everyone", "administrators", "optional"}, []string{"", "Everyone", "none", "off", "everyone "}},
		"instance_name": {[]string{"A", strings.Repeat("é", 40), "My site & more"},
			[]string{"", " ", strings.Repeat("é", 41), "a\x00", "a\nb", "a\u202eb", "\xff", "\u3164"}},
	} {
		for _, value := range c.accept {
			s := DefaultSettings()
			if err := s.Set(name, value); err != nil {
				t.Errorf("%s = %q: %v", name, value, err)
			}
			if got := s.Values()[name]; got != value {
				t.Errorf("%s = %q is stored as %q", name, value, got)
			}
		}
		for _, value := range c.refuse {
			s := DefaultSettings()
			err := s.Set(name, value)
			if p := problem.As(err); p == nil || p.Kind != problem.Invalid || p.Field != name {
				t.Errorf("%s = %q: %v, want a mistake of that field", name, value, err)
			}
			if diff := cmp.Diff(DefaultSettings(), s); diff != "" {
				t.Errorf("%s = %q was refused and changed something:\n%s", name, value, diff)
			}
			if _, err := ParseSettings(map[string]string{name: value}); err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("ParseSettings(%s = %q): %v, want an error that names it", name, value, err)
			}
		}
	}
	s := DefaultSettings()
	for _, name := range []string{"", "nonsense", "Two_step"} {
		if err := s.Set(name, "12"); !problem.Is(err, problem.BadRequest) {
			t.Errorf("setting %q: %v", name, err)
		}
	}
}

func TestSettingsSurviveStorage(t *testing.T) {
	t.Parallel()
	want := Settings{
		Backups:      Backups{Every: BackupsSixHours, Time: "04:05", Keep: 7, Recipients: "age1qx7zqfkl2m3n4p5q6r7s8t9u0v1w2x3y4z5a6b7c8d9e0f1g2h3j4m0k2"},
		InstanceName: "Depot", TwoStep: TwoStepOptional, PasswordMin: 20,
		SessionIdle: 7 * time.Minute, SessionMax: 90 * 24 * time.Hour, InviteDays: 14,
		TwoStepDeadline: time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC), TwoStepSince: time.Date(2027, 2, 1, 13, 14, 15, 16e6, time.UTC),
	}
	for _, s := range []Settings{want, DefaultSettings()} {
		got, err := ParseSettings(s.Values())
		if diff := cmp.Diff(s, got); diff != "" || err != nil {
			t.Errorf("ParseSettings: %v\n%s", err, diff)
		}
	}
	got, err := ParseSettings(nil)
	if diff := cmp.Diff(DefaultSettings(), got); diff != "" || err != nil {
		t.Errorf("ParseSettings of nothing: %v\n%s", err, diff)
	}
	if got, err := ParseSettings(map[string]string{"nonsense": "1"}); err == nil || got != (Settings{}) {
		t.Errorf("ParseSettings of an unknown name = %+v, %v", got, err)
	}
}
