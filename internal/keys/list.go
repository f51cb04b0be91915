package keys

import (
	"context"
	"time"

	"latchkey/internal/instance"
	"latchkey/internal/store"
)

// Key is a key of the key file and what is under it.
type Key struct {
	ID     string
	Newest bool      // everything new is made under it
	Made   time.Time // zero if that is not known
	Under  map[store.KeptKind]int64
}

// Listed is every key, the oldest first.
type Listed struct {
	Keys []Key
	// Lost are values whose key is not in the key file: nothing opens or verifies them.
	Lost map[store.KeptKind]int64
}

// List counts what is under each key. It reads every table in which something is sealed or
// signed once, and changes nothing.
func List(ctx context.Context, i *instance.Instance) (l Listed, err error) {
	l.Lost = map[store.KeptKind]int64{}
	if err := i.Ring.Refresh(); err != nil {
		return l, err
	}
	noted, err := i.DB.EncryptionKeys()
	if err != nil {
		return l, err
	}
	made := map[string]time.Time{}
	for _, k := range noted {
		made[k.ID] = k.Made
	}
	ids := i.Ring.IDs()
	for n, id := range ids {
		l.Keys = append(l.Keys, Key{ID: id, Newest: n == len(ids)-1, Made: made[id], Under: map[store.KeptKind]int64{}})
	}
	kinds, _ := store.KeptKinds()
	for _, kind := range kinds {
		under, other, err := i.DB.CountUnder(ctx, kind, ids)
		if err != nil {
			return l, err
		}
		for n := range l.Keys {
			l.Keys[n].Under[kind] = under[l.Keys[n].ID]
		}
		l.Lost[kind] = other
	}
	return l, nil
}

// Sealed is how much is sealed under the key, which Rekey seals anew, and Signed how much is
// only signed, which stays.
func (k Key) Sealed() int64 { return k.sum(true) }

// Signed is how much is only signed under the key.
func (k Key) Signed() int64 { return k.sum(false) }

func (k Key) sum(want bool) (n int64) {
	_, sealed := store.KeptKinds()
	for kind, values := range k.Under {
		if sealed[kind] == want {
			n += values
		}
	}
	return n
}
