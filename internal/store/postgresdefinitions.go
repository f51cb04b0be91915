package store

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"
)

// wantedSchema is where the tables of this version are made to compare with. Nothing of it stays.
const wantedSchema = "latchkey_wanted"

// postgresDefinitions are every table, index, trigger and function of a schema, by kind and name.
// What stands in a definition of the schema itself is left out.
const postgresDefinitions = `SELECT o.kind || ' ' || o.name, replace(o.text, CAST($1 AS TEXT) || '.', '') FROM (
	SELECT 'table' AS kind, c.relname AS name, string_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
		|| coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), ''), ', ' ORDER BY a.attname) AS text
	FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
	WHERE c.relnamespace = CAST(CAST($1 AS TEXT) AS regnamespace) AND c.relkind = 'r' GROUP BY c.relname
	UNION ALL SELECT 'constraint', t.relname || '.' || c.conname, pg_get_constraintdef(c.oid) FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid WHERE c.connamespace = CAST(CAST($1 AS TEXT) AS regnamespace)
	UNION ALL SELECT 'index', c.relname, pg_get_indexdef(c.oid) FROM pg_class c WHERE c.relnamespace = CAST(CAST($1 AS TEXT) AS regnamespace) AND c.relkind = 'i'
	UNION ALL SELECT 'trigger', c.relname || '.' || t.tgname, pg_get_triggerdef(t.oid) || CASE t.tgenabled WHEN 'O' THEN '' ELSE ' disabled' END FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
		WHERE c.relnamespace = CAST(CAST($1 AS TEXT) AS regnamespace) AND NOT t.tgisinternal
	UNION ALL SELECT 'rule', r.tablename || '.' || r.rulename, r.definition FROM pg_rules r WHERE r.schemaname = CAST($1 AS TEXT)
	UNION ALL SELECT 'view', v.viewname, v.definition FROM pg_views v WHERE v.schemaname = CAST($1 AS TEXT)
	UNION ALL SELECT 'function', p.proname || ' ' || pg_get_function_identity_arguments(p.oid), p.prosrc FROM pg_proc p
		WHERE p.pronamespace = CAST(CAST($1 AS TEXT) AS regnamespace) AND NOT EXISTS (SELECT 1 FROM pg_depend e WHERE e.objid = p.oid AND e.deptype = 'e')
	) o WHERE o.name NOT LIKE 'goose%'`

// postgresWanted are the definitions of this version, by the version of the server that describes
// them.
var postgresWanted sync.Map

// postgresDefinitionsNow returns the definitions of the database and those of this version.
func (db *DB) postgresDefinitionsNow(ctx context.Context) (is, want map[string]string, err error) {
	tx, err := db.server.BeginTx(ctx, pgx.TxOptions{AccessMode: pgx.ReadWrite})
	if err != nil {
		return nil, nil, err
	}
	defer tx.Rollback(context.WithoutCancel(ctx))
	var schema, version string
	if err := tx.QueryRow(ctx, `SELECT current_schema(), version()`).Scan(&schema, &version); err != nil {
		return nil, nil, err
	}
	if is, err = readPostgresDefinitions(ctx, tx, schema); err != nil {
		return nil, nil, err
	}
	if known, ok := postgresWanted.Load(version); ok {
		return is, maps.Clone(known.(map[string]string)), nil
	}
	if want, err = makePostgresDefinitions(ctx, tx, schema); err == nil {
		postgresWanted.Store(version, maps.Clone(want))
	}
	return is, want, err
}

// makePostgresDefinitions makes the tables of this version in a schema of their own, in a
// transaction that is to be taken back.
func makePostgresDefinitions(ctx context.Context, tx pgx.Tx, schema string) (map[string]string, error) {
	text := fmt.Sprintf("CREATE SCHEMA %s; SET LOCAL search_path = %[1]s, %s;\n", wantedSchema, pgx.Identifier{schema}.Sanitize()) + strings.Join(migrationTexts(postgres), "\n")
	if _, err := tx.Exec(ctx, text, pgx.QueryExecModeSimpleProtocol); err != nil {
		return nil, err
	}
	return readPostgresDefinitions(ctx, tx, wantedSchema)
}

func readPostgresDefinitions(ctx context.Context, tx pgx.Tx, schema string) (map[string]string, error) {
	found, err := tx.Query(ctx, postgresDefinitions, schema)
	if err != nil {
		return nil, err
	}
	return definitionsIn(closing{found})
}
