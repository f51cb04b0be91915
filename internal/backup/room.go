package backup

import (
	"fmt"
	"os"
	"syscall"
)

// spare is how much is left free beside a backup, 16 MiB. The server goes on writing meanwhile.
//
//limit:backups,bytes Room that a backup leaves free on the disk
const spare = 16 << 20

// need is how much room a folder needs.
type need struct {
	folder string
	bytes  int64
}

// roomFor is an error if a file system has too little room for what is to be written on it.
func roomFor(all ...need) error {
	sums := map[uint64]int64{}
	for _, n := range all {
		about, err := os.Stat(n.folder)
		if err != nil {
			return err
		}
		device := uint64(about.Sys().(*syscall.Stat_t).Dev)
		sums[device] += n.bytes
		var fs syscall.Statfs_t
		if err := syscall.Statfs(n.folder, &fs); err != nil {
			return fmt.Errorf("looking how much room there is in %s: %w", n.folder, err)
		}
		free := int64(fs.Bavail) * int64(fs.Bsize)
		if sums[device]+spare > free {
			return fmt.Errorf("there is not enough room in %s: %s are needed and %s are free", n.folder, megabytes(sums[device]+spare), megabytes(free))
		}
	}
	return nil
}

// megabytes is a size as people read it.
func megabytes(n int64) string {
	if n < 10e6 {
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%d MB", n/1e6)
}

// errNoSpace is what writing to a full disk returns.
var errNoSpace error = syscall.ENOSPC
