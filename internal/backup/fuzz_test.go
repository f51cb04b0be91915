package backup

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"filippo.io/age"

	"latchkey/internal/secret"
)

// Keys of archives that nothing else is sealed with.
const (
	fuzzKey      = "latchkey-keys 1\nq3d0pdmi CDyVTnjzEYmQIegnJ-clReo4DavoDhEk6vXh9Sq8658\n"
	fuzzIdentity = "AGE-SECRET-KEY-15EDPTCD0UCKAUA6LKYDSP8L6Y0D07YXDAA64Q5R297VE78H2Z96QYUMLRY"
)

// sealed is the archive of a few bytes in the place of a database.
func sealed(t testing.TB, ring *secret.Ring, m Manifest, database []byte, recipients ...age.Recipient) []byte {
	t.Helper()
	copied, err := os.Create(filepath.Join(t.TempDir(), "copy"))
	if err != nil {
		t.Fatal(err)
	}
	defer copied.Close()
	if _, err := copied.Write(database); err != nil {
		t.Fatal(err)
	}
	if _, err := copied.Seek(0, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	var all bytes.Buffer
	if len(recipients) == 0 {
		err = writeArchive(&all, m, ring, copied)
	} else {
		var w io.WriteCloser
		if w, err = age.Encrypt(&all, recipients...); err == nil {
			if err = writeArchive(w, m, ring, copied); err == nil {
				err = w.Close()
			}
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return all.Bytes()
}

// unpacked is what unpack makes of bytes. It wants nothing else in the folder than what it was
// told to write, and nothing that is longer than the archive.
func unpacked(t *testing.T, folder string, text []byte, id age.Identity) (c contents, database []byte, err error) {
	t.Helper()
	archive, to := filepath.Join(folder, "archive"), filepath.Join(folder, "database")
	if err := os.WriteFile(archive, text, 0o600); err != nil {
		t.Fatal(err)
	}
	c, err = unpack(t.Context(), archive, []age.Identity{id}, to)
	for _, name := range names(t, folder) {
		if name != "archive" && name != "database" {
			t.Errorf("%q was written", name)
		}
	}
	database, readErr := os.ReadFile(to)
	if len(database) > len(text) || readErr != nil && err == nil {
		t.Errorf("%d bytes were written out of %d, %v", len(database), len(text), readErr)
	}
	if got, err := os.ReadFile(archive); err != nil || !bytes.Equal(got, text) {
		t.Errorf("the archive was changed: %v", err)
	}
	if err := os.RemoveAll(to); err != nil {
		t.Fatal(err)
	}
	return c, database, err
}

func fuzzIdentities(f *testing.F) (*secret.Ring, *age.X25519Identity) {
	f.Helper()
	ring, err := secret.ReadKeyFile([]byte(fuzzKey))
	if err != nil {
		f.Fatal(err)
	}
	id, err := age.ParseX25519Identity(fuzzIdentity)
	if err != nil {
		f.Fatal(err)
	}
	return ring, id
}

// FuzzBA02_Archive reads whatever may lie there under the name of an archive, with the key of its
// encryption at hand. Of all bytes those of the two archives that were made are accepted, and no
// others.
func FuzzBA02_Archive(f *testing.F) {
	ring, id := fuzzIdentities(f)
	plain := sealed(f, ring, Manifest{Made: now(), Version: "1.0", Instance: "fuzz"}, []byte("a database"))
	encrypted, err := os.ReadFile("testdata/made.age")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(plain)
	f.Add(encrypted)
	f.Add(plain[:len(plain)-endSize])
	folder := f.TempDir()
	f.Fuzz(func(t *testing.T, text []byte) {
		_, database, err := unpacked(t, folder, text, id)
		genuine := bytes.Equal(text, plain) || bytes.Equal(text, encrypted)
		if (err == nil) != genuine {
			t.Errorf("genuine %v: %v", genuine, err)
		}
		if genuine && string(database) != "a database" {
			t.Errorf("%q", database)
		}
	})
}

// FuzzBA02_OneChange makes an archive of anything, encrypted or not. It is read as it was made; with
// one byte that is another, or without its end, it is refused.
func FuzzBA02_OneChange(f *testing.F) {
	ring, id := fuzzIdentities(f)
	f.Add("1.0", "i", []byte("a database"), uint(0), byte(1), false)
	f.Add("1.0", "i", []byte("a database"), uint(2560), byte(1), false) // the first byte of the database
	f.Add("", "\x00\"", []byte{}, uint(700), byte(0x80), true)
	folder := f.TempDir()
	f.Fuzz(func(t *testing.T, version, instance string, database []byte, at uint, bits byte, encrypted bool) {
		if len(version)+len(instance) > maxManifest/8 {
			return // a description is short
		}
		var recipients []age.Recipient
		if encrypted {
			recipients = []age.Recipient{id.Recipient()}
		}
		m := Manifest{Made: time.UnixMilli(int64(at) * 1000).UTC(), Version: version, Instance: instance, Users: len(database)}
		whole := sealed(t, ring, m, database, recipients...)
		c, got, err := unpacked(t, folder, whole, id)
		if err != nil || !bytes.Equal(got, database) || c.Encrypted != encrypted || c.Users != m.Users || !c.Made.Equal(m.Made) {
			t.Fatalf("%+v, %d bytes for %d, %v", c, len(got), len(database), err)
		}
		place := int(at % uint(len(whole)))
		if _, _, err := unpacked(t, folder, whole[:place], id); err == nil {
			t.Errorf("cut to %d of %d: believed", place, len(whole))
		}
		if bits == 0 {
			return
		}
		other := slices.Clone(whole)
		other[place] ^= bits
		if _, _, err := unpacked(t, folder, other, id); err == nil {
			t.Errorf("byte %d with %02x: believed", place, bits)
		}
	})
}
