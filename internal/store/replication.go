package store

import (
	"context"
	"fmt"
	"slices"
)

// replication reads what decides whether a standby, or the server itself after a crash, has all that
// was acknowledged. A backup that is being made is no standby.
const replication = `SELECT current_setting('synchronous_commit'), current_setting('fsync'), current_setting('synchronous_standby_names'),
	(SELECT count(*) FROM pg_stat_replication r WHERE coalesce(r.state, '') <> 'backup') + (SELECT count(*) FROM pg_replication_slots s WHERE s.slot_type = 'physical' AND NOT s.active)`

// Risks says in what ways the server of the database could lose what people were told, one
// sentence each; none for a file.
func (db *DB) Risks(ctx context.Context) (risks []string, err error) {
	if !db.Shared() {
		return nil, nil
	}
	ctx, done := context.WithTimeout(ctx, shortly)
	defer done()
	var commit, fsync, names string
	var standbys int
	if err := db.server.QueryRow(ctx, replication).Scan(&commit, &fsync, &names, &standbys); err != nil {
		return nil, fmt.Errorf("asking how the database is replicated: %w", err)
	}
	if fsync == "off" {
		risks = append(risks, "fsync is off on the server of the database: a power cut can damage all of it")
	}
	weak := slices.Contains([]string{"off", "local", "remote_write"}, commit)
	switch {
	case commit == "off":
		risks = append(risks, "synchronous_commit is off on the server of the database: what was saved just before a crash is lost; set it to on")
	case weak && standbys > 0:
		risks = append(risks, "synchronous_commit is "+commit+" on the server of the database: what was saved just before a failover is lost, and codes that were used then work again; set it to on")
	case names == "" && standbys > 0:
		risks = append(risks, "the database has a standby and synchronous_standby_names is empty: what was saved just before a failover is lost, and codes that were used then work again; name the standby there")
	}
	return risks, nil
}
