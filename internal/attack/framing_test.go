package attack

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/internal/apptest"
)

// second is the request that a smuggler hides behind another one. Nothing else asks for
// that page.
const second = "GET /smuggled HTTP/1.1\r\nHost: HOST\r\n\r\n"

// framings are requests of which the server and a proxy in front of it may disagree where
// they end, with the answers they may get, and whether the connection ends then.
var framings = []struct {
	name, head, body string
	want             []int
	closes           bool
}{
	{"nothing wrong", "POST /login HTTP/1.1\r\nContent-Length: 3\r\n", "a=b", []int{400}, false},
	{"length and chunks", "POST /login HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n", "3\r\na=b\r\n0\r\n\r\n", []int{400}, true},
	{"chunks and length", "POST /login HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 13\r\n", "3\r\na=b\r\n0\r\n\r\n", []int{400}, true},
	{"length and chunks in capitals", "POST /login HTTP/1.1\r\nCONTENT-LENGTH: 6\r\nTRANSFER-ENCODING: CHUNKED\r\n", "0\r\n\r\n", []int{422}, true},
	{"length and chunks of a GET", "GET /login HTTP/1.1\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n", []int{200}, true},
	{"length and chunks without a page", "POST /nowhere HTTP/1.1\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n", []int{404}, true},
	{"length and chunks from elsewhere", "POST /login HTTP/1.1\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\nSec-Fetch-Site: cross-site\r\n", "0\r\n\r\n", []int{403}, true},
	{"chunks alone", "POST /login HTTP/1.1\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n", []int{422}, true},
	{"a length of a GET", "GET /login HTTP/1.1\r\nContent-Length: 3\r\n", "a=b", []int{200}, true},
	{"chunks of HTTP/1.0", "POST /login HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n", "a=b", []int{400}, true},
	{"chunks of HTTP/1.0 without a length", "POST /login HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n", "", []int{422}, true},
	{"chunks of a GET of HTTP/1.0", "GET /login HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n", "", []int{200}, true},
	{"HTTP/1.0 kept alive", "GET /login HTTP/1.0\r\nConnection: keep-alive\r\n", "", []int{200}, true},
	{"two lengths", "POST /login HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n", "a=b", []int{400}, true},
	{"two equal lengths", "POST /login HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 3\r\n", "a=b", []int{400}, false},
	{"a list of lengths", "POST /login HTTP/1.1\r\nContent-Length: 3, 3\r\n", "a=b", []int{400}, true},
	{"a length with a sign", "POST /login HTTP/1.1\r\nContent-Length: +3\r\n", "a=b", []int{400}, true},
	{"a negative length", "POST /login HTTP/1.1\r\nContent-Length: -3\r\n", "a=b", []int{400}, true},
	{"a length in hex", "POST /login HTTP/1.1\r\nContent-Length: 0x3\r\n", "a=b", []int{400}, true},
	{"a length with a dash below", "POST /login HTTP/1.1\r\nContent-Length: 1_0\r\n", "a=b", []int{400}, true},
	{"a huge length", "POST /login HTTP/1.1\r\nContent-Length: 18446744073709551619\r\n", "a=b", []int{400}, true},
	{"chunked, identity", "POST /login HTTP/1.1\r\nTransfer-Encoding: chunked, identity\r\n", "0\r\n\r\n", []int{400, 501}, true},
	{"identity, chunked", "POST /login HTTP/1.1\r\nTransfer-Encoding: identity, chunked\r\n", "0\r\n\r\n", []int{400, 501}, true},
	{"identity", "POST /login HTTP/1.1\r\nTransfer-Encoding: identity\r\nContent-Length: 3\r\n", "a=b", []int{400, 501}, true},
	{"chunked twice", "POST /login HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n", []int{400, 501}, true},
	{"chunked and an empty one", "POST /login HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding:\r\n", "0\r\n\r\n", []int{400, 501}, true},
	{"xchunked", "POST /login HTTP/1.1\r\nTransfer-Encoding: xchunked\r\nContent-Length: 3\r\n", "a=b", []int{400, 501}, true},
	{"chunked behind a tab", "POST /login HTTP/1.1\r\nTransfer-Encoding:\tchunked\r\nContent-Length: 3\r\n", "0\r\n\r\n", []int{422}, true},
	{"chunked behind a vertical tab", "POST /login HTTP/1.1\r\nTransfer-Encoding: \x0bchunked\r\nContent-Length: 3\r\n", "0\r\n\r\n", []int{400, 501}, true},
	{"chunked with a bare CR", "POST /login HTTP/1.1\r\nTransfer-Encoding: chunked\rX: y\r\nContent-Length: 3\r\n", "0\r\n\r\n", []int{400, 501}, true},
	{"chunked folded", "POST /login HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n", []int{400, 422}, true},
	{"chunked folded into another", "POST /login HTTP/1.1\r\nContent-Length: 3\r\nX: y\r\n Transfer-Encoding: chunked\r\n", "a=b", []int{400}, false},
	{"a folded first line", "POST /login HTTP/1.1\r\n Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", "a=b", []int{400}, true},
	{"a space before the colon", "POST /login HTTP/1.1\r\nTransfer-Encoding : chunked\r\nContent-Length: 3\r\n", "0\r\n\r\n", []int{400}, true},
	{"a bare CR in a header", "POST /login HTTP/1.1\r\nX: a\rContent-Length: 3\r\n", "", []int{400}, true},
	{"a NUL in a name", "POST /login HTTP/1.1\r\nX\x00: a\r\nContent-Length: 3\r\n", "a=b", []int{400}, true},
	{"an extension of a chunk", "POST /login HTTP/1.1\r\nTransfer-Encoding: chunked\r\n", "3;x=\"\r\na=b\r\n0\r\n\r\n", []int{400}, true},
	{"a long extension of a chunk", "POST /login HTTP/1.1\r\nTransfer-Encoding: chunked\r\n", "3;" + strings.Repeat("x", 5000) + "\r\na=b\r\n0\r\n\r\n", []int{400}, true},
	{"a bare LF behind a chunk's size", "POST /login HTTP/1.1\r\nTransfer-Encoding: chunked\r\n", "3\na=b\r\n0\r\n\r\n", []int{400}, true},
	{"a bare CR behind a chunk's size", "POST /login HTTP/1.1\r\nTransfer-Encoding: chunked\r\n", "3\ra=b\r\n0\r\n\r\n", []int{400}, true},
	{"a bare LF in an extension", "POST /login HTTP/1.1\r\nTransfer-Encoding: chunked\r\n", "3;\na=b\r\n0\r\n\r\n", []int{400}, true},
	{"a chunk's size with a sign", "POST /login HTTP/1.1\r\nTransfer-Encoding: chunked\r\n", "+3\r\na=b\r\n0\r\n\r\n", []int{400}, true},
	{"a chunk's size in 0x", "POST /login HTTP/1.1\r\nTransfer-Encoding: chunked\r\n", "0x3\r\na=b\r\n0\r\n\r\n", []int{400}, true},
	{"a huge chunk", "POST /login HTTP/1.1\r\nTransfer-Encoding: chunked\r\n", "10000000000000003\r\na=b\r\n0\r\n\r\n", []int{400}, true},
	{"a length among the trailers", "POST /login HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTrailer: Content-Length\r\n", "3\r\na=b\r\n0\r\nContent-Length: 99\r\n\r\n", []int{400}, true},
	{"HTTP/1.2", "POST /login HTTP/1.2\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n", []int{400, 422, 505}, true},
	{"HTTP/2.0", "POST /login HTTP/2.0\r\nContent-Length: 3\r\n", "a=b", []int{400, 505}, true},
}

