package userimport

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"latchkey/internal/account"
	"latchkey/internal/audit"
	"latchkey/internal/importer"
	"latchkey/internal/instance"
	"latchkey/internal/problem"
	"latchkey/internal/secret"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

// imported is everything about a user that only the import itself needs.
type imported struct {
	Name     string    `json:"name,omitempty"`
	Email    string    `json:"email,omitempty"`
	Role     user.Role `json:"role"`
	Disabled bool      `json:"disabled,omitempty"`
	Hash     string    `json:"hash,omitempty"`
	TOTP     []byte    `json:"totp,omitempty"`
	Groups   []string  `json:"groups,omitempty"`
	// MakeGroups says that those of them that are not there are made.
	MakeGroups bool `json:"make_groups,omitempty"`
}

// staged is a row on its way into the database.
type staged struct {
	row  store.ImportRow
	user imported
	bad  bool
}

// maxReasons bounds what is said about one row, in characters.
const maxReasons = 500

func stage(row importer.Row, position int) staged {
	s := staged{
		row: store.ImportRow{
			Position: position, Number: row.Number, Given: audit.CleanText(row.Given, 64), Username: row.Username,
			EmailKey: row.EmailCanonical, Result: store.RowGood, Invite: row.Invite,
		},
		user: imported{Name: row.Name, Email: row.Email, Role: row.Role, Disabled: row.Disabled, Hash: row.PasswordHash, TOTP: row.TOTPSecret, Groups: row.Groups},
		bad:  row.Bad(),
	}
	said := row.Problems
	if !s.bad {
		said = row.Notes
		switch {
		case row.Invite && row.Disabled:
			said = append(said, "Has no password and is disabled, so no invitation is sent.")
		case row.Invite:
			said = append(said, "Will be invited.")
		}
		if len(row.Groups) > 0 {
			said = append(said, "Will be in "+strings.Join(row.Groups, ", ")+".")
		}
		if row.Role == user.RoleAdmin {
			said = append(said, "Becomes an administrator.")
		}
	}
	s.row.Reasons = audit.CleanText(strings.Join(said, " "), maxReasons)
	return s
}

// keep checks a slice for clashes and stores it, which takes size bytes. A bad row keeps
// its names, too: of two rows that want the same one, only a person can tell which is
// meant.
func (in Intake) keep(ctx context.Context, b *store.ImportJob, slice []staged) (size int64, err error) {
	for i, s := range slice {
		if s.bad {
			continue
		}
		s.user.MakeGroups = in.MakeGroups
		text, err := json.Marshal(s.user)
		if err != nil {
			return 0, err
		}
		slice[i].row.Sealed = sealRow(in.Instance, b.ID, s.row.Position, text)
	}
	err = in.Instance.DB.Tx(ctx, func(tx *store.Tx) error {
		counts := *b // kept only if the transaction is
		size = 0
		rows := make([]store.ImportRow, len(slice))
		for i, s := range slice {
			rows[i] = s.row
		}
		clashes, err := tx.Clashes(b.ID, rows)
		if err != nil {
			return err
		}
		groups := knownGroups{tx: tx, makeThem: in.MakeGroups, missing: map[string]bool{}}
		for i, s := range slice {
			kept, err := keepRow(tx, &counts, s, clashes[i], groups)
			if err != nil {
				return err
			}
			size += int64(len(b.ID) + len(kept.Given) + len(kept.Username) + len(kept.EmailKey) + len(kept.Reasons) + len(kept.Sealed))
		}
		*b = counts
		return nil
	})
	return size, err
}

func sealRow(i *instance.Instance, batch string, position int, text []byte) string {
	return i.Seal(secret.PurposeImport, text, batch, strconv.Itoa(position))
}

// keepRow stores a row and returns it as it is stored.
func keepRow(tx *store.Tx, b *store.ImportJob, s staged, c store.Clash, groups knownGroups) (store.ImportRow, error) {
	reasons := said(c)
	unfit, err := groups.bad(s.user.Groups)
	if err != nil {
		return s.row, err
	}
	reasons = append(reasons, unfit...)
	switch {
	case len(reasons) > 0 && s.bad:
		s.row.Reasons = audit.CleanText(s.row.Reasons+" "+strings.Join(reasons, " "), maxReasons)
	case len(reasons) > 0:
		s.bad, s.row.Reasons = true, audit.CleanText(strings.Join(reasons, " "), maxReasons)
	}
	if s.bad {
		s.row.Result, s.row.Sealed = store.RowRefused, ""
		b.Bad++
		return s.row, tx.AddImportRow(b.ID, s.row)
	}
	b.Good++
	if s.user.Role == user.RoleAdmin {
		b.Admins++
	}
	if s.row.Invite {
		b.Invited++
	}
	return s.row, tx.AddImportRow(b.ID, s.row)
}

// said says who has the names of a row already, in the file or here.
func said(c store.Clash) (reasons []string) {
	if first := c.Username; first != nil {
		reasons = append(reasons, fmt.Sprintf("The username is the same as %q in row %d.", first.Given, first.Number))
	}
	if first := c.Email; first != nil {
		reasons = append(reasons, fmt.Sprintf("The email address is the same as that of %q in row %d.", first.Given, first.Number))
	}
	if c.Taken != nil {
		for _, p := range problem.All(account.InTheBin(c.Taken)) {
			reasons = append(reasons, problem.Sentence(p))
		}
	}
	return reasons
}
