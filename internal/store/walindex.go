package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"
)

// walIndex is the beginning of the index that SQLite keeps of its write-ahead log, in memory that every process which
// has the database open shares (https://sqlite.org/walformat.html#the_wal_index_file_format). A commit
// changes it before anybody is told of the commit, whoever made it; so while it is as it was, nothing was written.
type walIndex struct {
	file   fileID
	memory []byte
}

// walState is what two commits do not have in common: the counter of commits, and the checksum of the header, which
// covers the size of the log and its salts. Only an index that had to be made again, after somebody was killed, begins at 0 once more.
type walState struct {
	commits  uint32
	checksum uint64
}

// Where the first copy of the header has them, and how much of the file is looked at.
const (
	walCommitsAt  = 8
	walChecksumAt = 40
	walHeaderSize = 48
)

// shared are the files that are mapped, with how many have each. fcntl(2) takes every lock of a process on a file away
// as soon as the process closes any descriptor of it, and SQLite has some while a connection is open; so there is one for all of
// ours, and it is closed after the last connection. That of a file that cannot be mapped stays open.
var shared = struct {
	sync.Mutex
	files map[fileID]*sharedFile
}{files: map[fileID]*sharedFile{}}

type sharedFile struct {
	*os.File
	memory []byte
	failed error
	users  int
}

// openWalIndex maps the index of the database at path, which a connection has opened before.
func openWalIndex(path string) (*walIndex, error) {
	path += "-shm"
	shared.Lock()
	defer shared.Unlock()
	id, err := identify(path)
	if err != nil {
		return nil, fmt.Errorf("looking for the index of the log: %w", err)
	}
	f := shared.files[id]
	if f == nil {
		file, err := os.Open(path)
		if err != nil {
			return nil, fmt.Errorf("opening the index of the log: %w", err)
		}
		f = &sharedFile{File: file}
		f.memory, f.failed = mapped(file)
		shared.files[id] = f
	}
	if f.failed != nil {
		return nil, fmt.Errorf("mapping the index of the log: %w", f.failed)
	}
	f.users++
	return &walIndex{file: id, memory: f.memory}, nil
}

// mapped is the part of the file that is looked at.
func mapped(file *os.File) ([]byte, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() < walHeaderSize { // to look behind its end would end the process
		return nil, errors.New("it is too short")
	}
	return syscall.Mmap(int(file.Fd()), 0, walHeaderSize, syscall.PROT_READ, syscall.MAP_SHARED)
}

// state is how the log is now. It takes some nanoseconds. One that is read in the middle of a commit is
// that of no other moment, so it is not known.
func (w *walIndex) state() walState {
	return walState{
		commits:  binary.NativeEndian.Uint32(w.memory[walCommitsAt:]),
		checksum: binary.NativeEndian.Uint64(w.memory[walChecksumAt:]),
	}
}

// close lets go of the memory, after the last connection of the database was closed.
func (w *walIndex) close() error {
	shared.Lock()
	defer shared.Unlock()
	f := shared.files[w.file]
	if f.users--; f.users > 0 {
		return nil
	}
	delete(shared.files, w.file)
	return errors.Join(syscall.Munmap(f.memory), f.Close())
}
