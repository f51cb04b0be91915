package server

import (
	"bytes"
	"encoding/binary"
	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"latchkey/internal/audit"
	"latchkey/internal/config"
	"latchkey/internal/password"
	"latchkey/internal/program"
	"latchkey/internal/store"
)

// ntpEpoch is 1970 in the seconds since 1900 of RFC 5905.
const ntpEpoch = 2_208_988_800

// ntpTime is a time in the 64 bits of RFC 5905, section 6.
func ntpTime(t time.Time) uint64 {
	return uint64(t.Unix()+ntpEpoch)<<32 | uint64(t.Nanosecond())<<32/1e9
}

// timeServer answers one question after another with a clock that is ahead by that
// much, and returns its address. Stratum 0 means that it does not want to be asked.
func timeServer(t *testing.T, ahead time.Duration, stratum byte) string {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	go func() {
		question := make([]byte, 1024)
		for {
			n, from, err := conn.ReadFrom(question)
			if err != nil {
				return
			}
			if n < 48 {
				continue
			}
			now := ntpTime(time.Now().Add(ahead))
			answer := make([]byte, 48)
			answer[0], answer[1] = 4<<3|4, stratum             // version 4, a server's answer
			binary.BigEndian.PutUint64(answer[16:], now-1<<32) // set a second ago
			copy(answer[24:32], question[40:48])               // sent by the client
			binary.BigEndian.PutUint64(answer[32:], now)       // received
			binary.BigEndian.PutUint64(answer[40:], now)       // sent
			_, _ = conn.WriteTo(answer, from)
		}
	}()
	return conn.LocalAddr().String()
}

func TestCheckClock(t *testing.T) {
	t.Parallel()
	for _, ahead := range []time.Duration{0, 3 * time.Minute, -2 * time.Hour} {
		offset, err := program.AskTime(timeServer(t, ahead, 2))
		if err != nil || (offset-ahead).Abs() > time.Second {
			t.Errorf("a server %v ahead: %v, %v", ahead, offset, err)
		}
	}
}

func TestCheckClockBelievesNoUnfitAnswer(t *testing.T) {
	t.Parallel()
	for _, stratum := range []byte{0, 16} {
		if offset, err := program.AskTime(timeServer(t, time.Hour, stratum)); err == nil || offset != 0 {
			t.Errorf("stratum %d: %v, %v", stratum, offset, err)
		}
	}
	gone, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone.Close()
	if _, err := program.AskTime(gone.LocalAddr().String()); err == nil || !strings.HasPrefix(err.Error(), "asking the time server 127.0.0.1:") {
		t.Errorf("nobody there: %v", err)
	}
}

// logging opens a new data folder and returns what it logs.
func logging(t *testing.T) (*Server, *bytes.Buffer) {
	t.Helper()
	var log bytes.Buffer
	folder := filepath.Join(t.TempDir(), "data")
	p, err := program.Open(t.Context(), folder, program.Options{Create: true, Cost: password.MinCost(), Log: slog.New(slog.NewTextHandler(&log, nil)), URL: config.LocalURL(8080)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return &Server{Program: p}, &log
}

func TestOT17_ClockBehindTheDatabaseIsLogged(t *testing.T) {
	t.Parallel()
	p, log := logging(t)
	p.warnOfClock("")
	if strings.Contains(log.String(), "clock") {
		t.Errorf("a new database: %s", log)
	}
	err := p.DB.Tx(t.Context(), func(tx *store.Tx) error {
		for _, later := range []time.Duration{time.Hour, 0} { // the last entry is not the newest
			if err := tx.Audit(audit.Entry{At: time.Now().Add(later), Event: audit.ServerStarted, Result: audit.ResultOK, ActorName: "server"}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	p.warnOfClock("")
	if got := log.String(); !strings.Contains(got, "level=WARN") || !strings.Contains(got, "The clock is 59 minutes 5") {
		t.Errorf("an entry from the next hour: %s", got)
	}
}

func TestOT17_ClockOffByATimeServerIsLoggedAndKept(t *testing.T) {
	t.Parallel()
	p, log := logging(t)
	p.askTime(timeServer(t, 2*time.Second, 2))
	if got := log.String(); strings.Contains(got, "level=WARN") || !strings.Contains(got, "clock checked") {
		t.Errorf("two seconds: %s", got)
	}
	p.askTime(timeServer(t, 150*time.Second+500*time.Millisecond, 2))
	warnings, err := p.Instance.ClockWarnings()
	if err != nil || len(warnings) != 1 || !strings.HasPrefix(warnings[0], "The clock is 2 minutes 30 seconds slow, says the time server: ") {
		t.Errorf("kept for the pages: %q, %v", warnings, err)
	}
	if got := log.String(); len(warnings) == 1 && !strings.Contains(got, warnings[0][:40]) {
		t.Errorf("logged: %s", got)
	}
	p.askTime("127.0.0.1:0")
	if got := log.String(); !strings.Contains(got, "the clock could not be checked") {
		t.Errorf("no server: %s", got)
	}
	if again, _ := p.Instance.ClockWarnings(); len(again) != 1 {
		t.Errorf("a failed question took the last answer away: %q", again)
	}
}
