package store

import (
	"fmt"
	"testing"
	"time"

	"latchkey/internal/auth"
)

// TestNodes_RacesOfCredentials: see TestNodes_RacesOfPeople. Without the lock: both authenticators 115,
// two are added 62, a code and an authenticator 12, sets of recovery codes 43, two tries 81, the last try
// 91, a success and a try 3, tries that are moved 56, a copied browser 23, two links 49. One code, recovery
// code, link, message and lease are conditional statements, and held.
func TestNodes_RacesOfCredentials(t *testing.T) {
	t.Parallel()
	raceAll(t, "", racesOfCredentials())
}

func racesOfCredentials() map[string]contest {
	user := func(tx *Tx, round string) error { return someone(tx, "anna"+round) }
	app := func(tx *Tx, round string, node int) error {
		return tx.AddAuthenticator(Authenticator{ID: fmt.Sprint("app", node, round), UserID: "id-anna" + round, Label: "App", Sealed: "s", Created: start()})
	}
	both := func(tx *Tx, round string) error {
		return firstOf(user(tx, round), app(tx, round, 0), app(tx, round, 1))
	}
	const counted = `SELECT count(*) FROM users u WHERE u.id = $1 AND (u.authenticators <> (SELECT count(*) FROM authenticators a WHERE a.user_id = u.id)
		OR u.codes_left <> (SELECT count(*) FROM recovery_codes c WHERE c.user_id = u.id AND c.used_at IS NULL))`
	limit := auth.Limit{Free: 3, Window: time.Hour}
	count := func(tx *Tx, key string) (bool, error) {
		_, wait, err := tx.Count("bucket", key, limit, start())
		return wait == 0, err
	}
	browser := func(tx *Tx, round string) error {
		b := Browser{TokenHash: "browser" + round, UserID: "id-anna" + round, ID: "b" + round, Created: start(), LastUsed: start(), Ends: start().Add(time.Hour)}
		return firstOf(user(tx, round), tx.SaveBrowser(b), tx.Remember(b.TokenHash, "validator", b.UserID, b.Ends))
	}
	return map[string]contest{
		"both authenticators while one is demanded": {both, func(tx *Tx, round string, node int) (bool, error) {
			return tx.RemoveAuthenticator("id-anna"+round, fmt.Sprint("app", node, round), true)
		}, 1, exactly("authenticators are left", 1, `SELECT count(*) FROM authenticators WHERE user_id = $1`, "id-anna")},
		"two authenticators are added": {user, func(tx *Tx, round string, node int) (bool, error) { return true, app(tx, round, node) },
			2, exactly("users with a wrong count", 0, counted, "id-anna")},
		"a code is used and an authenticator is added": {func(tx *Tx, round string) error {
			return firstOf(user(tx, round), tx.SetRecoveryCodes("id-anna"+round, []string{"m1" + round, "m2" + round}, start()))
		}, func(tx *Tx, round string, node int) (bool, error) {
			if node == 0 {
				return tx.UseRecoveryCode("id-anna"+round, "m1"+round, start())
			}
			return true, app(tx, round, node)
		}, 2, exactly("users with a wrong count", 0, counted, "id-anna")},
		"two sets of recovery codes": {user, func(tx *Tx, round string, node int) (bool, error) {
			var macs []string
			for i := range 10 {
				macs = append(macs, fmt.Sprint("mac", node, i, round))
			}
			return true, tx.SetRecoveryCodes("id-anna"+round, macs, start())
		}, 2, exactly("recovery codes", 10, `SELECT count(*) FROM recovery_codes WHERE user_id = $1`, "id-anna")},
		"two tries are counted": {func(*Tx, string) error { return nil }, func(tx *Tx, round string, _ int) (bool, error) { return count(tx, "key"+round) },
			2, exactly("tries", 2, `SELECT tries FROM limits WHERE key = $1`, "key")},
		"the last try": {func(tx *Tx, round string) error {
			_, err := count(tx, "key"+round)
			_, err2 := count(tx, "key"+round)
			return firstOf(err, err2)
		}, func(tx *Tx, round string, _ int) (bool, error) { return count(tx, "key"+round) }, 1, nil},
		"a success and a try": {func(tx *Tx, round string) error {
			_, err := count(tx, "key"+round)
			_, err2 := count(tx, "key"+round)
			return firstOf(err, err2)
		}, func(tx *Tx, round string, node int) (bool, error) {
			if node == 0 {
				return true, tx.Clear("bucket", "key"+round)
			}
			return count(tx, "key"+round)
		}, 2, exactly("keys that kept what a success had cleared", 0, `SELECT count(*) FROM limits WHERE key = $1 AND tries > 1`, "key")},
		"tries are moved and counted": {func(tx *Tx, round string) error {
			_, err := count(tx, "from"+round)
			return err
		}, func(tx *Tx, round string, node int) (bool, error) {
			if node == 0 {
				return true, tx.MoveTries("bucket", "from"+round, "to"+round)
			}
			return count(tx, "from"+round)
		}, 2, exactly("tries", 2, `SELECT coalesce(CAST(sum(tries) AS BIGINT), 0) FROM limits WHERE key IN ($1, $2)`, "from", "to")},
		"a copied browser": {browser, func(tx *Tx, round string, node int) (bool, error) {
			yes, stolen, err := tx.Remembers("browser"+round, "validator", "id-anna"+round, start(), start().Add(time.Hour))
			if stolen {
				_, err = tx.ForgetBrowser("browser"+round, start())
			}
			if err != nil || !yes {
				return false, err
			}
			_, err = tx.NextValidator("browser"+round, "validator", fmt.Sprint("next", node), start())
			return true, err
		}, 1, exactly("browsers are remembered that were copied", 0, `SELECT count(*) FROM browsers WHERE token_hash = $1 AND remembered_until > 0`, "browser")},
		"two links for a password": {user, func(tx *Tx, round string, node int) (bool, error) {
			return true, tx.AddLink(Link{TokenHash: fmt.Sprint("link", node, round), Purpose: PurposeReset, UserID: "id-anna" + round, CredVersion: 1, Created: start(), Ends: start().Add(time.Hour)})
		}, 2, exactly("links that work", 1, `SELECT count(*) FROM links WHERE user_id = $1`, "id-anna")},
		"one code": {both, func(tx *Tx, round string, _ int) (bool, error) { return tx.UseStep("app0"+round, 77, start()) }, 1, nil},
		"one recovery code": {func(tx *Tx, round string) error {
			return firstOf(user(tx, round), tx.SetRecoveryCodes("id-anna"+round, []string{"m1" + round}, start()))
		}, func(tx *Tx, round string, _ int) (bool, error) {
			return tx.UseRecoveryCode("id-anna"+round, "m1"+round, start())
		}, 1, nil},
		"one link": {func(tx *Tx, round string) error {
			return firstOf(user(tx, round), tx.AddLink(Link{TokenHash: "link" + round, Purpose: PurposeReset, UserID: "id-anna" + round, CredVersion: 1, Created: start(), Ends: start().Add(time.Hour)}))
		}, func(tx *Tx, round string, _ int) (bool, error) {
			return tx.TakeLink("link"+round, PurposeReset, start())
		}, 1, nil},
		"one message": {func(tx *Tx, round string) error {
			return tx.QueueMail(Mail{ID: "mail" + round, Kind: "test", Recipient: "a@example.org", Sealed: "s", Created: start(), Next: start(), Ends: start().Add(time.Hour)})
		}, func(tx *Tx, round string, _ int) (bool, error) {
			return tx.ClaimMail("mail"+round, 0, start().Add(time.Minute))
		}, 1, nil},
		"one lease": {func(*Tx, string) error { return nil }, func(tx *Tx, round string, node int) (bool, error) {
			return tx.TakeLease("work"+round, fmt.Sprint("node", node), Lease{})
		}, 1, nil},
	}
}

