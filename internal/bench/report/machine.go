package report

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"syscall"
	"time"
)

const (
	// lookedAt is for how long the machine is looked at before anything is measured.
	lookedAt = time.Second
	// mostOther is which share of all cores others may use: a tenth. With more, no goal is judged.
	mostOther = 0.1
)

// machine knows how much of the processor others use, before and while something is measured.
type machine struct {
	before float64 // share of all cores
	begin  time.Time
	others time.Duration // what others had used when the measuring began
}

// watch looks at the machine for a moment before anything is measured.
func watch() (*machine, error) {
	begin := time.Now()
	first, err := others()
	if err != nil {
		return nil, err
	}
	time.Sleep(lookedAt)
	then, err := others()
	return &machine{before: share(then-first, time.Since(begin)), begin: time.Now(), others: then}, err
}

// others is how much of the processor was used since the machine started by anything but this process and those that
// it started and has waited for. What a virtual machine was not given counts as used.
func others() (time.Duration, error) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, err
	}
	line, _, _ := bytes.Cut(text, []byte("\n"))
	fields := bytes.Fields(line) // cpu user nice system idle iowait irq softirq steal …, of proc_stat(5)
	if len(fields) < 9 {
		return 0, fmt.Errorf("/proc/stat begins with %q", line)
	}
	var used time.Duration
	for _, i := range []int{1, 2, 3, 6, 7, 8} {
		ticks, err := strconv.ParseInt(string(fields[i]), 10, 64)
		if err != nil {
			return 0, fmt.Errorf("reading /proc/stat: %w", err)
		}
		used += time.Duration(ticks) * time.Second / 100
	}
	for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
		var own syscall.Rusage
		if err := syscall.Getrusage(who, &own); err != nil {
			return 0, fmt.Errorf("asking for what was used: %w", err)
		}
		used -= time.Duration(own.Utime.Nano() + own.Stime.Nano())
	}
	return used, nil
}

func share(used, span time.Duration) float64 {
	return max(0, used.Seconds()/span.Seconds()/float64(runtime.NumCPU()))
}

// Table measures, and writes the rows to standard output as a Markdown table, with one about the machine; a missed goal
// is an error. On a machine that others use no goal is said to be met or missed, which is an error as well. What
// measure starts has to have ended when it returns.
func Table(measure func() ([]Row, error)) error {
	m, err := watch()
	if err != nil {
		return err
	}
	rows, err := measure()
	if err != nil {
		return err
	}
	now, err := others()
	if err != nil {
		return err
	}
	during := share(now-m.others, time.Since(m.begin))
	quiet := m.before <= mostOther && during <= mostOther
	return print(os.Stdout, append(rows, Row{
		What:     "used by others",
		Measured: fmt.Sprintf("%.0f %% of the cores before, %.0f %% meanwhile", 100*m.before, 100*during),
		Goal:     fmt.Sprintf("≤ %.0f %%", 100*mostOther), Met: quiet,
	}), quiet)
}
