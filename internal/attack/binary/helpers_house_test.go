package binary

import (
	"crypto/rand"
	"encoding/base32"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"latchkey/internal/mail/mailtest"
	"latchkey/internal/password"
)

// Who lives in a house: so many of each kind, imported before the server starts. An attack
// takes people of its own, so that attacks on one server do not disturb each other.
const (
	usersPerHouse    = 500
	adminsPerHouse   = 150
	newcomersOfHouse = 40 // who have a password and no authenticator
)

// everybody's password; each is its own secret all the same, by name and server.
const housePassword = "seven tall herons wading"

// houseHash is computed once for all houses.
var houseHash = sync.OnceValue(func() string { return password.MinCost().Hash(housePassword) })

// house is a kind of server, started when the first attack needs it and shared by all that
// name it.
type house struct {
	name  string
	base  string   // the public address; "" for what the server finds, http on localhost
	flags []string // of serve
	small bool     // a handful of people are enough
	empty bool     // nobody at all: it waits for its first administrator
	// mail is where its messages arrive.
	mail *mailtest.Server

	once    sync.Once
	err     error
	server  *Server
	started []string // the flags that it was started with
	folder  string
	main    *mainTB

	guard   sync.Mutex
	people  map[string][]*person // by kind, not taken yet
	secrets map[string]string    // what they are, by what must not be found
	next    atomic.Int64         // of addresses
}

// The houses.
var (
	// proxied stands behind a proxy on this machine that ends TLS, as most do. Every browser
	// has an address of its own.
	proxied = &house{name: "proxied", base: "https://login.example", flags: []string{"--url", "https://login.example", "--trusted-proxies", "127.0.0.1/32", "--log-level", "debug"}}
	// crowded is another one, for those who guess without end.
	crowded = &house{name: "crowded", base: proxied.base, flags: proxied.flags}
	// direct is reached by its clients themselves, over http on this machine.
	direct = &house{name: "direct", flags: []string{"--log-level", "debug"}}
	// unset and unsetDirect wait for their first administrators, behind a proxy and without one.
	unset       = &house{name: "unset", empty: true, base: proxied.base, flags: proxied.flags}
	unsetDirect = &house{name: "unset and direct", empty: true}
)

// open starts the server unless it runs.
func (h *house) open() error {
	h.once.Do(func() {
		h.err = h.start()
		housesGuard.Lock()
		defer housesGuard.Unlock()
		houses = append(houses, h)
	})
	return h.err
}

func (h *house) start() (err error) {
	if h.folder, err = os.MkdirTemp("", "latchkey-attack-"); err != nil {
		return err
	}
	h.main = &mainTB{}
	h.people, h.secrets = map[string][]*person{}, map[string]string{housePassword: "a password"}
	h.mail = mailtest.Start(h.main)
	h.started = append([]string{"--smtp", "smtp://" + h.mail.Address()}, h.flags...)
	if h.server, err = Start(h.folder, h.started...); err != nil {
		return err
	}
	if h.base == "" {
		_, port, _ := strings.Cut(h.server.Address, ":")
		h.base = "http://localhost:" + port
	}
	return h.populate()
}

var (
	housesGuard sync.Mutex
	houses      []*house
)

// populate imports the people of the house.
func (h *house) populate() error {
	if h.empty {
		return nil
	}
	kinds := []struct {
		name, role string
		phone      bool
		n          int
	}{{"user", "user", true, usersPerHouse}, {"admin", "admin", true, adminsPerHouse}, {"newcomer", "user", false, newcomersOfHouse}}
	var file strings.Builder
	file.WriteString("username,name,email,role,password_hash,otp_secret\n")
	for _, k := range kinds {
		if h.small {
			k.n = 12
		}
		for i := range k.n {
			p := &person{Name: fmt.Sprintf("%s-%03d", map[string]string{"user": "ursula", "admin": "adele", "newcomer": "nora"}[k.name], i), Password: housePassword}
			p.Email = p.Name + "@people.example"
			if k.phone {
				key := make([]byte, 20)
				rand.Read(key)
				p.Key = base32.StdEncoding.EncodeToString(key)
				h.secrets[p.Key] = "a key"
			}
			fmt.Fprintf(&file, "%s,%s,%s,%s,%s,%s\n", p.Name, "Person "+p.Name, p.Email, k.role, `"`+houseHash()+`"`, p.Key)
			h.people[k.name] = append(h.people[k.name], p)
		}
	}
	path := filepath.Join(h.folder, "people.csv")
	if err := os.WriteFile(path, []byte(file.String()), 0o600); err != nil {
		return err
	}
	_, err := h.server.Run("", "import", path)
	return errors.Join(err, os.Remove(path))
}

// address returns one that no browser of this house had: of a network, and a wider
// network, of its own.
func (h *house) address() string {
	n := h.next.Add(1)
	if h.server != nil && strings.HasPrefix(h.base, "https") {
		return fmt.Sprintf("10.%d.%d.7", n>>8, n&255)
	}
	return fmt.Sprintf("127.%d.%d.7", 1+n>>8, n&255)
}

// secret keeps a value that must not be found anywhere afterwards.
func (h *house) secret(what, value string) {
	h.guard.Lock()
	defer h.guard.Unlock()
	h.secrets[value] = what
}

// secretFields are the fields of forms whose values are secrets.
var secretFields = []string{"password", "new_password", "code", "recovery_code", "setup_code", "current_password"}

// note keeps the secrets of a request that is about to be sent.
func (h *house) note(r *request) {
	form, err := url.ParseQuery(r.Body)
	if err != nil {
		return
	}
	for _, name := range secretFields {
		for _, value := range form[name] {
			if name == "code" && len(value) == 6 || len(value) >= 12 && !strings.HasPrefix(value, "0000") {
				h.secret("a "+name, value)
			}
		}
	}
}

// saw keeps the secrets of an answer.
func (h *house) saw(a Answer) {
	for _, c := range cookiesOf(a) {
		if len(c.Value) >= 20 {
			h.secret("a cookie", c.Value)
		}
	}
}

// mainTB is what a helper of tests may hold on to for as long as the process lives.
type mainTB struct {
	testing.TB
	cleanups []func()
}

func (*mainTB) Helper()                   {}
func (m *mainTB) Cleanup(f func())        { m.cleanups = append(m.cleanups, f) }
func (*mainTB) Fatal(args ...any)         { panic(fmt.Sprint(args...)) }
func (*mainTB) Error(args ...any)         { panic(fmt.Sprint(args...)) }
func (*mainTB) Fatalf(f string, a ...any) { panic(fmt.Sprintf(f, a...)) }
func (*mainTB) Errorf(f string, a ...any) { panic(fmt.Sprintf(f, a...)) }
func (*mainTB) Logf(string, ...any)       {}

func (m *mainTB) end() {
	for i := len(m.cleanups) - 1; i >= 0; i-- {
		m.cleanups[i]()
	}
}

// restart kills the server, as a crash would, and starts it again on its folder. Its address
// is another one.
func (t *T) restart() {
	t.Helper()
	t.server.Kill()
	var err error
	t.house.server, err = Start(t.folder, t.started...)
	t.must(err)
}
