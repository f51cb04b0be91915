package store

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"latchkey/internal/audit"
)

// someLog writes rows that are in every index, and some that are not in the partial ones.
func (db testDB) someLog(t *testing.T) {
	t.Helper()
	for i, details := range [][]audit.Detail{
		nil, {{Name: "reason", After: "wrong"}}, {{Name: "confirming", After: "yes"}}, {{Name: "batch", After: "b"}}, {{Name: "by", After: "import"}},
		{{Name: "reason", After: `"CONFIRMING"`}}, {{Name: "CONFIRMING", After: "x"}}, {{Name: "confİrming", After: "x"}},
	} {
		for _, event := range []audit.Event{audit.LoginPassword, audit.UserChanged, audit.UsersChanged, "LOGIN.odd"} {
			e := note(fmt.Sprint(i % 3))
			e.Event, e.Details, e.IP = event, details, fmt.Sprint("192.0.2.", i)
			db.must(t, func(tx *Tx) error { return tx.Audit(e) })
		}
	}
}

// Every index that the log has is compared, and read from itself rather than from the rows.
func TestLO03_EveryIndexIsCompared(t *testing.T) {
	aboutSQLite(t)
	t.Parallel()
	db := open(t)
	rows, err := db.pool.Query(`SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'audit_log' AND sql IS NOT NULL ORDER BY name`)
	if err != nil {
		t.Fatal(err)
	}
	has, err := collect(rows, func(row scanner) (name string, err error) { return name, row.Scan(&name) })
	if err != nil {
		t.Fatal(err)
	}
	var compared []string
	for _, index := range auditIndexes() {
		compared = append(compared, index.name)
		var id, parent, unused int
		var plan string
		args := []any{1, 1, 1, 1, 1, 1, 1}
		if index.name == byEventResult {
			args = append(args, "x")
		}
		if err := db.q.queryRow(explain+index.text, args...).Scan(&id, &parent, &unused, &plan); err != nil {
			t.Fatal(err)
		}
		if want := " " + index.name; !strings.Contains(plan, want) {
			t.Errorf("%s is read by %q", index.name, plan)
		}
		if partial := slices.Contains([]string{"audit_headlines", "audit_sign_ins"}, index.name); !partial && !strings.Contains(plan, "COVERING INDEX") {
			t.Errorf("%s is read by %q, so not what stands in the index", index.name, plan)
		}
	}
	slices.Sort(compared)
	if !slices.Equal(has, compared) {
		t.Errorf("the log has the indexes %q, and %q are compared", has, compared)
	}
	db.someLog(t)
	if _, _, err := db.VerifyAudit(t.Context(), db.ring, ""); err != nil {
		t.Error(err)
	}
}

// An index that leaves rows out hides them from pages; REINDEX brings them back.
func TestLO03_AnIndexThatHidesRows(t *testing.T) {
	aboutSQLite(t)
	t.Parallel()
	for _, index := range auditIndexes() {
		t.Run(index.name, func(t *testing.T) {
			t.Parallel()
			db := open(t)
			db.someLog(t)
			raw := db.raw(t)
			// Made again without some rows, and then given its old definition back.
			text := ""
			if err := raw.QueryRowContext(t.Context(), `SELECT sql FROM sqlite_schema WHERE name = $1`, index.name).Scan(&text); err != nil {
				t.Fatal(err)
			}
			without := text + ` WHERE seq <> 5`
			if strings.Contains(text, "WHERE") {
				without = text + ` AND seq <> 5`
				without = strings.Replace(without, "WHERE ", "WHERE (", 1)
				without = strings.Replace(without, " AND seq <> 5", ") AND seq <> 5", 1)
			}
			execRaw(t, raw, `DROP INDEX `+index.name, without, `PRAGMA writable_schema = ON`,
				`UPDATE sqlite_schema SET sql = '`+strings.ReplaceAll(text, "'", "''")+`' WHERE name = '`+index.name+`'`, `PRAGMA writable_schema = RESET`)
			// A connection that is new reads the definition.
			again, err := Open(t.Context(), db.path, db.ring, false)
			if err != nil {
				t.Fatal(err)
			}
			defer again.Close()
			_, _, err = again.VerifyAudit(t.Context(), db.ring, "")
			if b, ok := errors.AsType[*BrokenChain](err); !ok || !strings.Contains(b.Reason, index.name) {
				t.Errorf("VerifyAudit = %v, want one that names %s", err, index.name)
			}
			if err := again.Tx(t.Context(), func(tx *Tx) error { return tx.exec(`REINDEX ` + index.name) }); err != nil {
				t.Fatal(err)
			}
			if _, _, err = again.VerifyAudit(t.Context(), db.ring, ""); err != nil {
				t.Error(err)
			}
		})
	}
}

