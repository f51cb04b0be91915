package report

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReport_SaysWhatWasMissed(t *testing.T) {
	t.Parallel()
	rows := []Row{
		{What: "yardstick", Measured: "1"},
		{What: "fast", Measured: "2", Goal: "> 1", Met: true},
		{What: "slow", Measured: "0", Goal: "> 1"},
	}
	const quiet = `| what | measured | goal | |
|---|---|---|---|
| yardstick | 1 |  |  |
| fast | 2 | > 1 | met |
| slow | 0 | > 1 | **missed** |
`
	for want, isQuiet := range map[string]bool{quiet: true, strings.NewReplacer("met", "not judged", "**missed**", "not judged").Replace(quiet): false} {
		var b strings.Builder
		if err := print(&b, rows, isQuiet); err == nil {
			t.Error("a goal was missed, or nothing judged, and that is no error")
		}
		if diff := cmp.Diff(want, b.String()); diff != "" {
			t.Error(diff)
		}
	}
	if diff := cmp.Diff([]string{"slow"}, missed(rows)); diff != "" {
		t.Error(diff)
	}
}
