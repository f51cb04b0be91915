package secret

import (
	"crypto/cipher"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/chacha20poly1305"
)

// sealVersion is the first part of every sealed text.
const sealVersion = "1"

// ErrOpen is the only error of Open. It does not say whether the key, the
// purpose, the row or the text was wrong, since that would help an attacker.
var ErrOpen = errors.New("open a sealed value: it is damaged, or was made for something else")

// Seal encrypts and authenticates plaintext under the newest key. The text is
// "1.<key id>.<base64url of nonce and ciphertext>", and it opens only with the same
// purpose and the same aad: name the row and its owner there, so that a sealed
// value copied into another user's row is refused. The nonce is 24 random bytes,
// so the same plaintext never gives the same text twice.
func (r *Ring) Seal(purpose Purpose, plaintext []byte, aad ...string) string {
	k := r.newest()
	nonce := random(chacha20poly1305.NonceSizeX)
	sealed := k.aead(purpose).Seal(nonce, nonce, plaintext, sealedWith(purpose, k.id, aad))
	return sealVersion + "." + k.id + "." + encode(sealed)
}

// Open returns what Seal was given, or ErrOpen for everything else.
func (r *Ring) Open(purpose Purpose, sealed string, aad ...string) ([]byte, error) {
	version, id, body, ok := splitSealed(sealed)
	k := r.key(id)
	if !ok || version != sealVersion || k == nil {
		return nil, ErrOpen
	}
	raw, ok := decode(body)
	if !ok || len(raw) < chacha20poly1305.NonceSizeX {
		return nil, ErrOpen
	}
	nonce, ciphertext := raw[:chacha20poly1305.NonceSizeX], raw[chacha20poly1305.NonceSizeX:]
	plaintext, err := k.aead(purpose).Open(nil, nonce, ciphertext, sealedWith(purpose, k.id, aad))
	if err != nil {
		return nil, ErrOpen
	}
	return plaintext, nil
}

// splitSealed returns the three parts of a sealed text.
func splitSealed(sealed string) (version, id, body string, ok bool) {
	version, rest, first := strings.Cut(sealed, ".")
	id, body, second := strings.Cut(rest, ".")
	return version, id, body, first && second
}

// sealedWith returns the authenticated text that goes with a sealed value.
func sealedWith(purpose Purpose, id string, aad []string) []byte {
	return frame(append([]string{string(purpose), sealVersion, id}, aad...)...)
}

// aead returns the cipher for one purpose. XChaCha20-Poly1305 because its nonce is
// long enough to be random (draft-irtf-cfrg-xchacha).
func (k *key) aead(purpose Purpose) cipher.AEAD {
	aead, err := chacha20poly1305.NewX(k.derive("seal", purpose))
	if err != nil {
		panic(fmt.Sprintf("make a cipher: %v", err)) // only for a sub-key of another length
	}
	return aead
}
