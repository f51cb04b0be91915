package tutorial

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"time"
)

// copyTries is how often a database and its log are copied until neither has changed
// meanwhile.
const copyTries = 3

// readWithLog reads a database and the log beside it from a copy, into which the log is
// written: to read it where it stands, SQLite would have to write to both. The copy
// holds hashes, so it is for nobody else to read, and is gone afterwards.
func readWithLog(ctx context.Context, path string, next func(User) error) (err error) {
	dir, err := os.MkdirTemp("", "latchkey-import-") // 0700
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	target := filepath.Join(dir, "copy.db")
	for try := 1; ; try++ {
		same, err := copyBoth(ctx, path, target)
		if err != nil {
			return err
		}
		if same {
			break
		}
		if try == copyTries {
			return badFile("The database is constantly being written to. Stop the application that uses it and try again.")
		}
	}
	if err := writeBack(target, target+"-wal"); err != nil {
		return err
	}
	return readPlain(ctx, target, next)
}

// copyBoth copies a database and its log; same is false if either changed meanwhile, so
// that the two may not belong together.
func copyBoth(ctx context.Context, path, target string) (same bool, err error) {
	before, err := stamps(path)
	if err != nil {
		return false, err
	}
	for _, suffix := range []string{"", "-wal"} {
		if err := copyFile(ctx, path+suffix, target+suffix); err != nil {
			return false, err
		}
	}
	after, err := stamps(path)
	return before == after, err
}

// stamp is what changes when a file is written.
type stamp struct {
	size int64
	at   time.Time
}

func stamps(path string) (both [2]stamp, err error) {
	for i, suffix := range []string{"", "-wal"} {
		info, err := os.Stat(path + suffix)
		if errors.Is(err, os.ErrNotExist) && suffix != "" {
			continue
		}
		if err != nil {
			return both, err
		}
		both[i] = stamp{info.Size(), info.ModTime()}
	}
	return both, nil
}

func copyFile(ctx context.Context, from, to string) error {
	source, err := os.Open(from)
	if errors.Is(err, os.ErrNotExist) {
		return os.RemoveAll(to) // the log was written back
	}
	if err != nil {
		return err
	}
	defer source.Close()
	file, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, &stoppable{ctx, source})
	return errors.Join(err, file.Close())
}

// stoppable is a reader that ends with its context.
type stoppable struct {
	ctx  context.Context
	from io.Reader
}

// Read reads, unless the context has ended.
func (s *stoppable) Read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	return s.from.Read(p)
}
