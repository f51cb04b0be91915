// Package growth measures what strangers leave in the database (LO-08).
package growth

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	_ "github.com/mattn/go-sqlite3"

	"latchkey/internal/auth"
	"latchkey/internal/bench/product"
	"latchkey/internal/bench/report"
	"latchkey/internal/store"
)

// Command is the command line of the package.
type Command struct {
	product.Flags
	Duration time.Duration `default:"10m" help:"How long strangers send requests."`
}

// Run measures and prints; missing a goal is an error, after the table.
func (c Command) Run() error {
	return report.Table(func() ([]report.Row, error) {
		p, err := c.Make(users, 0)
		defer os.RemoveAll(p.Folder)
		if err != nil {
			return nil, err
		}
		return measure(p, c.Duration)
	})
}

const (
	// users is how many users there are, who are all known to the strangers.
	users = 8
	// networks is how many networks send requests.
	networks = 64
	// pause is how often each of them sends one. Together they send twice as many as
	// they would need to use up what they have.
	pause = 500 * time.Millisecond
)

// measure lets strangers send requests of every kind for so long and compares what the
// database has then with what the rules allow. There is a mail server that nobody can reach,
// so that messages stay where they are counted.
func measure(p product.Product, span time.Duration) ([]report.Row, error) {
	s, err := p.Start(product.AllCores, "--trusted-proxies", "127.0.0.0/8", "--smtp", "smtp://127.0.0.1:9")
	if err != nil {
		return nil, err
	}
	defer s.Stop()
	before, err := lookAt(p.Folder)
	if err != nil {
		return nil, err
	}
	stop := make(chan struct{})
	seen := make(chan grown, 1)
	go func() { seen <- watchFiles(p.Folder, stop) }()
	answers := sendEverything(s.URL, time.Now().Add(span))
	close(stop)
	peak := <-seen
	after, err := lookAt(p.Folder)
	if err != nil {
		return nil, err
	}
	return compare(before, after, peak, answers, span), nil
}

// compare puts what is there beside what is allowed.
func compare(before, after, peak grown, answers map[string]int, span time.Duration) []report.Row {
	sent := 0
	for _, n := range answers {
		sent += n
	}
	rows := []report.Row{{
		What:     fmt.Sprintf("strangers from %d networks, every kind of request, for %s", networks, span),
		Measured: fmt.Sprintf("%d requests: %s", sent, words(answers)),
	}}
	allowed := allowance(span)
	for _, kind := range []struct {
		what   string
		tables []string
	}{
		{"audit rows they left", []string{"audit_log"}},
		{"rows of limits they left", []string{"limits"}},
		{"rows they left in any other table", others(after)},
	} {
		n := 0
		for _, table := range kind.tables {
			n += after.rows[table] - before.rows[table]
		}
		most := allowed[kind.what]
		rows = append(rows, report.Row{
			What: kind.what, Measured: fmt.Sprintf("%d of %d, ratio %.2f", n, most, float64(n)/float64(most)),
			Goal: fmt.Sprintf("≤ %d", most), Met: n <= most,
		})
	}
	return append(rows,
		report.Row{What: "growth of the database's file", Measured: fmt.Sprintf("%.2f MB, %d bytes a request", float64(peak.file-before.file)/1e6, (peak.file-before.file)/int64(max(sent, 1)))},
		report.Row{What: "its write-ahead log at its longest", Measured: fmt.Sprintf("%.2f MB", float64(peak.log)/1e6)},
	)
}

