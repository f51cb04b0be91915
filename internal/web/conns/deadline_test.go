package conns

import (
	"errors"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"
)

// TestAV01_ADeadlineIsNeitherEarlyNorLate: however it was moved before, somebody who waits gives up at the
// deadline that holds.
func TestAV01_ADeadlineIsNeitherEarlyNorLate(t *testing.T) {
	t.Parallel()
	const never = time.Duration(0)
	for name, c := range map[string]struct {
		moves []time.Duration // from the beginning of the test on, one after the other
		later time.Duration   // a move while the read waits, a second after it began; never for none
		want  time.Duration
	}{
		"near":                         {moves: []time.Duration{time.Second}, want: time.Second},
		"further than a timer":         {moves: []time.Duration{time.Minute}, want: time.Minute},
		"nearer after further":         {moves: []time.Duration{time.Minute, 3 * time.Second}, want: 3 * time.Second},
		"further after nearer":         {moves: []time.Duration{time.Second, time.Minute}, want: time.Minute},
		"none after near":              {moves: []time.Duration{time.Second, never, time.Hour}, want: time.Hour},
		"as package http moves it":     {moves: []time.Duration{-time.Hour, never, time.Minute, never, 5 * time.Second, 15 * time.Second}, want: 15 * time.Second},
		"nearer while somebody waits":  {moves: []time.Duration{time.Minute}, later: 2 * time.Second, want: 2 * time.Second},
		"over while somebody waits":    {moves: []time.Duration{never}, later: -time.Hour, want: time.Second},
		"further while somebody waits": {moves: []time.Duration{3 * time.Second}, later: 30 * time.Second, want: 30 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				near, far := net.Pipe() // whose deadlines follow the clock of the test
				defer near.Close()
				defer far.Close()
				for what, wait := range map[string]func(c *conn) (func(time.Time) error, func() error){
					"read": func(c *conn) (func(time.Time) error, func() error) {
						return c.SetReadDeadline, func() error { _, err := c.read(make([]byte, 1)); return err }
					},
					"write": func(c *conn) (func(time.Time) error, func() error) {
						return c.SetWriteDeadline, func() error { _, err := c.write([]byte("x")); return err }
					},
				} {
					begin := time.Now()
					set, attempt := wait(&conn{Conn: near})
					at := func(d time.Duration) time.Time {
						if d == never {
							return time.Time{}
						}
						return begin.Add(d)
					}
					for _, d := range c.moves {
						if err := set(at(d)); err != nil {
							t.Fatal(err)
						}
					}
					if c.later != never {
						time.AfterFunc(time.Second, func() { set(at(c.later)) })
					}
					err := attempt()
					if took := time.Since(begin); !errors.Is(err, os.ErrDeadlineExceeded) || took != c.want {
						t.Errorf("a %s ended after %s with %v, want %s", what, took, err, c.want)
					}
				}
			})
		})
	}
}

// TestAV01_WaitingReadsGoOn: what arrives after the timer went off is read.
func TestAV01_WaitingReadsGoOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		defer near.Close()
		defer far.Close()
		c := &conn{Conn: near}
		c.SetReadDeadline(time.Now().Add(time.Minute))
		time.AfterFunc(30*time.Second, func() { far.Write([]byte("late")) })
		p := make([]byte, 10)
		n, err := c.read(p)
		if err != nil || string(p[:n]) != "late" {
			t.Errorf("read %q, %v", p[:n], err)
		}
	})
}
