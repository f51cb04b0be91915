// Package backup makes archives from which an instance can be restored, checks them, restores
// them, and makes one every night.
//
// An archive is a tar file, which may be encrypted as a whole by age:
//
//	latchkey-backup.json  what is in it: Manifest
//	latchkey.key          the key ring
//	latchkey.db           a consistent copy of the database
//	latchkey-backup.mac   HMAC-SHA-256 of every byte before, under a sub-key of the ring's newest key
//
// The last entry and the end of the file have one spelling only, and a reader compares them with
// it, so that no bit of the file can be another: headers, padding and the end included. Whoever
// has an archive that is not encrypted has the key too, and could write another one: the MAC tells
// of damage and of pieces that do not belong together, not of who made them.
package backup

import (
	"archive/tar"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"os"
	"time"

	"latchkey/internal/secret"
)

// The entries, in their order.
const (
	manifestName = "latchkey-backup.json"
	keyName      = "latchkey.key"
	databaseName = "latchkey.db"
	macName      = "latchkey-backup.mac"
)

// formatNow is the format that this program writes, and the newest that it reads.
const formatNow = 1

// Manifest says what is in an archive.
type Manifest struct {
	Format   int       `json:"format"`
	Made     time.Time `json:"made"`
	Version  string    `json:"version"` // of the program that made it
	Instance string    `json:"instance"`
	// Database is the kind of copy that follows: "sqlite" is the file itself.
	Database string   `json:"database"`
	Schema   int64    `json:"schema"`
	Users    int      `json:"users"`
	Head     string   `json:"head"` // of the audit log, as audit verify --head takes it
	Entries  []string `json:"entries"`
}

// kindSQLite is a database that is in the archive as its file.
const kindSQLite = "sqlite"

// writeArchive writes an archive of a ring and the copy of a database.
func writeArchive(w io.Writer, m Manifest, ring *secret.Ring, copied *os.File) error {
	mac := ring.Authenticator(secret.PurposeBackup)
	t := tar.NewWriter(io.MultiWriter(w, mac))
	m.Format, m.Database, m.Entries = formatNow, kindSQLite, []string{manifestName, keyName, databaseName}
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	about, err := copied.Stat()
	if err != nil {
		return err
	}
	key := ring.KeyFile()
	for _, e := range []struct {
		name string
		size int64
		from io.Reader
	}{
		{manifestName, int64(len(text)), bytes.NewReader(text)}, {keyName, int64(len(key)), bytes.NewReader(key)}, {databaseName, about.Size(), copied},
	} {
		if err := t.WriteHeader(header(e.name, e.size, m.Made)); err != nil {
			return err
		}
		if _, err := io.Copy(t, e.from); err != nil {
			return err
		}
	}
	if err := t.Flush(); err != nil { // the padding; the end comes with the MAC
		return err
	}
	end, err := endOf(mac)
	if err == nil {
		_, err = w.Write(end)
	}
	return err
}

func header(name string, size int64, made time.Time) *tar.Header {
	return &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o600, ModTime: made.Truncate(time.Second)}
}

// endSize is the length of the end of an archive: the header and the one block of the last
// entry, and the two empty blocks that end a tar file.
const endSize = 4 * 512

// endOf is the end of an archive behind what was written into mac.
func endOf(mac hash.Hash) ([]byte, error) {
	var end bytes.Buffer
	t := tar.NewWriter(&end)
	text := hex.EncodeToString(mac.Sum(nil)) + "\n"
	if err := t.WriteHeader(header(macName, int64(len(text)), time.Unix(0, 0))); err != nil {
		return nil, err
	}
	if _, err := io.WriteString(t, text); err != nil {
		return nil, err
	}
	if err := t.Close(); err != nil {
		return nil, err
	}
	if end.Len() != endSize {
		return nil, fmt.Errorf("the end of an archive has %d bytes instead of %d", end.Len(), endSize)
	}
	return end.Bytes(), nil
}
