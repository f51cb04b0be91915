// Package bodies is the forms that are on their way to the server: how many there may be
// and how much of them may be in memory, of one network and in all, and which one is cut
// off for another. What is in a form, package forms knows.
package bodies

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
	// drainFor is how long the rest of a form that nobody reads may still arrive, so that
	// the browser reads our answer and shows no error of its own: 2 seconds.
	drainFor = 2 * time.Second
)

// Bodies are the forms that are under way. Where a bound is reached the oldest makes room:
// of the same network, or of the one that has most. One that arrives at once is never
// the oldest, so somebody else's is always read (EX-01). It is safe for concurrent use.
type Bodies struct {
	most, mostOfOne Load

	mu      sync.Mutex
	now     Load
	senders map[string]*sender
}

// Load is so many forms, of which so many bytes are here.
type Load struct{ Forms, Bytes int }

func (l *Load) add(o Load)        { l.Forms, l.Bytes = l.Forms+o.Forms, l.Bytes+o.Bytes }
func (l Load) beyond(o Load) bool { return l.Forms > o.Forms || l.Bytes > o.Bytes }

// sender is a network with its forms, the oldest first.
type sender struct {
	now Load
	all []*body
}

// body is a form that is under way.
type body struct {
	in      *Bodies
	network string
	since   time.Time
	bytes   int
	stop    func() // ends the reading
	over    bool
	cut     bool
}

// New returns none, with the bounds above.
func New() *Bodies {
	return Within(Load{maxBodies, maxBodyBytes}, Load{maxNetworkBodies, maxNetworkBodyBytes})
}

// Within returns none, with other bounds: on all of them, and on those of one network.
func Within(most, mostOfOne Load) *Bodies {
	return &Bodies{most: most, mostOfOne: mostOfOne, senders: map[string]*sender{}}
}

// UnderWay is what is under way now, and of how many networks.
func (b *Bodies) UnderWay() (now Load, networks int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now, len(b.senders)
}

// enter counts a form in until it leaves. Network is "" for those of many people who
// cannot be told apart: only the bounds of all hold for them.
func (b *Bodies) enter(network string, stop func()) *body {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.senders[network] == nil {
		b.senders[network] = &sender{}
	}
	one, from := &body{in: b, network: network, since: time.Now(), stop: stop}, b.senders[network]
	from.all = append(from.all, one)
	b.count(one, Load{Forms: 1})
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
	one.in.count(one, Load{Bytes: bytes})
}

// leave counts the form no more, and reports whether it was cut off.
func (one *body) leave() (cut bool) {
	one.in.mu.Lock()
	defer one.in.mu.Unlock()
	one.in.remove(one)
	return one.cut
}

// count adds to what is under way, and cuts off what is too much. b.mu is held.
func (b *Bodies) count(one *body, more Load) {
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
func (b *Bodies) drop(one *body) {
	one.cut = true
	b.remove(one)
	one.stop()
}

func (b *Bodies) remove(one *body) {
	if one.over {
		return
	}
	one.over = true
	from, less := b.senders[one.network], Load{-1, -one.bytes}
	from.now.add(less)
	b.now.add(less)
	from.all = slices.DeleteFunc(from.all, func(other *body) bool { return other == one })
	if len(from.all) == 0 {
		delete(b.senders, one.network)
	}
}

// largest is the network with most under way; of several the one with the oldest form.
func (b *Bodies) largest() (most *sender) {
	byBytes := b.now.Bytes > b.most.Bytes
	size := func(s *sender) int {
		if byBytes {
			return s.now.Bytes
		}
		return s.now.Forms
	}
	for _, s := range b.senders {
		if most == nil || size(s) > size(most) || size(s) == size(most) && s.all[0].since.Before(most.all[0].since) {
			most = s
		}
	}
	return most
}
