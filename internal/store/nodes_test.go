package store

import (
	"fmt"
	"testing"
	"time"

	"latchkey/internal/user"
)

// TestNodes_RacesOfPeople: what holds for one process holds for two, because one of them writes at
// a time. Without that lock (lockHead without FOR UPDATE), on PostgreSQL 15 with two cores, they went wrong
// in so many of 200 rounds: disable each other 87, disabled and no administrator 95, a policy 125, first
// administrators 66, one name 93, a session that ends 85, the log 39, old events 57. A request approved and
// refused is one conditional statement, and held.
func TestNodes_RacesOfPeople(t *testing.T) {
	t.Parallel()
	raceAll(t, "", racesOfPeople())
}

// TestNodes_Serializable: under an isolation that calls transactions off, whole batches are run again until
// they pass. This stands in for databases that know no other, which cannot be tried here.
func TestNodes_Serializable(t *testing.T) {
	t.Parallel()
	if !onPostgres {
		t.Skip("this is about PostgreSQL")
	}
	raceAll(t, "&default_transaction_isolation=serializable", racesOfCredentials())
}

// someone adds a user with the name of a round.
func someone(tx *Tx, name string, change ...func(*NewUser)) error {
	u := person(name)
	for _, c := range change {
		c(&u)
	}
	return tx.AddUser(u)
}

// alone makes everybody else no administrator.
func alone(tx *Tx) error { return tx.exec(`UPDATE users SET role = 'user', disabled = TRUE`) }

func did(out Outcome, err error) (bool, error) { return out == Done, err }

func racesOfPeople() map[string]contest {
	two := func(tx *Tx, round string) error {
		return does(func() error { return alone(tx) }, func() error { return someone(tx, "a0"+round, administrator) }, func() error { return someone(tx, "a1"+round, administrator) })
	}
	usable := func(r Reader, _ string, _ [2]bool) (string, error) {
		n, err := r.UsableAdministrators(false)
		if n == 0 {
			return "no administrator is left", err
		}
		return "", err
	}
	of := func(name string, round string, node int) string { return fmt.Sprint("id-", name, node, round) }
	return map[string]contest{
		"two administrators disable each other": {two, func(tx *Tx, round string, node int) (bool, error) {
			return did(tx.Disable(false, of("a", round, 1-node)))
		}, 1, usable},
		"one is disabled and one is no administrator any more": {two, func(tx *Tx, round string, node int) (bool, error) {
			if node == 0 {
				return did(tx.SetRole(false, of("a", round, 1), user.RoleUser))
			}
			return did(tx.Delete(false, of("a", round, 0), start()))
		}, 1, usable},
		"a policy and the one who meets it": {func(tx *Tx, round string) error {
			return does(func() error { return two(tx, round) }, func() error { return tx.SetSetting("two_step", "optional") },
				func() error {
					return tx.exec(`UPDATE users SET authenticators = 1 WHERE id = $1`, of("a", round, 0))
				})
		}, func(tx *Tx, round string, node int) (bool, error) {
			if node == 1 {
				settings, err := tx.Settings()
				if err != nil {
					return false, err
				}
				return did(tx.Disable(settings.TwoStep.Demands(user.RoleAdmin), of("a", round, 0)))
			}
			if n, err := tx.UsableAdministrators(true); n == 0 || err != nil {
				return false, err
			}
			return true, tx.SetSetting("two_step", "everyone")
		}, anyNumber, func(r Reader, round string, _ [2]bool) (string, error) {
			settings, err := r.Settings()
			if err != nil {
				return "", err
			}
			n, err := r.UsableAdministrators(settings.TwoStep.Demands(user.RoleAdmin))
			if n == 0 {
				return "nobody meets the policy", err
			}
			return "", err
		}},
		"two first administrators": {func(tx *Tx, _ string) error { return tx.exec(`DELETE FROM users`) }, func(tx *Tx, round string, node int) (bool, error) {
			return tx.AddFirstAdministrator(person(fmt.Sprint("first", node, round)))
		}, 1, exactly("administrators", 1, `SELECT count(*) FROM users WHERE role = 'admin'`)},
		"one name": {func(*Tx, string) error { return nil }, func(tx *Tx, round string, node int) (bool, error) {
			u := person("name" + round)
			u.ID += fmt.Sprint(node)
			if err := tx.NamesTaken(u.Username, u.EmailKey, u.ID); err != nil {
				return false, err
			}
			return true, tx.AddUser(u)
		}, 1, nil},
		"a session that ends, and what it is used for": {func(tx *Tx, round string) error {
			return does(func() error { return someone(tx, "a0"+round, administrator) }, func() error { return someone(tx, "a1"+round, administrator) },
				func() error { return tx.AddSession(session("id-a1"+round, "s"+round)) })
		}, func(tx *Tx, round string, node int) (bool, error) {
			if node == 0 { // "This was not me", or an administrator
				if _, err := tx.Disable(false, of("a", round, 1)); err != nil {
					return false, err
				}
				if _, err := tx.StopBulkJobsOf(of("a", round, 1), start()); err != nil {
					return false, err
				}
				_, err := tx.EndSessions(of("a", round, 1), "")
				return true, err
			}
			holds, err := tx.SessionHolds("id-s"+round, user.RoleAdmin)
			if err != nil || !holds {
				return false, err
			}
			if _, err := tx.Enable(of("a", round, 1)); err != nil {
				return false, err
			}
			return true, tx.AddBulkJob(BulkJob{ID: "job" + round, Action: "disable", ActorID: of("a", round, 1), Began: start()})
		}, anyNumber, exactly("users who enabled themselves and jobs that outlive them", 0,
			`SELECT (SELECT count(*) FROM users WHERE id = $1 AND disabled = FALSE) + (SELECT count(*) FROM batches WHERE id = $2 AND state = 'running')`, "id-a1", "job")},
		"two who write the log": {func(*Tx, string) error { return nil }, func(tx *Tx, round string, node int) (bool, error) {
			return true, tx.Audit(note(fmt.Sprint(node, round)))
		}, 2, nil},
		"two who remove old events": {func(tx *Tx, round string) error {
			var err error
			for range 5 {
				e := note("anna")
				e.At = start()
				err = firstOf(err, tx.Audit(e))
			}
			return err
		}, func(tx *Tx, round string, node int) (bool, error) {
			_, _, err := tx.RemoveAudit(start().AddDate(1, 0, 0), start().AddDate(0, 6, 0), 2)
			return true, firstOf(err, tx.Audit(note("anna")))
		}, 2, nil},
		"a request approved and refused": {func(tx *Tx, round string) error {
			if err := someone(tx, "user"+round); err != nil {
				return err
			}
			_, err := tx.AddApproval(Approval{ID: "approval" + round, UserID: "id-user" + round, Kind: "reset-two-step", AskedID: "id-a", AskedName: "a", Made: start(), Ends: start().Add(time.Hour)})
			return err
		}, func(tx *Tx, round string, node int) (bool, error) {
			by := Approval{DecidedID: fmt.Sprint("id-b", node), DecidedName: "b", Decided: start().Add(time.Minute)}
			if node == 0 {
				return tx.Approve("approval"+round, by)
			}
			return tx.RefuseApproval("approval"+round, by)
		}, 1, nil},
	}
}
