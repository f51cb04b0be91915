package store

import (
	"context"
	"fmt"
	"strconv"
)

// KeptKind is a kind of values that were made under a key: sealed texts, which can be
// sealed anew, and MACs, which nobody can make anew without what they stand for.
type KeptKind string

// The kinds. Their names stand in what commands print for programs.
const (
	KeptAuthenticators KeptKind = "authenticators"
	KeptEnrolments     KeptKind = "pending_authenticators"
	KeptStreams        KeptKind = "streams"
	KeptMails          KeptKind = "mails"
	KeptImportRows     KeptKind = "import_rows"
	KeptNewCodes       KeptKind = "new_recovery_codes"
	KeptForms          KeptKind = "forms"
	KeptMessages       KeptKind = "page_messages"
	KeptRecoveryCodes  KeptKind = "recovery_codes"
	KeptAuditRows      KeptKind = "audit_rows"
	KeptRemovedRows    KeptKind = "removed_audit_rows"
)

// kept is where the values of a kind stand, and the statements for them. Every one in which
// something is sealed has those that seal anew.
type kept struct {
	kind  KeptKind
	count string // all, then those that begin with $1, $2, $3, $4
	// page reads rows that come after the key $1 (and $2) and whose value does not begin with the
	// next parameter; write changes a row if its value is still the one that was read.
	page, write string
	// first is what the second part of a key comes after, "" if the key has one part.
	first string
}

// under counts the values of a column by how they begin. No GROUP BY: it would sort ten
// million texts.
const (
	underSealed = `SELECT count(*), count(CASE WHEN ` + instr + `(sealed, $1) = 1 THEN 1 END), count(CASE WHEN ` + instr + `(sealed, $2) = 1 THEN 1 END),
		count(CASE WHEN ` + instr + `(sealed, $3) = 1 THEN 1 END), count(CASE WHEN ` + instr + `(sealed, $4) = 1 THEN 1 END) FROM `
	underMAC = `SELECT count(*), count(CASE WHEN ` + instr + `(mac, $1) = 1 THEN 1 END), count(CASE WHEN ` + instr + `(mac, $2) = 1 THEN 1 END),
		count(CASE WHEN ` + instr + `(mac, $3) = 1 THEN 1 END), count(CASE WHEN ` + instr + `(mac, $4) = 1 THEN 1 END) FROM `
)

// keptKinds is every column with values that were made under a key.
var keptKinds = []kept{
	{
		kind: KeptAuthenticators, count: underSealed + `authenticators`,
		page:  `SELECT id, '', user_id, id, sealed FROM authenticators WHERE id > $1 AND sealed <> '' AND ` + instr + `(sealed, $2) <> 1 ORDER BY 1 LIMIT $3`,
		write: `UPDATE authenticators SET sealed = $1 WHERE id = $2 AND sealed = $3`,
	},
	{
		kind: KeptEnrolments, count: underSealed + `pending_authenticators`,
		page:  `SELECT user_id, '', user_id, id, sealed FROM pending_authenticators WHERE user_id > $1 AND sealed <> '' AND ` + instr + `(sealed, $2) <> 1 ORDER BY 1 LIMIT $3`,
		write: `UPDATE pending_authenticators SET sealed = $1 WHERE user_id = $2 AND sealed = $3`,
	},
	{
		kind: KeptStreams, count: underSealed + `streams`,
		page:  `SELECT id, '', id, '', sealed FROM streams WHERE id > $1 AND sealed <> '' AND ` + instr + `(sealed, $2) <> 1 ORDER BY 1 LIMIT $3`,
		write: `UPDATE streams SET sealed = $1 WHERE id = $2 AND sealed = $3`,
	},
	{
		kind: KeptMails, count: underSealed + `mails WHERE sealed <> ''`,
		page:  `SELECT id, '', id, recipient, sealed FROM mails WHERE id > $1 AND sealed <> '' AND ` + instr + `(sealed, $2) <> 1 ORDER BY 1 LIMIT $3`,
		write: `UPDATE mails SET sealed = $1 WHERE id = $2 AND sealed = $3`,
	},
	{
		kind: KeptImportRows, count: underSealed + `import_rows WHERE sealed <> ''`,
		page: `SELECT batch_id, CAST(position AS TEXT), batch_id, CAST(position AS TEXT), sealed FROM import_rows
			WHERE (batch_id, position) > ($1, CAST($2 AS BIGINT)) AND sealed <> '' AND ` + instr + `(sealed, $3) <> 1 ORDER BY batch_id, position LIMIT $4`,
		write: `UPDATE import_rows SET sealed = $1 WHERE batch_id = $2 AND position = CAST($3 AS BIGINT) AND sealed = $4`,
		first: "-1",
	},
	{
		kind: KeptNewCodes, count: underSealed + `recovery_sheets`,
		page:  `SELECT session_id, '', session_id, '', sealed FROM recovery_sheets WHERE session_id > $1 AND sealed <> '' AND ` + instr + `(sealed, $2) <> 1 ORDER BY 1 LIMIT $3`,
		write: `UPDATE recovery_sheets SET sealed = $1 WHERE session_id = $2 AND sealed = $3`,
	},
	{
		kind: KeptForms, count: underSealed + `kept_forms`,
		page: `SELECT f.session_id, f.path, s.user_id, f.path, f.sealed FROM kept_forms f JOIN sessions s ON s.id = f.session_id
			WHERE (f.session_id, f.path) > ($1, $2) AND f.sealed <> '' AND ` + instr + `(f.sealed, $3) <> 1 ORDER BY 1, 2 LIMIT $4`,
		write: `UPDATE kept_forms SET sealed = $1 WHERE session_id = $2 AND path = $3 AND sealed = $4`,
		first: " ",
	},
	{
		kind: KeptMessages, count: underSealed + `(SELECT flash AS sealed FROM sessions WHERE flash <> '') t`,
		page:  `SELECT id, '', id, '', flash FROM sessions WHERE id > $1 AND flash <> '' AND ` + instr + `(flash, $2) <> 1 ORDER BY 1 LIMIT $3`,
		write: `UPDATE sessions SET flash = $1 WHERE id = $2 AND flash = $3`,
	},
	{kind: KeptRecoveryCodes, count: underMAC + `recovery_codes`},
	{kind: KeptAuditRows, count: underMAC + `audit_log`},
	{kind: KeptRemovedRows, count: underMAC + `audit_removed`},
}

