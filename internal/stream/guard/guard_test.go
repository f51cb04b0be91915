package guard

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
)

// closed are the first and the last address of every range that is not the open internet,
// in the order of the IANA registries of special-purpose addresses.
const closed = `
0.0.0.0 0.255.255.255
10.0.0.0 10.255.255.255
100.64.0.0 100.127.255.255
127.0.0.0 127.255.255.255
169.254.0.0 169.254.169.254 169.254.255.255
172.16.0.0 172.31.255.255
192.0.0.0 192.0.0.8 192.0.0.9 192.0.0.10 192.0.0.170 192.0.0.171 192.0.0.255
192.0.2.0 192.0.2.255
192.31.196.0 192.31.196.255
192.52.193.0 192.52.193.255
192.88.99.0 192.88.99.255
192.168.0.0 192.168.255.255
192.175.48.0 192.175.48.255
198.18.0.0 198.19.255.255
198.51.100.0 198.51.100.255
203.0.113.0 203.0.113.255
224.0.0.0 239.255.255.255
240.0.0.0 255.255.255.255
:: ::1 ::127.0.0.1 ::255.255.255.255
::ffff:0:127.0.0.1 ::ffff:0:10.0.0.1
64:ff9b::a00:1 64:ff9b::a9fe:a9fe 64:ff9b::ffff:ffff
64:ff9b:1:: 64:ff9b:1:ffff:ffff:ffff:ffff:ffff
100:: 100::ffff:ffff:ffff:ffff 100:0:0:1:: 100:0:0:1:ffff:ffff:ffff:ffff
2001:: 2001:0:7f00:1:: 2001:1::1 2001:2:: 2001:3:: 2001:4:112:: 2001:10:: 2001:20:: 2001:30:: 2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff
2001:db8:: 2001:db8:ffff:ffff:ffff:ffff:ffff:ffff
2002:: 2002:7f00:1:: 2002:a9fe:a9fe:: 2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff
2620:4f:8000:: 2620:4f:8000:ffff:ffff:ffff:ffff:ffff
3fff:: 3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff
5f00:: 5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff
fc00:: fd00::1 fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff
fe80:: fe80::1%eth0 febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff
fec0:: feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff
ff00:: ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff
`

// open are neighbours of those ranges and well-known servers.
const opened = `1.0.0.0 1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0
169.253.255.255 169.255.0.0 172.15.255.255 172.32.0.0 191.255.255.255 192.0.1.0 192.0.3.0 192.31.195.255 192.167.255.255 192.169.0.0
198.17.255.255 198.20.0.0 198.51.99.255 198.51.101.0 203.0.112.255 203.0.114.0 223.255.255.255
64:ff9a::1 2000::1 2001:200::1 2001:4860:4860::8888 2001:db9::1 2003::1 2606:4700::1111 2620:4f:8001::1 3ffe::1 4000::1 5eff::1 5f01::1 fbff::1`

func TestST02_EverySpecialRangeIsClosed(t *testing.T) {
	t.Parallel()
	for text := range strings.FieldsSeq(closed) {
		a := netip.MustParseAddr(text)
		if Open(a) {
			t.Errorf("%s is open", a)
		}
		if a.Is4() && Open(netip.AddrFrom16(a.As16())) {
			t.Errorf("::ffff:%s is open", a)
		}
		if err := (Dialer{}).check(t.Context(), "tcp", netip.AddrPortFrom(a, 443).String(), nil); !errors.Is(err, ErrPrivate) {
			t.Errorf("dialling %s: %v", a, err)
		}
		if err := (Dialer{Allowed: []netip.Prefix{netip.PrefixFrom(a.WithZone(""), a.BitLen())}}).Check(a); err != nil {
			t.Errorf("%s is allowed: %v", a, err)
		}
	}
	for text := range strings.FieldsSeq(opened) {
		if !Open(netip.MustParseAddr(text)) {
			t.Errorf("%s is closed", text)
		}
	}
	if Open(netip.Addr{}) {
		t.Error("no address is open")
	}
}

func TestST02_ANetworkThatIsAllowedOpensNoOther(t *testing.T) {
	t.Parallel()
	d := Dialer{Allowed: []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("fd00:1::/32")}}
	for text, ok := range map[string]bool{
		"10.1.2.3": true, "::ffff:10.1.2.3": true, "fd00:1::5": true, "fd00:1::5%eth0": true, "10.2.0.1": false, "127.0.0.1": false, "fd00:2::1": false, "169.254.169.254": false, "8.8.8.8": true,
	} {
		if err := d.Check(netip.MustParseAddr(text)); (err == nil) != ok {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// TestST02_NoSpellingOfLoopback dials a server that is there, in spellings that lead to it.
func TestST02_NoSpellingOfLoopback(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	for _, host := range []string{"127.0.0.1", "localhost", "0.0.0.0", "[::ffff:127.0.0.1]", "[::]", "[::1]", "0", "127.1", "2130706433", "0x7f.1", "0177.0.0.1", "017700000001"} {
		c, err := (Dialer{}).DialContext(t.Context(), "tcp", host+":"+port)
		if err == nil {
			c.Close()
			t.Errorf("%s was dialled", host)
		}
	}
	c, err := (Dialer{Allowed: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}).DialContext(t.Context(), "tcp", "127.0.0.1:"+port)
	if err != nil {
		t.Fatalf("allowed: %v", err)
	}
	c.Close()
}

// TestST02_ANameThatChangesItsMind is looked up as an open address first and as loopback then.
func TestST02_ANameThatChangesItsMind(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	names := nameServer(t, "198.51.100.1", "127.0.0.1")
	d := Dialer{Resolver: &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", names)
	}}}
	for range 3 {
		c, err := d.DialContext(t.Context(), "tcp", "rebind.example.:"+port)
		if err == nil {
			c.Close()
			t.Fatal("the second look-up led to loopback")
		}
		if !errors.Is(err, ErrPrivate) {
			t.Errorf("error %v", err)
		}
	}
}

// nameServer answers each question for an IPv4 address with the next of these, over and over.
func nameServer(t *testing.T, addresses ...string) string {
	t.Helper()
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	go func() {
		question, n := make([]byte, 512), 0
		for {
			size, from, err := c.ReadFrom(question)
			if err != nil {
				return
			}
			reply, v4 := answer(question[:size], addresses[n%len(addresses)])
			if v4 {
				n++
			}
			c.WriteTo(reply, from)
		}
	}()
	return c.LocalAddr().String()
}

// answer makes a reply (RFC 1035, section 4.1) to a question with one name.
func answer(question []byte, address string) (reply []byte, v4 bool) {
	end := 12
	for question[end] != 0 {
		end += int(question[end]) + 1
	}
	end += 5
	v4 = question[end-3] == 1 // type A
	reply = append(append(reply, question[:2]...), 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0)
	reply = append(reply, question[12:end]...)
	if v4 {
		reply[7] = 1
		a := netip.MustParseAddr(address).As4()
		reply = append(append(reply, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4), a[:]...)
	}
	return reply, v4
}

func ExampleOpen() {
	fmt.Println(Open(netip.MustParseAddr("8.8.8.8")), Open(netip.MustParseAddr("169.254.169.254")))
	// Output: true false
}
