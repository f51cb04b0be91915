package faults

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// group is a control group whose memory is limited, of version 1 or 2.
type group struct {
	folder string
	how    how // starts a server in it
}

// memoryLimited returns a server's limit of memory by the kernel, who kills what exceeds it;
// where no control group can be made, by GOMEMLIMIT, which the server plans by as well.
func memoryLimited(t testing.TB, bytes int64) group {
	t.Helper()
	name := fmt.Sprintf("latchkey-faults-%d", os.Getpid())
	for _, version := range [][2]string{{"/sys/fs/cgroup/memory", "memory.limit_in_bytes"}, {"/sys/fs/cgroup", "memory.max"}} {
		folder, limit := version[0], version[1]
		g := group{folder: filepath.Join(folder, name)}
		if limit == "memory.max" {
			_ = os.WriteFile(filepath.Join(folder, "cgroup.subtree_control"), []byte("+memory"), 0o644)
		}
		if os.Mkdir(g.folder, 0o755) != nil {
			continue
		}
		// The kernel makes the files of a group; where there is none, this is another folder.
		file, err := os.OpenFile(filepath.Join(g.folder, limit), os.O_WRONLY, 0)
		if err == nil {
			_, err = file.WriteString(strconv.FormatInt(bytes, 10))
			err = errors.Join(err, file.Close())
		}
		if err != nil {
			_ = os.Remove(g.folder)
			continue
		}
		t.Cleanup(func() { // once what is in it has ended
			if !within(patience, func() bool { return os.Remove(g.folder) == nil }) {
				t.Errorf("%s cannot be removed", g.folder)
			}
		})
		g.how.under = []string{"sh", "-c", `echo $$ >` + g.folder + `/cgroup.procs && exec "$0" "$@"`}
		return g
	}
	t.Log("no control group can be made here, so the limit is GOMEMLIMIT")
	return group{how: how{env: []string{fmt.Sprintf("GOMEMLIMIT=%d", bytes)}}}
}

// killed is how often the kernel has killed something in the group.
func (g group) killed(t testing.TB) int {
	t.Helper()
	if g.folder == "" {
		return 0
	}
	for _, name := range []string{"memory.oom_control", "memory.events"} {
		text, err := os.ReadFile(filepath.Join(g.folder, name))
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(text)) {
			if count, ok := strings.CutPrefix(line, "oom_kill "); ok {
				n, _ := strconv.Atoi(strings.TrimSpace(count))
				return n
			}
		}
	}
	t.Errorf("%s does not say whether anything was killed", g.folder)
	return 0
}

// peak is the most memory that a server has had resident, in bytes.
func (s *server) peak(t testing.TB) int64 {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.command.Process.Pid))
	found := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(text)
	if err != nil || found == nil {
		t.Fatalf("reading the memory of the server: %v", err)
	}
	kb, _ := strconv.ParseInt(string(found[1]), 10, 64)
	return kb << 10
}
