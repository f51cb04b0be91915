package main

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

	"latchkey/internal/factor"
)

// floodCommand measures what a flood of strangers leaves to everybody else.
type floodCommand struct {
	Dir      string        `default:"." help:"A folder for the data."`
	Product  string        `default:"bin/latchkey" help:"The program to measure."`
	Duration time.Duration `default:"20s" help:"How long the flood lasts."`
}

// Run measures and prints; missing a goal is an error, after the table.
func (c floodCommand) Run() error {
	p, err := makeProduct(c.Product, c.Dir, floodUsers, 0)
	defer os.RemoveAll(p.folder)
	if err != nil {
		return err
	}
	rows, err := flood(p, c.Duration)
	if err != nil {
		return err
	}
	return report(rows)
}

// floodUsers is how many people sign in, each once.
const floodUsers = 1000

// floodNetworks is how many networks send wrong passwords as fast as they are answered.
const floodNetworks = 64

// flood measures sign-ins from one network and pages, first alone and then while others
// flood, the most memory meanwhile, and what is left of it all on the disk.
func flood(p product, span time.Duration) ([]row, error) {
	s, err := p.start(allCores, "--trusted-proxies", "127.0.0.0/8")
	if err != nil {
		return nil, err
	}
	defer s.stop()
	idle, err := s.residentMB()
	if err != nil {
		return nil, err
	}
	people, err := makePeople()
	if err != nil {
		return nil, err
	}
	alone, pagesAlone, err := honest(p, s, people, 2, span)
	if err != nil {
		return nil, err
	}
	// The same people again, in browsers that are known by now, once their codes are new.
	for range len(people) - alone.Count {
		people <- <-people
	}
	time.Sleep(factor.Period)
	before, err := folderBytes(p.folder)
	if err != nil {
		return nil, err
	}
	stop := make(chan struct{})
	strangers := startStrangers(strings.TrimPrefix(s.url, "http://"), stop)
	beside, pagesBeside, err := honest(p, s, people, 2, span)
	close(stop)
	answers := strangers()
	if err != nil {
		return nil, err
	}
	after, err := folderBytes(p.folder)
	if err != nil {
		return nil, err
	}
	peak, err := s.peakMB()
	planned := float64(runtime.NumCPU()*hashMB+restMB) + idle
	ratio, slower := beside.PerSecond/alone.PerSecond, pagesBeside.P99/pagesAlone.P99
	sent := 0
	for _, n := range answers {
		sent += n
	}
	return []row{
		{What: "sign-ins from one network, 2 at once", Measured: throughput(alone)},
		{What: fmt.Sprintf("the same while %d other networks flood", floodNetworks), Measured: fmt.Sprintf("%s; %.2f of that; %d asked to come back", throughput(beside), ratio, beside.Errors), Goal: "≥ 0.50", Met: ratio >= 0.5},
		{What: "pages at 200/s beside these sign-ins", Measured: throughput(pagesAlone)},
		{What: "the same while they flood", Measured: fmt.Sprintf("%s; p99 %.1f times as long", throughput(pagesBeside), slower), Goal: "≤ 4 ×", Met: slower <= 4},
		{What: "memory at its highest meanwhile", Measured: fmt.Sprintf("%.1f MB resident", peak), Goal: fmt.Sprintf("≤ %.0f MB", planned), Met: peak <= planned},
		{What: fmt.Sprintf("what the flood was answered in %s", span), Measured: floodWords(answers)},
		{What: "growth of the data folder meanwhile", Measured: fmt.Sprintf("%.2f MB, %d bytes a request", float64(after-before)/1e6, (after-before)/int64(max(sent, 1)))},
	}, err
}

// startStrangers begins the flood; it ends when stop is closed. The returned function
// waits for that and says how many requests got which status, 0 for no answer at all.
func startStrangers(address string, stop <-chan struct{}) func() map[int]int {
	var (
		all     sync.WaitGroup
		lock    sync.Mutex
		answers = map[int]int{}
	)
	for network := range floodNetworks {
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
			status, stays, err = readAnswer(reader)
		}
		answers[status]++
		if err != nil || !stays {
			conn.Close()
			conn = nil
		}
	}
}

// floodWords lists how many requests got which status.
func floodWords(answers map[int]int) string {
	names := map[int]string{0: "without an answer", 422: "checked and wrong", 429: "told to wait", 503: "asked to come back"}
	var words []string
	for _, status := range slices.Sorted(maps.Keys(answers)) {
		name := names[status]
		if name == "" {
			name = fmt.Sprintf("got %d", status)
		}
		words = append(words, fmt.Sprintf("%d %s", answers[status], name))
	}
	return strings.Join(words, ", ")
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
