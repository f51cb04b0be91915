package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// Meta returns a fact about this instance, or "" if it is not known yet.
func (r Reader) Meta(name string) (string, error) {
	var value string
	err := r.q.queryRow(`SELECT value FROM meta WHERE name = $1`, name).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", unavailable(fmt.Errorf("reading %s: %w", name, err))
	}
	return value, nil
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

// SetSetting stores one decision of an administrator.
func (tx *Tx) SetSetting(name, value string) error {
	return tx.exec(`INSERT INTO settings (name, value) VALUES ($1, $2)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value)
}
