package forms

import (
	"maps"
	"net/url"
	"testing"
)

// FuzzSE12_Kept: a form that waits over a proof is the same afterwards, and holds no password
// and no code.
func FuzzSE12_Kept(f *testing.F) {
	for _, body := range []string{"name=a&email=b", "password=x&name=a", "user=1&user=2", "a=1;b=2", "%zz", "name=%00", "code=1", "access=groups&group=a&group=b", "!action=/x", "new_password=x&current_password=y&secret=z"} {
		f.Add("/profile/edit", []byte(body))
	}
	f.Fuzz(func(t *testing.T, action string, body []byte) {
		kept, ok := Keep(action, body)
		if !ok {
			return
		}
		for name, values := range kept.Fields {
			if secretField(name) && len(values) > 0 && values[0] != "" && !fields[name] {
				t.Errorf("%q keeps %s", body, name)
			}
		}
		for _, name := range []string{"password", "new_password", "current_password", "code", "recovery_code", "setup_code", "secret", "connection"} {
			if kept.Fields.Has(name) {
				t.Errorf("%q keeps %s", body, name)
			}
		}
		again, err := DecodeKept([]byte(kept.Encode()))
		if err != nil || again.Action != kept.Action || again.Secrets != kept.Secrets || again.File != kept.File || again.Fields.Encode() != kept.Fields.Encode() {
			t.Errorf("%q is kept as %+v, and then %+v, %v", body, kept, again, err)
		}
	})
}

// FuzzWE10_Query: a query that is read is what a strict reader of forms makes of it.
func FuzzWE10_Query(f *testing.F) {
	for _, q := range []string{"q=a&role=admin", "q=a&q=b", "x=1", "q=%00", "q=%ff", "", "q", "%zz", "kept=1", "q=a;b"} {
		f.Add(q)
	}
	f.Fuzz(func(t *testing.T, query string) {
		got, err := ReadQuery(query, "q", "role")
		values, parseErr := url.ParseQuery(query)
		values.Del(KeptParameter)
		want, strict := single(values, []string{"q", "role"})
		if (err == nil) != (parseErr == nil && strict == nil) {
			t.Fatalf("%q: %v, and as a form %v, %v", query, err, parseErr, strict)
		}
		if err != nil {
			return
		}
		for _, name := range []string{"q", "role"} {
			if _, sent := want[name]; !sent {
				want[name] = "" // here, what is missing is empty
			}
		}
		if !maps.Equal(got, want) {
			t.Errorf("%q is %q, and as a form %q", query, got, want)
		}
	})
}
