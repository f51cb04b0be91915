package files

import "sync"

// places are held while something large is done for people: so many at once in all, and
// few of one person, so that there is room for others. It is safe for concurrent use.
type places struct {
	most, mostOfOne int

	lock sync.Mutex
	all  int
	of   map[string]int // by user
}

func newPlaces(most, mostOfOne int) *places {
	return &places{most: most, mostOfOne: mostOfOne, of: map[string]int{}}
}

// taken is which bound was reached.
type taken int

const (
	placeFree taken = iota
	takenByOneself
	takenByOthers
)

// begin takes a place for this user, which end gives back, or says why there is none.
func (p *places) begin(userID string) (end func(), why taken) {
	p.lock.Lock()
	defer p.lock.Unlock()
	switch {
	case p.of[userID] >= p.mostOfOne:
		return nil, takenByOneself
	case p.all >= p.most:
		return nil, takenByOthers
	}
	p.all++
	p.of[userID]++
	return func() { p.end(userID) }, placeFree
}

func (p *places) end(userID string) {
	p.lock.Lock()
	defer p.lock.Unlock()
	p.all--
	if p.of[userID]--; p.of[userID] == 0 {
		delete(p.of, userID)
	}
}