// allowance is how many rows the rules let strangers leave within a span that begins when
// nothing is counted yet.
func allowance(span time.Duration) map[string]int {
	// Of what is counted together: some rows, then one each minute.
	burst := store.BurstRows + times(span, store.BurstEvery)
	passwords := min(triesOf(auth.BucketNetwork, span), triesOf(auth.BucketDay, span))
	// Of a network: its passwords; and as one burst each what is held back for ten minutes
	// and for a day, passwords with codes, and doubled cookies.
	audits := networks * (passwords + 4*burst)
	// Of a user: the username while it is closed, codes, and messages with a link.
	resets := triesOf(auth.BucketForgot, span)
	audits += users*(2*burst+resets) + burst // and that of names of nobody, from everywhere
	return map[string]int{
		"audit rows they left": audits,
		// Each password is for a name of its own at most, and each network and user has a row
		// for each kind of thing that is counted for it.
		"rows of limits they left": networks*(passwords+len(networkBuckets)) + users*len(userBuckets) + len(allBuckets),
		// A link, its message and a notice; two notices and messages of too many failures; the
		// requests of a network that the server has not come to yet; and a row for the day.
		"rows they left in any other table": users*(3*resets+4) + networks*triesOf(auth.BucketForgotNetwork, span) + times(span, 24*time.Hour),
	}
}

// triesOf is how often a bucket lets somebody try within a span that begins with the first.
func triesOf(b auth.Bucket, span time.Duration) int {
	l := auth.LimitOf(b)
	return l.Free * times(span, l.Window)
}

// times is how many periods a span has, with one that has only begun.
func times(span, period time.Duration) int { return int((span + period - 1) / period) }

// What is counted for a network and the wider one around it, for a user or a username, and
// for everybody.
var (
	networkBuckets = []auth.Bucket{
		auth.BucketNetwork, auth.BucketDay, auth.BucketWide, auth.BucketCookie, auth.BucketBoth, auth.BucketBothSite,
		auth.BucketSetup, auth.BucketSetupWide, auth.BucketForgotNetwork, auth.BucketForgotWide,
	}
	userBuckets = []auth.Bucket{auth.BucketName, auth.BucketCode, auth.BucketRecovery, auth.BucketSecond, auth.BucketForgot, auth.BucketRequest}
	allBuckets  = []auth.Bucket{auth.BucketAll, auth.BucketForgotAll, auth.BucketBothAll, auth.BucketCode, auth.BucketRecovery, auth.BucketSecond}
)

// grown is what a database takes.
type grown struct {
	rows      map[string]int
	file, log int64
}

// lookAt counts the rows of every table and the bytes of the files.
func lookAt(folder string) (g grown, err error) {
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(folder, "latchkey.db")+"?mode=ro")
	if err != nil {
		return g, err
	}
	defer db.Close()
	var names string
	err = db.QueryRow(`SELECT group_concat(name, ' ') FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND sql NOT LIKE 'CREATE VIRTUAL%' AND name NOT LIKE '%_text_%'`).Scan(&names)
	if err != nil {
		return g, fmt.Errorf("reading the tables: %w", err)
	}
	g = filesOf(folder)
	g.rows = map[string]int{}
	for table := range strings.FieldsSeq(names) {
		var n int
		if err := db.QueryRow(`SELECT count(*) FROM "` + table + `"`).Scan(&n); err != nil {
			return g, fmt.Errorf("counting %s: %w", table, err)
		}
		g.rows[table] = n
	}
	return g, nil
}

// others are the tables that have no line of their own.
func others(g grown) (names []string) {
	for name := range g.rows {
		if name != "audit_log" && name != "limits" {
			names = append(names, name)
		}
	}
	return names
}

// filesOf is the size of the database and of its log; one that is missing has none.
func filesOf(folder string) (g grown) {
	for name, size := range map[string]*int64{"latchkey.db": &g.file, "latchkey.db-wal": &g.log} {
		if info, err := os.Stat(filepath.Join(folder, name)); err == nil {
			*size = info.Size()
		}
	}
	return g
}

// watchFiles returns the most that the files took until stop is closed.
func watchFiles(folder string, stop <-chan struct{}) (most grown) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		now := filesOf(folder)
		most.file, most.log = max(most.file, now.file), max(most.log, now.log)
		select {
		case <-stop:
			return most
		case <-tick.C:
		}
	}
}