// KeptKinds returns every kind; sealed says which of them can be sealed anew.
func KeptKinds() (all []KeptKind, sealed map[KeptKind]bool) {
	sealed = map[KeptKind]bool{}
	for _, k := range keptKinds {
		all = append(all, k.kind)
		sealed[k.kind] = k.page != ""
	}
	return all, sealed
}

func keptOf(kind KeptKind) kept {
	for _, k := range keptKinds {
		if k.kind == kind {
			return k
		}
	}
	return kept{}
}

// slots is how many keys are counted in one walk through a table.
const slots = 4

// CountUnder counts the values of a kind by the id of their key; other are those of keys that
// are not among the ids. It reads the whole table once for each four keys.
func (r Reader) CountUnder(ctx context.Context, kind KeptKind, ids []string) (under map[string]int64, other int64, err error) {
	k := keptOf(kind)
	under = map[string]int64{}
	if k.count == "" {
		return under, 0, nil
	}
	for begin := 0; begin == 0 || begin < len(ids); begin += slots {
		var all int64
		var counts [slots]int64
		args := [slots]any{"-", "-", "-", "-"} // nothing begins with it
		for i := range min(slots, len(ids)-begin) {
			args[i] = k.prefix(ids[begin+i])
		}
		dest := []any{&all, &counts[0], &counts[1], &counts[2], &counts[3]}
		_, err := list(ctx, r.q, func(row scanner) (struct{}, error) { return struct{}{}, row.Scan(dest...) },
			"counting what is under a key", k.count, args[:]...)
		if err != nil {
			return nil, 0, err
		}
		if begin == 0 {
			other = all
		}
		for i := range min(slots, len(ids)-begin) {
			under[ids[begin+i]] = counts[i]
			other -= counts[i]
		}
	}
	return under, max(0, other), nil
}

// prefix is how a value of this kind under a key begins.
func (k kept) prefix(id string) string {
	if k.page == "" {
		return id + "."
	}
	return "1." + id + "."
}

// SealedRow is a row with a sealed text.
type SealedRow struct {
	Kind      KeptKind
	Key, Part string   // which row it is
	Place     []string // what the text is sealed with beside the instance
	Sealed    string
}

// SealedUnderOthers returns rows of a kind that are sealed under another key than the newest,
// in the order of their keys and after a row, which is the zero value at the beginning.
func (r Reader) SealedUnderOthers(ctx context.Context, kind KeptKind, after SealedRow, newest string, limit int) ([]SealedRow, error) {
	k := keptOf(kind)
	if k.page == "" {
		return nil, nil
	}
	args := []any{after.Key}
	if k.first != "" {
		if after.Key == "" {
			after.Part = k.first
		}
		args = append(args, after.Part)
	}
	return list(ctx, r.q, k.scan, "reading what is sealed", k.page, append(args, k.prefix(newest), limit)...)
}

func (k kept) scan(row scanner) (SealedRow, error) {
	s, place := SealedRow{Kind: k.kind}, [2]string{}
	err := row.Scan(&s.Key, &s.Part, &place[0], &place[1], &s.Sealed)
	s.Place = place[:]
	switch k.kind {
	case KeptStreams, KeptNewCodes, KeptMessages:
		s.Place = place[:1]
	}
	return s, err
}

// SealAnew puts a text that was sealed anew in the place of the one in the row; done is false if the
// row is gone or has another one meanwhile, which then stays.
func (tx *Tx) SealAnew(row SealedRow, sealed string) (done bool, err error) {
	k := keptOf(row.Kind)
	switch {
	case k.write == "":
		return false, fmt.Errorf("nothing of the kind %s is sealed", strconv.Quote(string(row.Kind)))
	case k.first == "":
		return tx.once(k.write, sealed, row.Key, row.Sealed)
	}
	return tx.once(k.write, sealed, row.Key, row.Part, row.Sealed)
}
