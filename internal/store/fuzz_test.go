package store

import (
	"strconv"
	"strings"
	"testing"
)

// FuzzReadFilter: a filter that is read is stored and read again as it was; what it does not
// know, it never passes over.
func FuzzReadFilter(f *testing.F) {
	for _, text := range []string{"{}", `{"text":"a","inactive_days":30}`, `{"status":"x"}`, `{"inactive_days":-1}`, `{} {}`, `{"unknown":1}`, "q=a&status=active", "inactive=never", "inactive=30", "q=a&q=b", "address=none", "x=1", `{"inactive_days":9999999999}`, "inactive=9999999999"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		read, err := ReadFilter(text)
		if err != nil {
			return
		}
		stored := read.Stored()
		again, err := ReadFilter(stored)
		if err != nil || again.Stored() != stored {
			t.Errorf("%q is stored as %q, and then as %q, %v", text, stored, again.Stored(), err)
		}
		if read.Inactive < 0 {
			t.Errorf("%q is %v", text, read.Inactive)
		}
	})
}

// FuzzLO03_Head: a head that is taken is SEQ:MAC, and is noted as that again.
func FuzzLO03_Head(f *testing.F) {
	for _, head := range []string{"", "1:x", "0:x", "-1:x", "1:", ":x", "1", "01:x", "+1:x", "9223372036854775808:x", "1:x:y", "1 :x"} {
		f.Add(head)
	}
	f.Fuzz(func(t *testing.T, head string) {
		p, err := parseHead(head)
		switch {
		case err != nil || head == "":
			if p != (place{}) {
				t.Errorf("%q is refused and is %+v", head, p)
			}
		case p.seq < 1 || p.mac == "" || strings.TrimLeft(strings.TrimPrefix(head, "+"), "0") != strconv.FormatInt(p.seq, 10)+":"+p.mac:
			t.Errorf("%q is %+v", head, p)
		}
	})
}
