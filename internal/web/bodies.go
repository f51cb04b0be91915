package web

import (
	"slices"
	"sync"
	"time"
)

const (
	// maxBodies is how many forms may be on their way at once: 512. A form arrives with its
	// request or a moment later; only a slow line or somebody who means harm keeps one
	// under way.
	//
	//limit:connections Forms on their way, all together
	maxBodies = 512
	// maxNetworkBodies is how many of them may come from one network: 256. What a trusted
	// proxy sends counts for the network of its client.
	//
	//limit:connections Forms on their way from one network
	maxNetworkBodies = 256
	// maxBodyBytes is how much of all those forms may be in memory, 8 MiB. They are 128 of
	// the largest that people who are not administrators can send, or thousands of sign-ins.
	//
	//limit:connections,bytes Memory for forms on their way, all together
	maxBodyBytes = 8 << 20
	// maxNetworkBodyBytes is how much of it may come from one network, 2 MiB.
	// Three quarters stay for everybody else.
	//
	//limit:connections,bytes Memory for forms on their way from one network
	maxNetworkBodyBytes = 2 << 20
	// bodyAgainIn is how long somebody whose form was cut off is asked to wait: 5 seconds.
	bodyAgainIn = 5 * time.Second
	// drainBody is how long the rest of a form that nobody reads may still arrive, so that
	// the browser reads our answer and shows no error of its own: 2 seconds.
	drainBody = 2 * time.Second
)

// bodies are the forms that are under way. Where a bound is reached the oldest makes room:
// of the same network, or of the one that has most. One that arrives at once is never
// the oldest, so somebody else's is always read (EX-01). It is safe for concurrent use.
type bodies struct {
	most, mostOfOne load

	mu      sync.Mutex
	now     load
	senders map[string]*sender
}

// load is so many forms, of which so many bytes are here.
type load struct{ forms, bytes int }

func (l *load) add(o load)        { l.forms, l.bytes = l.forms+o.forms, l.bytes+o.bytes }
func (l load) beyond(o load) bool { return l.forms > o.forms || l.bytes > o.bytes }

// sender is a network with its forms, the oldest first.
type sender struct {
	now load
	all []*body
}

// body is a form that is under way.
type body struct {
	in      *bodies
	network string
	since   time.Time
	bytes   int
	stop    func() // ends the reading
	over    bool
	cut     bool
}

func newBodies() *bodies {
	return &bodies{most: load{maxBodies, maxBodyBytes}, mostOfOne: load{maxNetworkBodies, maxNetworkBodyBytes}, senders: map[string]*sender{}}
}

// enter counts a form in until it leaves. Network is "" for those of many people who
// cannot be told apart: only the bounds of all hold for them.
func (b *bodies) enter(network string, stop func()) *body {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.senders[network] == nil {
		b.senders[network] = &sender{}
	}
	one, from := &body{in: b, network: network, since: time.Now(), stop: stop}, b.senders[network]
	from.all = append(from.all, one)
	b.count(one, load{forms: 1})
	return one
}

// grow counts more bytes of the form.
func (one *body) grow(bytes int) {
	one.in.mu.Lock()
	defer one.in.mu.Unlock()
	if one.over {
		return
	}
	one.bytes += bytes
	one.in.count(one, load{bytes: bytes})
}

// leave counts the form no more, and reports whether it was cut off.
func (one *body) leave() (cut bool) {
	one.in.mu.Lock()
	defer one.in.mu.Unlock()
	one.in.remove(one)
	return one.cut
}

// count adds to what is under way, and cuts off what is too much. b.mu is held.
func (b *bodies) count(one *body, more load) {
	from := b.senders[one.network]
	from.now.add(more)
	b.now.add(more)
	for one.network != "" && from.now.beyond(b.mostOfOne) {
		b.drop(from.all[0])
	}
	for b.now.beyond(b.most) {
		b.drop(b.largest().all[0])
	}
}

// drop cuts a form off. Its reader finds out by an error. b.mu is held, so that a form that
// left meanwhile is not meant.
func (b *bodies) drop(one *body) {
	one.cut = true
	b.remove(one)
	one.stop()
}

func (b *bodies) remove(one *body) {
	if one.over {
		return
	}
	one.over = true
	from, less := b.senders[one.network], load{-1, -one.bytes}
	from.now.add(less)
	b.now.add(less)
	from.all = slices.DeleteFunc(from.all, func(other *body) bool { return other == one })
	if len(from.all) == 0 {
		delete(b.senders, one.network)
	}
}

// largest is the network with most under way; of several the one with the oldest form.
func (b *bodies) largest() (most *sender) {
	byBytes := b.now.bytes > b.most.bytes
	size := func(s *sender) int {
		if byBytes {
			return s.now.bytes
		}
		return s.now.forms
	}
	for _, s := range b.senders {
		if most == nil || size(s) > size(most) || size(s) == size(most) && s.all[0].since.Before(most.all[0].since) {
			most = s
		}
	}
	return most
}
