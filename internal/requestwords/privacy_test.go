package requestwords_test

import (
	"fmt"
	"strings"
	"testing"

	"latchkey/internal/store"
)

// TestSummary_ThreePeople: what one or two people write, however often, is not shown.
func TestSummary_ThreePeople(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 40)
	for i := range 30 {
		d.askAs(d.users[i%2], "zebra phone", "verified giraffe")
	}
	if got := shown(d.summary(30).Top); got != "" {
		t.Errorf("two people, and one administrator: %s", got)
	}
	d.askAs(d.users[2], "zebra", "")
	d.askAs(d.users[3], "giraffe", "")
	d.askAs(d.users[4], "giraffe", "")
	d.minute()
	if got := shown(d.summary(30).Top); got != "giraffe 32, zebra 31" && got != "zebra 31, giraffe 32" {
		t.Errorf("the third person: %s", got)
	}
}

// TestSummary_GivesNobodyAway: no digits, no names, no addresses.
func TestSummary_GivesNobodyAway(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 40)
	d.add("margaret", "")
	d.add("grace.hopper", "Annie Jump-Cannon")
	d.add("handy", "")
	d.add("nurse", "Ada Phone")
	d.add("zoë", "Jürgen Groß")
	for i := range 36 {
		d.askAs(d.users[i], strings.Join([]string{
			"margaret MARGARET grace hopper jump cannon Annie handy ada zoë jürgen juergen groß root admin",
			"iphone15 0171-2345678 +49 171 pin1234 x_y tr0ub4dor ⅷ ² 日3",
			"ada@example.org mailto:bob@corp.test www.evil.test http://evil.test/attack example.com 10.0.0.1 C:\\windows\\path dotted.name ｅｖｉｌ＠ｔｅｓｔ",
			strings.Repeat("x", 41), "a b c", fmt.Sprintf("person%03d", i),
			"phone stolen",
		}, " "), "")
	}
	// "phone" is a word of a name, and a word that people need.
	if got := shown(d.summary(30).Top); got != "phone 36, stolen 36" {
		t.Errorf("shown: %s", got)
	}
}

// TestSummary_OwnNames: nobody signs a request with a name that is counted, whatever the directory says.
func TestSummary_OwnNames(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 40)
	for i := range 33 {
		id := d.users[i]
		d.Tx(func(tx *store.Tx) error {
			_, err := tx.EditUser(store.Edit{ID: id, Username: fmt.Sprintf("person%03d", i), Name: "Grete Hermann", Version: 1})
			return err
		})
		d.ask("please help, yours Grete Hermann")
	}
	if got := shown(d.summary(30).Top); got != "help 33" {
		t.Errorf("shown: %s", got)
	}
}
