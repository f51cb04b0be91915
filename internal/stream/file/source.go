package file

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"time"

	"latchkey/internal/stream/delivery"
)

// lookEvery is how often a file is looked at for more while it is followed.
const lookEvery = 500 * time.Millisecond

// Source reads a file back. Sequence numbers are those of the lines, from 1, and offsets
// count bytes. Its only partition is 0.
type Source struct{ path string }

// NewSource returns the source of a file.
func NewSource(path string) Source { return Source{path} }

// Close does nothing: the file is open while it is read only.
func (Source) Close() {}

// Read reads the file from the beginning, whatever the query asks for: lines have no index.
func (s Source) Read(ctx context.Context, q delivery.Query, began func(delivery.Began) error, received func(delivery.Received) error) error {
	if q.Partition != "" && q.Partition != "0" {
		return fmt.Errorf("there is no partition %s: a file has only partition 0", q.Partition)
	}
	f, err := openFile(s.path, os.O_RDONLY)
	if errors.Is(err, fs.ErrNotExist) {
		return errors.New("there is no such file yet: nothing was sent")
	}
	if err != nil {
		return withoutPath(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if err := began(delivery.Began{Partition: "0", Sequence: 1}); err != nil {
		return err
	}
	wanted, err := from(q.From, info.Size())
	if err != nil {
		return err
	}
	each := func(line []byte, number, offset int64) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		at := timeOf(line)
		if !wanted(number, offset, at) {
			return nil
		}
		return received(delivery.Received{Partition: "0", Offset: strconv.FormatInt(offset, 10), Sequence: number, Enqueued: at, Body: line})
	}
	if q.Follow {
		return follow(ctx, f, info.Size(), each)
	}
	_, _, err = lines(f, 1, 0, info.Size(), each)
	return err
}

// follow calls do with each line of a file that has this size now, and then with those that are
// added, until ctx ends.
func follow(ctx context.Context, f *os.File, size int64, do func(line []byte, number, offset int64) error) error {
	number, offset := int64(1), int64(0)
	for {
		if _, err := f.Seek(offset, io.SeekStart); err != nil {
			return err
		}
		var err error
		if number, offset, err = lines(f, number, offset, size, do); err != nil {
			if errors.Is(err, ctx.Err()) {
				return nil
			}
			return err
		}
		info, err := grown(ctx, f, offset)
		if err != nil || info == nil {
			return err
		}
		size = info.Size()
	}
}

// grown waits until a file is longer than size; nil if ctx ended first.
func grown(ctx context.Context, f *os.File, size int64) (fs.FileInfo, error) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil, nil
		case <-tick.C:
		}
		if info, err := f.Stat(); err != nil || info.Size() > size {
			return info, err
		}
	}
}

// from returns which lines a position asks for, in a file of this size. Once a line was wanted,
// all behind it are.
func from(p delivery.Position, size int64) (func(number, offset int64, at time.Time) bool, error) {
	switch p.Origin {
	case delivery.Earliest:
		return func(int64, int64, time.Time) bool { return true }, nil
	case delivery.Latest:
		return func(_, offset int64, _ time.Time) bool { return offset >= size }, nil
	case delivery.Offset:
		n, err := strconv.ParseInt(p.Offset, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%q is not an offset: offsets of a file are numbers of bytes", p.Offset)
		}
		return func(_, offset int64, _ time.Time) bool { return offset > n }, nil
	case delivery.Sequence:
		return func(number, _ int64, _ time.Time) bool { return number >= p.Sequence }, nil
	}
	begun := false
	return func(_, _ int64, at time.Time) bool {
		begun = begun || !at.Before(p.Time)
		return begun
	}, nil
}

// timeOf is when the event on a line happened: a file does not say when it was written.
func timeOf(line []byte) time.Time {
	var event struct {
		Timestamp time.Time `json:"timestamp"`
	}
	if json.Unmarshal(line, &event) != nil {
		return time.Time{}
	}
	return event.Timestamp
}
