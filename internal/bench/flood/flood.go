// Package flood measures what many who sign in at the same time leave to everybody else:
// honest people, a burst of wrong passwords, and a flood of strangers.
package flood

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"latchkey/internal/bench/load"
	"latchkey/internal/bench/product"
	"latchkey/internal/bench/report"
	"latchkey/internal/factor"
)

// Command is bench flood: it measures what a flood of strangers leaves to everybody else.
type Command struct {
	product.Flags
	Duration time.Duration `default:"20s" help:"How long the flood lasts."`
}

// Run measures and prints; missing a goal is an error, after the table.
func (c Command) Run() error {
	return report.Table(func() ([]report.Row, error) {
		p, err := c.Make(users, 0)
		defer os.RemoveAll(p.Folder)
		if err != nil {
			return nil, err
		}
		return Measure(p, c.Duration)
	})
}

// users is how many people sign in, each once.
const users = 1000

// networks is how many networks send wrong passwords as fast as they are answered.
const networks = 64

// Measure measures sign-ins from one network and pages, first alone and then while others
// flood, the most memory meanwhile, and what is left of it all on the disk.
func Measure(p product.Product, span time.Duration) ([]report.Row, error) {
	s, err := p.Start(product.AllCores, "--trusted-proxies", "127.0.0.0/8")
	if err != nil {
		return nil, err
	}
	defer s.Stop()
	idle, err := s.ResidentMB()
	if err != nil {
		return nil, err
	}
	people, err := MakePeople()
	if err != nil {
		return nil, err
	}
	alone, pages, err := Honest(p, s, people, 2, span)
	if err != nil {
		return nil, err
	}
	// The same people again, in browsers that are known by now, once their codes are new.
	for range len(people) - alone.Count {
		people <- <-people
	}
	time.Sleep(factor.Period)
	f, err := flooded(p, s, people, span)
	if err != nil {
		return nil, err
	}
	peak, err := s.PeakMB()
	planned := float64(runtime.NumCPU()*hashMB+restMB) + idle
	ratio, slower := f.signIns.PerSecond/alone.PerSecond, f.pages.P99/pages.P99
	return []report.Row{
		{What: "sign-ins from one network, 2 at once", Measured: alone.Throughput()},
		{What: fmt.Sprintf("the same while %d other networks flood", networks), Measured: fmt.Sprintf("%s; %.2f of that; %d asked to come back", f.signIns.Throughput(), ratio, f.signIns.Errors), Goal: "≥ 0.50", Met: ratio >= 0.5},
		{What: "pages at 200/s beside these sign-ins", Measured: pages.Throughput()},
		{What: "the same while they flood", Measured: fmt.Sprintf("%s; p99 %.1f times as long", f.pages.Throughput(), slower), Goal: "≤ 4 ×", Met: slower <= 4},
		{What: "memory at its highest meanwhile", Measured: fmt.Sprintf("%.1f MB resident", peak), Goal: fmt.Sprintf("≤ %.0f MB", planned), Met: peak <= planned},
		{What: fmt.Sprintf("what the flood was answered in %s", span), Measured: words(f.answers)},
		{What: "growth of the data folder meanwhile", Measured: fmt.Sprintf("%.2f MB, %d bytes a request", float64(f.growth)/1e6, f.growth/int64(max(f.sent(), 1)))},
	}, err
}

// underFlood is what honest people got while others flooded, how those were answered, and by
// how many bytes the data folder grew.
type underFlood struct {
	signIns, pages load.Result
	answers        map[int]int
	growth         int64
}

// sent is how many requests the others sent.
func (f underFlood) sent() (n int) {
	for _, of := range f.answers {
		n += of
	}
	return n
}

// flooded measures sign-ins and pages while others flood.
func flooded(p product.Product, s *product.Server, people chan Person, span time.Duration) (f underFlood, err error) {
	before, err := folderBytes(p.Folder)
	if err != nil {
		return f, err
	}
	stop := make(chan struct{})
	strangers := startStrangers(strings.TrimPrefix(s.URL, "http://"), stop)
	f.signIns, f.pages, err = Honest(p, s, people, 2, span)
	close(stop)
	f.answers = strangers()
	if err != nil {
		return f, err
	}
	after, err := folderBytes(p.Folder)
	f.growth = after - before
	return f, err
}

// startStrangers begins the flood; it ends when stop is closed. The returned function
// waits for that and says how many requests got which status, 0 for no answer at all.
func startStrangers(address string, stop <-chan struct{}) func() map[int]int {
	var (
		all     sync.WaitGroup
		lock    sync.Mutex
		answers = map[int]int{}
	)
	for network := range networks {
		all.Go(func() {
			seen := wrongPasswords(address, network, stop)
			lock.Lock()
			defer lock.Unlock()
			for status, n := range seen {
				answers[status] += n
			}
		})
	}
	return func() map[int]int { all.Wait(); return answers }
}

// wrongPasswords sends sign-ins about ever new names from the network of this number, each
// as soon as the last is answered.
func wrongPasswords(address string, network int, stop <-chan struct{}) map[int]int {
	answers := map[int]int{}
	var conn net.Conn
	var reader *bufio.Reader
	for i := 0; ; i++ {
		select {
		case <-stop:
			if conn != nil {
				conn.Close()
			}
			return answers
		default:
		}
		var err error
		if conn == nil {
			if conn, err = net.Dial("tcp", address); err != nil {
				answers[0]++
				time.Sleep(time.Millisecond)
				conn = nil
				continue
			}
			reader = bufio.NewReaderSize(conn, 16<<10)
		}
		form := url.Values{"username": {fmt.Sprintf("nobody-%d-%d", network, i)}, "password": {"this is not the one"}}.Encode()
		_, err = fmt.Fprintf(conn, "POST /login HTTP/1.1\r\nHost: %s\r\nSec-Fetch-Site: same-origin\r\nX-Forwarded-For: 10.%d.0.1\r\n"+
			"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s", address, network, len(form), form)
		status, stays := 0, false
		if err == nil {
			status, stays, err = load.ReadAnswer(reader)
		}
		answers[status]++
		if err != nil || !stays {
			conn.Close()
			conn = nil
		}
	}
}

// words lists how many requests got which status.
func words(answers map[int]int) string {
	names := map[int]string{0: "without an answer", 422: "checked and wrong", 429: "told to wait", 503: "asked to come back"}
	var list []string
	for _, status := range slices.Sorted(maps.Keys(answers)) {
		name := names[status]
		if name == "" {
			name = fmt.Sprintf("got %d", status)
		}
		list = append(list, fmt.Sprintf("%d %s", answers[status], name))
	}
	return strings.Join(list, ", ")
}

// folderBytes is how much the files of a folder hold together.
func folderBytes(folder string) (sum int64, err error) {
	err = filepath.WalkDir(folder, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err == nil {
			sum += info.Size()
		}
		return err
	})
	return sum, err
}
