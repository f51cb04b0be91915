package login

import (
	"slices"

	"latchkey/internal/audit"
	"latchkey/internal/password"
	"latchkey/internal/store"
)

// whyNot says for the audit log why a password was not right, as far as anything else
// than the password itself explains it, and whether it could not have been. It is read by
// administrators only: the person who tried gets the one answer that everybody gets.
//
// A password longer than bcrypt looks at is never right, whatever its first 72 bytes are,
// and an import brings such hashes of people who have such passwords. They could try for
// ever, and nobody would see why; the length itself is not kept.
func whyNot(h *password.Hasher, login store.Login, found bool, typed string) refusal {
	u := login.User
	switch {
	case !found:
		return refusal{audit.ResultFailed, ""}
	case !u.DeletedAt.IsZero():
		return refusal{audit.ResultBlocked, audit.ReasonDeleted}
	case u.Disabled:
		return refusal{audit.ResultBlocked, audit.ReasonDisabled}
	case !u.HasPassword:
		return refusal{audit.ResultBlocked, audit.ReasonNoPassword}
	case !u.PasswordClosed.IsZero():
		return refusal{audit.ResultBlocked, audit.ReasonClosed}
	case h.Check(login.Hash) != nil:
		return refusal{audit.ResultFailed, audit.ReasonCorrupt}
	}
	spellings, err := password.Spellings(typed)
	switch {
	case err != nil:
		return refusal{audit.ResultFailed, audit.ReasonUnfit}
	case slices.ContainsFunc(spellings, func(s string) bool { return password.PastBcrypt(login.Hash, s) }):
		return refusal{audit.ResultFailed, audit.ReasonTooLong}
	}
	return refusal{audit.ResultFailed, ""}
}

// because says in an audit row what was special about a sign-in.
func because(reason string) []audit.Detail { return []audit.Detail{{Name: "reason", After: reason}} }
