package tutorial

import (
	"bytes"
	"context"
	"errors"
	"io"
	"runtime/debug"

	"github.com/mattn/go-sqlite3"
)

// ReadUpload is Read for a database that is no file; it is kept in memory whole, so source
// must be bounded. The two bytes
// that say "with a write-ahead log" are put back to "without", since there is no
// log and SQLite refuses such a database in memory. Nothing of it is kept in Go once
// SQLite has its copy.
func ReadUpload(ctx context.Context, source io.Reader, next func(User) error) (warning string, err error) {
	content, err := whole(source)
	if err != nil {
		return "", err
	}
	if hadLog(content) {
		warning = logMayBeMissing
		content[18], content[19] = 1, 1
	}
	if err := checkDatabase(bytes.NewReader(content), int64(len(content))); err != nil {
		return warning, err
	}
	return warning, readDatabase(ctx, ":memory:", func(conn *sqlite3.SQLiteConn) error {
		err := conn.Deserialize(content, "main")
		if len(content) > 1<<20 {
			content = nil
			debug.FreeOSMemory() // it would else stay until the heap has grown to three times as much
		}
		return err
	}, next)
}

// whole reads a database into one piece of memory. io.ReadAll would leave several times
// as much behind on the way to the largest that may be uploaded.
func whole(source io.Reader) ([]byte, error) {
	content := make([]byte, 0, 1<<20)
	for {
		if len(content) == cap(content) {
			content = append(make([]byte, 0, max(17<<20, 2*cap(content))), content...)
		}
		n, err := source.Read(content[len(content):cap(content)])
		content = content[:len(content)+n]
		if errors.Is(err, io.EOF) {
			return content, nil
		}
		if err != nil {
			return nil, err
		}
	}
}
