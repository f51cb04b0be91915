package e2e

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// mebi is a MiB in KiB, which the kernel counts in.
const mebi = 1024

// TestEX02_ABurstOfSignInsStaysWithinItsMemory sends 40 passwords at once to the real
// program at the real cost of a hash, and looks at the most memory that it ever had: that
// of one hash for each hashing thread and 64 MiB, beside what it has at rest. Before hashes
// were collected one by one it was three times as much.
func TestEX02_ABurstOfSignInsStaysWithinItsMemory(t *testing.T) {
	if _, err := os.Stat("/proc/self/status"); err != nil {
		t.Skip("there is no /proc to ask for memory")
	}
	s := serve(t, "--password-hash", "argon2id:64MiB:3:1", "--trusted-proxies", "127.0.0.0/8")
	idle := memoryOf(t, s.pid, "VmRSS")
	var all sync.WaitGroup
	var lock sync.Mutex
	answers := map[int]int{}
	for i := range 40 {
		all.Go(func() {
			status, err := tryPassword(s.listen, i)
			if err != nil {
				t.Error(err)
			}
			lock.Lock()
			defer lock.Unlock()
			answers[status]++
		})
	}
	all.Wait()
	hashed, busy := answers[http.StatusUnprocessableEntity], answers[http.StatusServiceUnavailable]
	if hashed < 2 || hashed+busy != 40 {
		t.Errorf("answers by status: %v, want wrong passwords, and the rest asked to come back", answers)
	}
	threads := min(runtime.NumCPU(), runtime.GOMAXPROCS(0))
	most, planned := memoryOf(t, s.pid, "VmHWM"), threads*64*mebi+idle+64*mebi
	t.Logf("%d hashed, %d busy; %d MiB at rest, %d at most, of %d planned", hashed, busy, idle/mebi, most/mebi, planned/mebi)
	if most > planned {
		t.Errorf("%d MiB of memory at most, %d are planned", most/mebi, planned/mebi)
	}
}

// tryPassword sends the wrong password of nobody from a network of its own.
func tryPassword(address string, from int) (status int, err error) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		return 0, err
	}
	form := url.Values{"username": {fmt.Sprintf("nobody-%d", from)}, "password": {"this is not the one"}}.Encode()
	fmt.Fprintf(conn, "POST /login HTTP/1.1\r\nHost: %s\r\nSec-Fetch-Site: same-origin\r\nX-Forwarded-For: 10.0.%d.1\r\n"+
		"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", address, from, len(form), form)
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	return answer.StatusCode, nil
}

// memoryOf returns a line of a process's status, in KiB.
func memoryOf(t *testing.T, pid int, line string) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	for text := range strings.Lines(string(status)) {
		if value, ok := strings.CutPrefix(text, line+":"); ok {
			kib, err := strconv.Atoi(strings.Fields(value)[0])
			if err != nil {
				t.Fatal(err)
			}
			return kib
		}
	}
	t.Fatalf("no %s in the status", line)
	return 0
}
