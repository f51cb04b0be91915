package store

import (
	"context"
	"encoding/base64"
	"fmt"
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

// Settings returns what administrators decided; a name that is missing has its
// default.
func (r Reader) Settings() (map[string]string, error) {
	rows, err := r.q.query(context.Background(), `SELECT name, value FROM settings`)
	if err != nil {
		return nil, unavailable(fmt.Errorf("reading settings: %w", err))
	}
	defer rows.Close()
	settings := map[string]string{}
	for rows.Next() {
		var name, value string
		if err := rows.Scan(&name, &value); err != nil {
			return nil, unavailable(fmt.Errorf("reading settings: %w", err))
		}
		settings[name] = value
	}
	if err := rows.Err(); err != nil {
		return nil, unavailable(fmt.Errorf("reading settings: %w", err))
	}
	return settings, nil
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
	return tx.exec(`INSERT INTO settings (name, value) VALUES ($1, $2)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value)
}
