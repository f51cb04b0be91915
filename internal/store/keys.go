package store

import (
	"context"
	"strings"
	"time"
)

// EncryptionKey is what the database knows of a key in the key file.
type EncryptionKey struct {
	ID   string
	Made time.Time // zero if that is not known
}

// EncryptionKeys returns the keys that were noted, the oldest first.
func (r Reader) EncryptionKeys() ([]EncryptionKey, error) {
	scan := func(row scanner) (k EncryptionKey, err error) {
		err = row.Scan(&k.ID, (*stamp)(&k.Made))
		return k, err
	}
	return list(context.Background(), r.q, scan, "reading the keys that were noted", `SELECT id, made_at FROM encryption_keys ORDER BY made_at, id`)
}

// NoteKey notes a key of the key file; done is true for one caller.
func (tx *Tx) NoteKey(k EncryptionKey) (done bool, err error) {
	return tx.once(`INSERT INTO encryption_keys (id, made_at) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING`, k.ID, ms(k.Made))
}

// RaiseKeyCheck makes the key check value anew, under the newest key: the key file from
// before that key is refused from now on.
func (tx *Tx) RaiseKeyCheck() error { return tx.SetMeta(metaKeyCheck, tx.w.ring.CheckValue()) }

// KeyCheckUnder returns the id of the key that the key check value was made under.
func (r Reader) KeyCheckUnder() (id string, err error) {
	value, err := r.Meta(metaKeyCheck)
	return keyOf(value), err
}

// keyOf returns the id of the key that a MAC was made under.
func keyOf(mac string) string {
	id, _, _ := strings.Cut(mac, ".")
	return id
}
