package binary

import (
	"bufio"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// exhaustion is attacks that take hashing, memory, rows or uploads, or turn a limit against
// the one whom it protects.
var exhaustion = family{"exhaustion", []attack{
	{id: "EX-01/m", requirement: "Somebody who floods the sign-in with made-up names fills neither the audit log nor the log.", try: floodedLogs},
	{id: "PW-10/a", requirement: "While passwords are guessed faster than they can be checked, pages are served, and somebody else signs in.", try: floodedHashing},
	{id: "EX-02/a", requirement: "Memory stays within what the hashes at work need and a fixed rest, whoever sends how much.", try: boundedMemory},
	{id: "EX-03/a", requirement: "A file of an administrator that is too big, or no table, is refused and leaves nothing.", try: bigUploads},
	{id: "EX-03/b", requirement: "Somebody who is no administrator uploads nothing: the file is not even read.", try: uploadOfStranger},
	{id: "EX-04/a", requirement: "Somebody who knows the password and begins sign-ins without end does not crowd out the owner.", try: crowdedOwner},
	{id: "EX-04/b", requirement: "A neighbour of a network that guesses without end signs in with the right password.", try: guessingNeighbour},
}}

func TestExhaustion(t *testing.T) { run(t, &exhaustion) }

func floodedLogs(t *T) string {
	alone := t.own(proxied, false, "--log-level", "info")
	before, log := alone.rows(), len(alone.logged())
	from := alone.address()
	for i := range 400 {
		alone.browser().from(from).post("/login", "username", fmt.Sprintf("nobody-%04d", i), "password", "")
		alone.browser().from(from).get(fmt.Sprintf("/nowhere/%d", i))
	}
	var all []*request
	for i := range 60 {
		all = append(all, alone.browser().from(from).request(http.MethodPost, "/login", "username", fmt.Sprintf("nobody-%04d", i), "password", "wrong herons wading"))
	}
	alone.burst(all...)
	if rows := alone.rows() - before; rows > 120 {
		t.Errorf("%d rows", rows)
	}
	if grown := len(alone.logged()) - log; grown > 120<<10 {
		t.Errorf("the log has grown by %d bytes", grown)
	}
	return "860 requests of one address left no more than 120 rows in all tables and 120 KiB in the log."
}

func floodedHashing(t *T) string {
	alone := t.own(proxied, false)
	victim := alone.user()
	stop := alone.flood(20)
	health := 0
	for range 20 {
		if alone.browser().get("/healthz").Status == http.StatusOK {
			health++
		}
	}
	in := alone.signedIn(victim).in(victim)
	stop()
	if health != 20 || !in {
		t.Errorf("%d of 20 pages were served; the sign-in: %v", health, in)
	}
	return "While 20 networks guessed, 20 of 20 pages were served and somebody signed in."
}

func boundedMemory(t *T) string {
	alone := t.own(direct, true)
	alone.served("nothing")
	before := alone.memory()
	for i := range 5 {
		alone.open(fmt.Sprintf("127.%d.0.1", 210+i), 200, "POST /login HTTP/1.1\r\nHost: "+alone.host()+"\r\nOrigin: "+alone.base+"\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 60000\r\n\r\n"+strings.Repeat("x", 59_000))
	}
	alone.served("a thousand forms")
	if grown := alone.memory() - before; grown > 160<<10*memoryFactor {
		t.Errorf("it has grown by %d KiB", grown)
	}
	return "A thousand forms of 60 KB under way from 5 networks took less than 160 MiB."
}

func bigUploads(t *T) string {
	alone := t.own(proxied, false)
	boss := alone.signedIn(alone.admin())
	upload := func(content string) *browser {
		c := boss.copy()
		c.send(c.request(http.MethodPost, "/admin/users/import").body("multipart/form-data; boundary=BOUND",
			"--BOUND\r\nContent-Disposition: form-data; name=\"file\"; filename=\"people.csv\"\r\nContent-Type: text/csv\r\n\r\n"+content+"\r\n--BOUND--\r\n"))
		return c
	}
	upload("username,email\numa,uma@people.example\n").want(http.StatusSeeOther, "") // a good one goes on
	before := alone.stored()
	for what, content := range map[string]string{"17 MiB": strings.Repeat("x,y\n", 17<<18), "no table": strings.Repeat("\x00\x01\x02", 1000), "120,000 rows": "username\n" + strings.Repeat("a\n", 120_000), "nothing": ""} {
		if c := upload(content); c.Status/100 != 4 {
			alone.Errorf("%s is answered %d to %q", what, c.Status, c.To())
		}
	}
	if after := alone.stored(); after != before {
		alone.Errorf("%d rows before and %d after", before, after)
	}
	return "17 MiB, bytes that are no table, 120,000 rows and nothing at all were refused and left no row; a good file was taken."
}

func uploadOfStranger(t *T) string {
	for who, b := range map[string]*browser{"nobody": t.browser(), "a user": t.signedIn(t.user())} {
		conn, err := t.server.Dial("")
		t.must(err)
		conn.SetDeadline(time.Now().Add(patience))
		r := b.request(http.MethodPost, "/admin/users/import").body("multipart/form-data; boundary=BOUND", "").set("Content-Length", "16000000")
		_, err = conn.Write(r.bytes()) // and nothing of the file
		t.must(err)
		answer, err := ReadAnswer(bufio.NewReader(conn), http.MethodPost)
		conn.Close()
		if err != nil || answer.Status == http.StatusOK || answer.Status >= 500 {
			t.Errorf("%s is answered %d, %v", who, answer.Status, err)
		}
	}
	return "Nobody, and a user, were refused before a byte of the file was sent."
}

func crowdedOwner(t *T) string {
	victim := t.user()
	own := t.half(victim)
	thief := t.browser()
	for range 12 {
		thief.copy().password(victim)
	}
	own.post("/login/code", "code", t.code(victim))
	if own.session() == "" {
		t.Errorf("answered %d to %q", own.Status, own.To())
	}
	return "After 12 sign-ins that a stranger began with the password, the owner's older one ended well."
}

func guessingNeighbour(t *T) string {
	alone := t.own(proxied, false)
	victim := alone.user()
	var all []*request
	for i := range 60 {
		all = append(all, alone.browser().from(fmt.Sprintf("198.51.100.%d", i%4)).request(http.MethodPost, "/login", "username", fmt.Sprintf("nobody-%02d", i), "password", "wrong herons wading"))
	}
	alone.burst(all...)
	b := alone.browser().from("198.51.100.200")
	if b.signIn(victim); !b.in(victim) {
		t.Error("the neighbour is kept out")
	}
	return "After 60 guesses from 4 addresses of a /24, the next address of it signed in."
}

// flood sends passwords from as many networks as fast as it can until it is told to stop.
func (t *T) flood(networks int) (stop func()) {
	done, all := make(chan struct{}), make(chan struct{}, networks)
	for i := range networks {
		request := t.browser().request(http.MethodPost, "/login", "username", fmt.Sprintf("flooded-%02d", i), "password", "wrong herons wading").bytes()
		go func() {
			defer func() { all <- struct{}{} }()
			for n := 0; n < 8; n++ {
				select {
				case <-done:
					return
				default:
					t.server.Ask("", request)
				}
			}
		}()
	}
	return func() {
		close(done)
		for range networks {
			<-all
		}
	}
}
