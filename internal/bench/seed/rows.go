package seed

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"latchkey/internal/audit"
	"latchkey/internal/secret"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

const (
	// seedSpan is how far back users and audit rows go: less than the log is kept, or the
	// server would take old events off while it is measured.
	seedSpan = 360 * 24 * time.Hour
	// seedPlain is how many users are there to sign in as: nothing is special of them.
	seedPlain = 1000
	// seedActive is how many users the audit log tells of.
	seedActive = 20_000
)

// seeder makes rows up. The same number gives much the same row each time; ids are random.
type seeder struct {
	ring     *secret.Ring
	instance string
	hash     string
	profile  string
	key      []byte
	now      time.Time
	ids      []string       // of those the audit log tells of
	binned   map[int32]bool // who is in the recycle bin, by number
}

// dice are for one row.
func dice(kind, i int) *rand.Rand { return rand.New(rand.NewPCG(uint64(kind), uint64(i))) }

func pick(d *rand.Rand, all []string) string { return all[d.IntN(len(all))] }

// Names that the search has something to find in. One in seventeen is a Lovelace,
// all others are about one in fifty.
var (
	firstNames = []string{
		"Ada", "Grace", "Linus", "Margaret", "Katherine", "Radia", "Alan", "Barbara", "Edsger", "Frances", "Donald", "Hedy", "Ken",
		"Mary", "Dorothy", "Annie", "Evelyn", "Jean", "Kathleen", "Betty", "Adele", "Shafi", "Tony", "Niklaus", "Bjarne", "Guido", "Yukihiro", "Zoë",
	}
	lastNames = []string{
		"Hopper", "Åkesson", "Hamilton", "Johnson", "Perlman", "Turing", "Liskov", "Dijkstra", "Allen", "Knuth", "Lamarr",
		"Thompson", "Ritchie", "Wilson", "Borg", "Conway", "Vaughan", "Jackson", "Easley", "Granville", "Bartik", "Antonelli",
		"Holberton", "Goldberg", "Goldwasser", "Hoare", "Wirth", "Stroustrup", "van Rossum", "Matsumoto", "Kernighan", "Pike",
		"Lamport", "Gray", "Codd", "Stonebraker", "Cerf", "Kahn", "Postel", "Estrin", "Shannon", "Noether", "Germain", "Kovalevskaya", "Núñez", "O'Neil",
	}
	places = []string{"london", "york", "lund", "zurich", "kyoto", "lagos", "lima", "quito", "porto", "turin", "bergen", "tartu", "gdansk", "perth", "austin", "boston"}
)

// user makes user number i up; -1 is the administrator.
func (s *seeder) user(i int) filledUser {
	d := dice(1, i)
	username := "bench-" + strconv.Itoa(i)
	id, authenticator := secret.ID(), secret.ID()
	last := pick(d, lastNames)
	if d.IntN(17) == 0 {
		last = "Lovelace"
	}
	made := s.now.Add(-time.Duration(d.Int64N(int64(seedSpan))))
	u := filledUser{profile: s.profile, NewUser: store.NewUser{
		ID: id, Username: username, Name: pick(d, firstNames) + " " + last + " " + id[:4],
		EmailConfirmed: true, Role: user.RoleUser, Hash: s.hash, CreatedAt: made, ChangedAt: made,
	}}
	if i < 0 {
		u.Username, u.Role = "bench-admin", user.RoleAdmin
	}
	u.Email = u.Username + "@" + pick(d, places) + ".example.org"
	u.EmailKey = u.Email
	u.authenticator = store.Authenticator{
		ID: authenticator, UserID: id, Label: "Benchmark", Sealed: s.ring.Seal(secret.PurposeTOTP, s.key, s.instance, id, authenticator), Created: made,
	}
	if i >= seedPlain {
		s.vary(&u, d)
	}
	if len(s.ids) < seedActive {
		s.ids = append(s.ids, id)
	}
	return u
}

// vary makes some users disabled, invited, deleted or unused, and lets most have
// signed in.
func (s *seeder) vary(u *filledUser, d *rand.Rand) {
	age := s.now.Sub(u.CreatedAt)
	switch n := d.IntN(100); {
	case n < 2:
		u.Disabled = true
	case n < 4: // invited
		u.Hash, u.profile, u.authenticator = "", "", store.Authenticator{}
		u.ChangedAt = time.Time{}
		return
	case n < 5:
		u.deleted = s.now.Add(-time.Duration(d.Int64N(int64(min(age, 20*24*time.Hour)) + 1)))
	}
	if d.IntN(10) > 0 {
		u.signIn = s.now.Add(-time.Duration(d.Int64N(int64(age) + 1)))
	}
}

var agents = []string{
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
	"Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0",
	"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15",
	"Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
}

// happenings are what the log tells of, the common ones more than once.
var happenings = []struct {
	share  int // of 1000
	event  audit.Event
	result audit.Result
}{
	{420, audit.LoginPassword, audit.ResultOK},
	{400, audit.LoginCode, audit.ResultOK},
	{70, audit.LoginPassword, audit.ResultFailed},
	{30, audit.LoginCode, audit.ResultFailed},
	{50, audit.Logout, audit.ResultOK},
	{8, audit.LoginBlocked, audit.ResultBlocked},
	{4, audit.LoginRecovery, audit.ResultOK},
	{6, audit.ProfileChanged, audit.ResultOK},
	{4, audit.PasswordChanged, audit.ResultOK},
	{3, audit.SessionEnded, audit.ResultOK},
	{3, audit.UserChanged, audit.ResultOK},
	{1, audit.UserDisabled, audit.ResultOK},
	{1, audit.UserEnabled, audit.ResultOK},
}

// entry makes audit row number i up.
func (s *seeder) entry(i int, at time.Time) audit.Entry {
	d := dice(2, i)
	n := d.IntN(len(s.ids))
	name := "bench-" + strconv.Itoa(n-1)
	if n == 0 {
		name = "bench-admin"
	}
	e := audit.Entry{
		At: at, ActorID: s.ids[n], ActorName: name, SubjectID: s.ids[n], SubjectName: name,
		IP: address(d), UserAgent: pick(d, agents), RequestID: "bench" + strconv.FormatInt(36*36*36*36+int64(i), 36),
	}
	share := d.IntN(1000)
	for _, h := range happenings {
		if share -= h.share; share < 0 {
			e.Event, e.Result = h.event, h.result
			break
		}
	}
	s.detail(&e, d)
	return e
}

// detail lets administrators do what administrators do, and says what was changed.
func (s *seeder) detail(e *audit.Entry, d *rand.Rand) {
	switch e.Event {
	case audit.UserChanged, audit.UserDisabled, audit.UserEnabled:
		e.ActorID, e.ActorName = s.ids[0], "bench-admin"
	}
	switch e.Event {
	case audit.ProfileChanged, audit.UserChanged:
		e.Details = []audit.Detail{{Name: "name", Before: pick(d, firstNames) + " " + pick(d, lastNames), After: pick(d, firstNames) + " Lovelace"}}
	}
}

// address is one of those kept for documentation (RFC 5737, RFC 3849).
func address(d *rand.Rand) string {
	if d.IntN(3) > 0 {
		return fmt.Sprintf("%s.%d", pick(d, []string{"192.0.2", "198.51.100", "203.0.113"}), d.IntN(256))
	}
	return fmt.Sprintf("2001:db8:%x:%x::%x", d.IntN(64), d.IntN(256), d.IntN(4)+1)
}