// TestNodes_RacesOfCaps: two nodes that add to what is bounded keep the bound. Without the lock: sessions
// 53, pending sign-ins 46, browsers 35, notices 63; links held.
func TestNodes_RacesOfCaps(t *testing.T) {
	t.Parallel()
	raceAll(t, "", racesOfCaps())
}

// capped is a contest in which both nodes add one of something of which there are as many as may be.
func capped(what, table string, most int, add func(tx *Tx, round string, i int) error) contest {
	return contest{func(tx *Tx, round string) error {
		err := someone(tx, "anna"+round)
		for i := range most {
			err = firstOf(err, add(tx, round, i))
		}
		return err
	}, func(tx *Tx, round string, node int) (bool, error) { return true, add(tx, round, most+node) },
		2, exactly(what, int64(most), `SELECT count(*) FROM `+table+` WHERE user_id = $1`, "id-anna")}
}

func racesOfCaps() map[string]contest {
	later := func(i int) time.Time { return start().Add(time.Duration(i) * time.Minute) }
	return map[string]contest{
		"sessions": capped("sessions", "sessions", maxSessions, func(tx *Tx, round string, i int) error {
			s := session("id-anna"+round, fmt.Sprint(i, round))
			s.LastSeen = later(i)
			return tx.AddSession(s)
		}),
		"pending sign-ins": capped("pending sign-ins", "pending_sign_ins", MaxPending, func(tx *Tx, round string, i int) error {
			return tx.AddPending(Pending{IDHash: fmt.Sprint(i, round), UserID: "id-anna" + round, CredVersion: 1, Stage: auth.StepCode, PasswordAt: later(i), Ends: later(i + 9)})
		}),
		"browsers": capped("browsers", "browsers", maxBrowsers, func(tx *Tx, round string, i int) error {
			return tx.SaveBrowser(Browser{TokenHash: fmt.Sprint(i, round), UserID: "id-anna" + round, ID: fmt.Sprint("b", i, round), Created: later(i), LastUsed: later(i), Ends: later(i + 9)})
		}),
		"links": capped("links", "links", maxLinks, func(tx *Tx, round string, i int) error {
			return tx.AddLink(Link{TokenHash: fmt.Sprint(i, round), Purpose: PurposeNotMe, UserID: "id-anna" + round, CredVersion: 1, Created: later(i), Ends: later(i + 9999)})
		}),
		"notices": capped("notices", "notices", maxNotices, func(tx *Tx, round string, i int) error {
			return tx.AddNotice(Notice{ID: fmt.Sprint("n", i, round), UserID: "id-anna" + round, Kind: "test", Text: "x", At: later(i)})
		}),
	}
}