// Rows of an index that stand under another value hide as well.
func TestLO03_TheSumsTellValuesApart(t *testing.T) {
	t.Parallel()
	all, w := auditIndexes(), newWeights()
	one, other := newIndexSums(len(all)), newIndexSums(len(all))
	// The same numbers of rows with the same sum and sum of squares under both values.
	for _, seq := range []int64{10, 14, 15} {
		one.add(all, w, audit.Entry{Seq: seq, IP: "a"}, "")
	}
	for _, seq := range []int64{11, 12, 16} {
		other.add(all, w, audit.Entry{Seq: seq, IP: "a"}, "")
	}
	for i := range all {
		if one.sums[i] == other.sums[i] && one.sums[i] != 0 {
			t.Errorf("%s: the same sum for other rows", all[i].name)
		}
	}
}

// What was dropped, added or changed around the log is named.
func TestLO03_TheDefinitionsAreCompared(t *testing.T) {
	t.Parallel()
	changes := map[string]string{
		`DROP TRIGGER audit_no_update`: "trigger audit_no_update, which belongs to it, is missing",
		`DROP TRIGGER audit_day`:       "trigger audit_day, which belongs to it, is missing",
		`CREATE TRIGGER quiet AFTER INSERT ON sessions BEGIN DELETE FROM audit_days; END`:                                                       "trigger quiet does not belong to it",
		`CREATE TRIGGER quiet AFTER INSERT ON audit_log BEGIN SELECT 1; END`:                                                                    "trigger quiet does not belong to it",
		`CREATE VIEW seen AS SELECT * FROM audit_log WHERE seq <> 3`:                                                                            "view seen does not belong to it",
		`CREATE INDEX audit_more ON audit_log (at)`:                                                                                             "index audit_more does not belong to it",
		`DROP TRIGGER audit_no_delete; CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit_log WHEN FALSE BEGIN SELECT RAISE(ABORT, ''); END`: "trigger audit_no_delete was changed",
	}
	if onPostgres {
		changes = map[string]string{
			`DROP TRIGGER audit_no_update ON audit_log`:                                                                    "trigger audit_log.audit_no_update, which belongs to it, is missing",
			`ALTER TABLE audit_log DISABLE TRIGGER audit_in_order`:                                                         "trigger audit_log.audit_in_order was changed",
			`CREATE FUNCTION quiet() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN DELETE FROM audit_days; RETURN NULL; END'`: "function quiet  does not belong to it",
			`CREATE TRIGGER quiet AFTER INSERT ON audit_log FOR EACH ROW EXECUTE FUNCTION group_members_counted()`:         "trigger audit_log.quiet does not belong to it",
			`CREATE RULE quiet AS ON INSERT TO sessions DO DELETE FROM audit_days`:                                         "rule sessions.quiet does not belong to it",
			`CREATE VIEW seen AS SELECT * FROM audit_log WHERE seq <> 3`:                                                   "view seen does not belong to it",
			`CREATE INDEX audit_more ON audit_log (at)`:                                                                    "index audit_more does not belong to it",
			`ALTER TABLE audit_log ADD COLUMN more TEXT`:                                                                   "table audit_log was changed",
			`CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END'`:        "function audit_refuse  was changed",
		}
	}
	for statement, want := range changes {
		db := open(t)
		db.log(t, 2)
		execRaw(t, db.raw(t), statement)
		_, _, err := db.VerifyAudit(t.Context(), db.ring, "")
		if err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%s: VerifyAudit = %v, want %q", statement, err, want)
		}
	}
}
