package binary

import (
	"bufio"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// smuggling is attacks with requests of which the server and a proxy in front of it may
// disagree where they end. Behind each a second one is hidden, for a page that nothing
// else asks for; what might be read in two ways is refused or ends the connection, so that
// the second is never answered.
var smuggling = family{"request smuggling", []attack{
	{id: "EX-01/a", requirement: "A request with a length and with chunks hides no other one.", try: smuggles(
		shape{"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "3\r\na=b\r\n0\r\n\r\n"}, shape{"Transfer-Encoding: chunked\r\nContent-Length: 13\r\n", "3\r\na=b\r\n0\r\n\r\n"},
		shape{"CONTENT-LENGTH: 6\r\nTRANSFER-ENCODING: CHUNKED\r\n", "0\r\n\r\n"}, shape{"Content-Length: 0\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"})},
	{id: "EX-01/b", requirement: "A request with two lengths, or one that is no number, hides no other one.", try: smuggles(
		shape{"Content-Length: 3\r\nContent-Length: 4\r\n", "a=b"}, shape{"Content-Length: 3, 4\r\n", "a=b"}, shape{"Content-Length: +3\r\n", "a=b"}, shape{"Content-Length: -3\r\n", "a=b"},
		shape{"Content-Length: 0x3\r\n", "a=b"}, shape{"Content-Length: 1_0\r\n", "a=b"}, shape{"Content-Length: 18446744073709551619\r\n", "a=b"}, shape{"Content-Length: 3.0\r\n", "a=b"})},
	{id: "EX-01/c", requirement: "An unusual way to say that a body comes in chunks hides no other request.", try: smuggles(
		shape{"Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n"}, shape{"Transfer-Encoding: identity, chunked\r\n", "0\r\n\r\n"}, shape{"Transfer-Encoding: xchunked\r\nContent-Length: 3\r\n", "a=b"},
		shape{"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"}, shape{"Transfer-Encoding: \x0bchunked\r\nContent-Length: 3\r\n", "a=b"}, shape{"Transfer-Encoding: identity\r\nContent-Length: 3\r\n", "a=b"},
		shape{"Transfer-Encoding: \"chunked\"\r\nContent-Length: 3\r\n", "a=b"})},
	{id: "EX-01/d", requirement: "A chunk with a strange size or extension hides no other request.", try: smuggles(
		shape{"Transfer-Encoding: chunked\r\n", "+3\r\na=b\r\n0\r\n\r\n"}, shape{"Transfer-Encoding: chunked\r\n", "0x3\r\na=b\r\n0\r\n\r\n"}, shape{"Transfer-Encoding: chunked\r\n", "3;x=\"\r\na=b\r\n0\r\n\r\n"},
		shape{"Transfer-Encoding: chunked\r\n", "3\na=b\r\n0\r\n\r\n"}, shape{"Transfer-Encoding: chunked\r\n", "3;\na=b\r\n0\r\n\r\n"}, shape{"Transfer-Encoding: chunked\r\n", "10000000000000003\r\na=b\r\n0\r\n\r\n"},
		shape{"Transfer-Encoding: chunked\r\nTrailer: Content-Length\r\n", "3\r\na=b\r\n0\r\nContent-Length: 99\r\n\r\n"})},
	{id: "EX-01/e", requirement: "A head line that is folded, or has a space before its colon, hides no other request.", try: smuggles(
		shape{"Content-Length: 3\r\nTransfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n"}, shape{"Transfer-Encoding : chunked\r\nContent-Length: 3\r\n", "0\r\n\r\n"}, shape{"Content-Length : 3\r\n", "a=b"}, shape{"Content-Length\t: 3\r\n", "a=b"})},
	{id: "EX-01/f", requirement: "A bare line feed or carriage return in a head hides no other request.", try: smuggles(
		shape{"X: a\rContent-Length: 3\r\n", "a=b"}, shape{"Transfer-Encoding: chunked\rX: y\r\nContent-Length: 3\r\n", "a=b"}, shape{"X\x00: a\r\nContent-Length: 3\r\n", "a=b"}, shape{"\x01: a\r\nContent-Length: 3\r\n", "a=b"})},
	{id: "EX-01/g", requirement: "A request of an older or newer version of the protocol hides no other one.", try: smugglesVersions},
	{id: "AV-01/f", requirement: "Nobody gets another protocol out of a request: no tunnel, no upgrade, no foreign address.", try: otherProtocols},
}}

func TestSmuggling(t *testing.T) { run(t, &smuggling) }

// shape is what is strange about a request: lines of its head, and its body.
type shape struct{ head, body string }

// smuggled is the path that only hidden requests ask for.
const smuggled = "/smuggled"

// hides sends a request with another one behind it and fails the attack if the hidden one is
// answered.
func (t *T) hides(first, shapeHead, body string) {
	t.Helper()
	conn, err := t.server.Dial("")
	t.must(err)
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(patience))
	common := "Host: " + t.host() + "\r\nOrigin: " + t.base + "\r\nX-Forwarded-For: " + t.address() + "\r\nX-Forwarded-Proto: https\r\nContent-Type: application/x-www-form-urlencoded\r\n"
	fmt.Fprint(conn, first+"\r\n"+common+shapeHead+"\r\n"+body+"GET "+smuggled+" HTTP/1.1\r\nHost: "+t.host()+"\r\nConnection: close\r\n\r\n")
	reader, all := bufio.NewReader(conn), []int{}
	for {
		answer, err := ReadAnswer(reader, "POST")
		if err != nil {
			break
		}
		all = append(all, answer.Status)
	}
	if len(all) != 1 || !slices.Contains([]int{400, 422, 501, 505}, all[0]) {
		t.Errorf("%q is answered %d", shapeHead+body, all)
	}
}

// smuggles tries these shapes.
func smuggles(shapes ...shape) func(t *T) string {
	return func(t *T) string {
		for _, s := range shapes {
			t.hides("POST /login HTTP/1.1", s.head, s.body)
		}
		return fmt.Sprintf("%d shapes got one answer each, and the request behind none.", len(shapes))
	}
}

func smugglesVersions(t *T) string {
	versions := []string{"POST /login HTTP/1.0", "POST /login HTTP/1.2", "POST /login HTTP/2.0", "POST /login HTTP/0.9", "POST /login HTTP/9.9", "POST /login"}
	for _, v := range versions {
		t.hides(v, "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")
	}
	return fmt.Sprintf("%d versions got one answer each, and the request behind none.", len(versions))
}

func otherProtocols(t *T) string {
	requests := []string{
		"CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n", "GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\n", "GET / HTTP/1.1\r\nHost: HOST\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n",
		"GET / HTTP/1.1\r\nHost: HOST\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\nConnection: Upgrade, HTTP2-Settings\r\n", "PRI * HTTP/2.0\r\n", "OPTIONS * HTTP/1.1\r\nHost: HOST\r\n", "GET\r\n",
	}
	for _, r := range requests {
		answer, err := t.server.Ask("", []byte(strings.ReplaceAll(r, "HOST", t.host())+"X-Forwarded-Proto: https\r\n\r\n"))
		if err == nil && (answer.Status == 101 || answer.Status == 200 || strings.Contains(answer.To(), "evil")) {
			t.Errorf("%q is answered %d to %q", r, answer.Status, answer.To())
		}
	}
	return fmt.Sprintf("%d requests for a tunnel, another protocol or a foreign address got neither.", len(requests))
}
