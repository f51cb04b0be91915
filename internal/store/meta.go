package store

import (
	"context"
	"encoding/base64"
	"fmt"
	"latchkey/internal/auth"
)

// Meta returns a fact about this instance, or "" if it is not known yet.
func (r Reader) Meta(name string) (string, error) {
	value, _, err := one(r.q.queryRow(`SELECT value FROM meta WHERE name = $1`, name), single[string], "reading "+name)
	return value, err
}

// SetMeta stores a fact about this instance.
func (tx *Tx) SetMeta(name, value string) error {
	return tx.exec(`INSERT INTO meta (name, value) VALUES ($1, $2)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value)
}

// Settings returns what administrators decided, as the database has it; what nobody
// decided has its default. A value that is none, which only another program can have
// written, is an error.
func (r Reader) Settings() (auth.Settings, error) {
	stored, err := r.storedSettings()
	if err != nil {
		return auth.Settings{}, err
	}
	settings, err := auth.ParseSettings(stored)
	if err != nil {
		return auth.Settings{}, fmt.Errorf("reading settings: %w", err)
	}
	return settings, nil
}

// storedSettings are the rows.
func (r Reader) storedSettings() (map[string]string, error) {
	type setting struct{ name, value string }
	rows, err := r.q.query(context.Background(), `SELECT name, value FROM settings`)
	if err != nil {
		return nil, unavailable(fmt.Errorf("reading settings: %w", err))
	}
	all, err := collect(rows, func(row scanner) (s setting, err error) {
		err = row.Scan(&s.name, &s.value)
		return s, err
	})
	stored := make(map[string]string, len(all))
	for _, s := range all {
		stored[s.name] = s.value
	}
	return stored, err
}

// Logo returns the logo with this hash, a PNG; nil if there is none.
func (r Reader) Logo(hash string) ([]byte, error) {
	var text string
	err := r.q.queryRow(`SELECT coalesce(max(image), '') FROM logos WHERE hash = $1`, hash).Scan(&text)
	if err != nil {
		return nil, unavailable(fmt.Errorf("reading the logo: %w", err))
	}
	if text == "" {
		return nil, nil
	}
	png, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, fmt.Errorf("reading the logo: %w", err)
	}
	return png, nil
}

// SetLogo keeps this logo and no other; no hash keeps none.
func (tx *Tx) SetLogo(hash string, png []byte) error {
	if err := tx.exec(`DELETE FROM logos WHERE hash <> $1`, hash); err != nil || hash == "" {
		return err
	}
	return tx.exec(`INSERT INTO logos (hash, image) VALUES ($1, $2) ON CONFLICT (hash) DO NOTHING`, hash, base64.StdEncoding.EncodeToString(png))
}

// SetSetting stores one decision of an administrator.
func (tx *Tx) SetSetting(name, value string) error {
	tx.noteChange()
	return tx.exec(`INSERT INTO settings (name, value) VALUES ($1, $2)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value)
}
