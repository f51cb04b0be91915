package instance

import "time"

// inUseFor is how long after a request work that can wait still makes room for the next one, 10
// seconds: somebody who works on the pages asks for one more often than that.
const inUseFor = 10 * time.Second

// NoteRequest notes that a request has come.
func (i *Instance) NoteRequest() { i.asked.Store(i.Now().UnixNano()) }

// InUse reports whether somebody has asked for something in the last ten seconds, and so probably will
// again: long work in the background then leaves gaps for it.
func (i *Instance) InUse() bool {
	return i.Now().UnixNano()-i.asked.Load() < int64(inUseFor)
}