// TestEX01_NothingIsSmuggled sends each of them with a second request behind it, and counts
// the answers: where others could take a part of the first for another request, or the
// other way round, there is one answer and the connection ends (RFC 9112, 6.1).
func TestEX01_NothingIsSmuggled(t *testing.T) {
	t.Parallel()
	a := apptest.Start(t, apptest.Options{})
	host := strings.TrimPrefix(a.URL, "http://")
	for _, f := range framings {
		conn, err := net.Dial("tcp", host)
		if err != nil {
			t.Fatal(err)
		}
		conn.SetDeadline(time.Now().Add(20 * time.Second))
		first, rest, _ := strings.Cut(f.head, "\r\n")
		common := "Host: HOST\r\nOrigin: http://HOST\r\nContent-Type: application/x-www-form-urlencoded\r\n"
		if strings.HasPrefix(rest, " ") {
			common, rest = "", rest+common
		}
		last := strings.Replace(second, "\r\n\r\n", "\r\nConnection: close\r\n\r\n", 1)
		fmt.Fprint(conn, strings.ReplaceAll(first+"\r\n"+common+rest+"\r\n"+f.body+last, "HOST", host))
		got, closed := answersOn(conn)
		conn.Close()
		if len(got) == 0 || !slices.Contains(f.want, got[0]) || closed != f.closes || f.closes != (len(got) == 1) || !f.closes && got[1] != http.StatusNotFound {
			t.Errorf("%s: answered %d, the first closes: %v", f.name, got, closed)
		}
	}
	if n := strings.Count(a.Log.String(), "/smuggled"); n != 3 {
		t.Errorf("%d of the second requests were read, want those of the 3 that are allowed", n)
	}
}

// answersOn reads all answers, and whether the first says that the connection ends.
func answersOn(conn net.Conn) (all []int, closed bool) {
	reader := bufio.NewReader(conn)
	for {
		answer, err := http.ReadResponse(reader, nil)
		if err != nil {
			return all, closed
		}
		io.Copy(io.Discard, answer.Body)
		if all = append(all, answer.StatusCode); len(all) == 1 {
			closed = answer.Close
		}
	}
}
