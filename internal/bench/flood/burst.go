package flood

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"latchkey/internal/bench/load"
	"latchkey/internal/bench/product"
	"latchkey/internal/bench/report"

	"golang.org/x/sync/errgroup"
)

// BurstCommand is bench burst: it measures the memory of a burst, and the pages beside one.
type BurstCommand struct {
	product.Flags
	Duration time.Duration `default:"10s" help:"How long to look at pages."`
}

// Run measures and prints; missing the goal is an error, after the table.
func (c BurstCommand) Run() error {
	return report.Table(func() ([]report.Row, error) {
		p, err := c.Make(burstSize, 0)
		defer os.RemoveAll(p.Folder)
		if err != nil {
			return nil, err
		}
		rows, err := Burst(p)
		if err != nil {
			return nil, err
		}
		pages, err := besideBurst(p, c.Duration)
		return append(rows, pages), err
	})
}

// How many sign in at once, each from a network of its own, and what one hash of the
// default cost and everything else may take beside the memory at rest, in MB.
const (
	burstSize = 200
	// burstClients is how many try again and again while other people look at pages.
	burstClients = 32
	hashMB       = 67
	restMB       = 67
)

// Burst sends wrong passwords of everybody at once and looks at the most memory that the
// server ever had.
func Burst(p product.Product) ([]report.Row, error) {
	s, err := p.Start(product.AllCores, "--trusted-proxies", "127.0.0.0/8")
	if err != nil {
		return nil, err
	}
	defer s.Stop()
	idle, err := s.ResidentMB()
	if err != nil {
		return nil, err
	}
	answers, err := everybody(strings.TrimPrefix(s.URL, "http://"))
	if err != nil {
		return nil, err
	}
	peak, err := s.PeakMB()
	planned := float64(runtime.NumCPU()*hashMB+restMB) + idle
	return []report.Row{{
		What: fmt.Sprintf("memory at its highest, %d sign-ins at once", burstSize),
		Measured: fmt.Sprintf("%.1f MB resident; %d passwords hashed, %d asked to come back",
			peak, answers[422], answers[503]),
		Goal: fmt.Sprintf("≤ %.0f MB", planned), Met: peak <= planned && answers[422] > 0,
	}}, err
}

// everybody signs in at the same time and returns how many got which status.
func everybody(address string) (map[int]int, error) {
	var (
		all     sync.WaitGroup
		lock    sync.Mutex
		answers = map[int]int{}
		failed  error
	)
	for i := range burstSize {
		all.Go(func() {
			status, err := signInFrom(address, i, i)
			lock.Lock()
			defer lock.Unlock()
			answers[status]++
			if err != nil {
				failed = fmt.Errorf("signing in: %w", err)
			}
		})
	}
	all.Wait()
	return answers, failed
}

// besideBurst measures signed-in pages at a steady 200 a second while clients send wrong
// passwords as fast as they are answered.
func besideBurst(p product.Product, span time.Duration) (report.Row, error) {
	s, err := p.Start(product.AllCores, "--trusted-proxies", "127.0.0.0/8")
	if err != nil {
		return report.Row{}, err
	}
	defer s.Stop()
	cookie, err := p.SignIn(s.URL, "bench-0")
	if err != nil {
		return report.Row{}, err
	}
	var all errgroup.Group
	var t tries
	stop := make(chan struct{})
	for range burstClients {
		all.Go(func() error { return t.until(stop, strings.TrimPrefix(s.URL, "http://")) })
	}
	pages, err := product.Measure("load", "--name=pages", "--rate=200", "--duration="+span.String(), "--header="+cookie, s.URL+"/profile")
	close(stop)
	err = errors.Join(err, all.Wait())
	return report.Row{
		What:     fmt.Sprintf("pages at 200/s while %d clients sign in", burstClients),
		Measured: fmt.Sprintf("%s; %d passwords hashed, %d asked to come back", pages.Throughput(), t.hashed.Load(), t.refused.Load()),
	}, errors.Join(err, pages.Clean())
}

// tries counts sign-ins and how they ended.
type tries struct{ begun, hashed, refused atomic.Int64 }

// until sends wrong passwords one after the other until stop is closed, each of the next
// user and from another network.
func (t *tries) until(stop <-chan struct{}, address string) error {
	for {
		select {
		case <-stop:
			return nil
		default:
		}
		n := int(t.begun.Add(1))
		status, err := signInFrom(address, 1+n%(burstSize-1), n)
		if err != nil {
			return fmt.Errorf("signing in: %w", err)
		}
		if status == 422 {
			t.hashed.Add(1)
		} else {
			t.refused.Add(1)
		}
	}
}

// signInFrom sends one wrong password of this user from the network of this number.
func signInFrom(address string, who, network int) (status int, err error) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		return 0, err
	}
	form := url.Values{"username": {fmt.Sprintf("bench-%d", who)}, "password": {"this is not the one"}}.Encode()
	request := fmt.Sprintf("POST /login HTTP/1.1\r\nHost: %s\r\nSec-Fetch-Site: same-origin\r\nX-Forwarded-For: 10.%d.%d.1\r\n"+
		"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s", address, network/256, network%256, len(form), form)
	if _, err := io.WriteString(conn, request); err != nil {
		return 0, err
	}
	status, _, err = load.ReadAnswer(bufio.NewReaderSize(conn, 16<<10))
	return status, err
}
