package secret

import (
	"crypto/hmac"
	"crypto/sha256"
	"hash"
	"strings"
)

// MAC returns "<key id>.<base64url of HMAC-SHA-256>" over the purpose and the
// parts under the newest key. The same input gives the same text until a key is added.
func (r *Ring) MAC(purpose Purpose, parts ...string) string {
	return r.newest().mac(purpose, parts)
}

// VerifyMAC reports whether mac was made by a key of this ring for this purpose
// and these parts. It takes the same time wherever the texts differ, so that an
// attacker cannot find a MAC letter by letter. The empty text never verifies.
func (r *Ring) VerifyMAC(purpose Purpose, mac string, parts ...string) bool {
	id, _, _ := strings.Cut(mac, ".")
	k := r.key(id)
	return k != nil && hmac.Equal([]byte(k.mac(purpose, parts)), []byte(mac))
}

// MACs returns the MAC under every key, newest first: what to look for when a
// row may have been written before a key was added.
func (r *Ring) MACs(purpose Purpose, parts ...string) []string {
	_ = r.Refresh() // another process may have added one; what is wrong, the watch over the file says
	keys := r.keys()
	macs := make([]string, 0, len(keys))
	for i := len(keys) - 1; i >= 0; i-- {
		macs = append(macs, keys[i].mac(purpose, parts))
	}
	return macs
}

// FirstMAC is MAC under the oldest key: for names that have to stay the same when a key is
// added, since what is counted under them would begin anew.
func (r *Ring) FirstMAC(purpose Purpose, parts ...string) string {
	return r.keys()[0].mac(purpose, parts)
}

// Authenticator returns what a long text is written into, to authenticate it as a whole under
// the newest key: its Sum is HMAC-SHA-256 under a sub-key of this purpose, and nothing else.
func (r *Ring) Authenticator(purpose Purpose) hash.Hash {
	return hmac.New(sha256.New, r.newest().derive("file", purpose))
}

// CheckValue returns the key check value to keep in the database. It says
// nothing about the key. Store a new one whenever a key is added, so that the file
// from before that is refused too.
func (r *Ring) CheckValue() string { return r.MAC(PurposeCheck, checkText) }

// Matches reports whether this ring holds the key that made the check value. If
// not, the program must refuse to start: going on with a wrong key would lock
// everybody out, and a fresh one would hide that the right one is missing.
func (r *Ring) Matches(checkValue string) bool {
	return r.VerifyMAC(PurposeCheck, checkValue, checkText)
}

// checkText is what the key check value is a MAC of.
const checkText = "latchkey key check"

// mac returns the text form of a MAC under one key.
func (k *key) mac(purpose Purpose, parts []string) string {
	hash := hmac.New(sha256.New, k.derive("mac", purpose))
	hash.Write(frame(parts...))
	return k.id + "." + encode(hash.Sum(nil))
}
