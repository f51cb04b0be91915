package store

import (
	"maps"
	"slices"
)

// later is what a transaction counts at its end, where others do it with each row.
type later struct {
	groups map[string]bool // of which the members are counted
	head   *place          // what the sealed head tells of; nil as long as nothing was written behind it
}

// CountLater puts off what is counted with each row, until what it returns is called in the same transaction: the members
// of groups, the days of the audit log, and its sealed head. It is for transactions of thousands of rows. PostgreSQL
// keeps each state of a row until the transaction ends, and looks through all of them for the next, so that an
// import of 20,000 people was not half done after nine minutes.
func (tx *Tx) CountLater() (count func() error, err error) {
	tx.later = &later{groups: map[string]bool{}}
	return tx.count, tx.exec(either(inPlace, `SELECT set_config('latchkey.counted', 'later', true)`))
}

// inPlace stands where SQLite, which changes rows in place and counts with each, has nothing to do.
const inPlace = `SELECT ''`

func (tx *Tx) count() error {
	l := tx.later
	tx.later = nil
	if err := tx.exec(either(inPlace, `SELECT set_config('latchkey.counted', '', true)`)); err != nil {
		return err
	}
	if err := tx.exec(either(inPlace, countDays)); err != nil {
		return err
	}
	if l.head != nil && tx.newest != *l.head {
		if err := tx.moveHead(l.head.seq, tx.newest); err != nil {
			return err
		}
	}
	if len(l.groups) == 0 {
		return nil
	}
	text, args := countMembers(slices.Sorted(maps.Keys(l.groups))).statement()
	return tx.exec(text, args...)
}

// countDays notes the days of the rows that the audit log has behind those that are noted.
const countDays = `INSERT INTO audit_days (day, first_seq, last_seq, last_at)
	SELECT at / 86400000, min(seq), max(seq), max(at) FROM audit_log WHERE seq > (SELECT coalesce(max(last_seq), 0) FROM audit_days) GROUP BY 1
	ON CONFLICT (day) DO UPDATE SET last_seq = excluded.last_seq, last_at = greatest(audit_days.last_at, excluded.last_at)`

// countMembers counts the members of groups anew.
func countMembers(groups []string) clause {
	return sqlText(`UPDATE user_groups SET members = (SELECT count(*) FROM group_members m JOIN users u ON u.num = m.user_num
		WHERE m.group_name = user_groups.name AND u.deleted_at = 0) WHERE name IN (`).then(values(groups)).add(`)`)
}

// joins notes that somebody may come into these groups.
func (tx *Tx) joins(groups ...string) {
	if tx.later != nil {
		for _, g := range groups {
			tx.later.groups[g] = true
		}
	}
}
