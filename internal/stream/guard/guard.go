// Package guard dials the other side of an event stream and refuses every address that is not on
// the open internet, so that nobody who may add a stream can reach what stands beside the
// server: a database, a cloud's metadata service, a router (ST-02).
//
// The address is checked when it is dialled, after its name was looked up. A name that leads
// elsewhere the second time, a redirect and an odd spelling of an address all end there.
package guard

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"syscall"
	"time"
)

// ErrPrivate is the cause of a refusal.
var ErrPrivate = errors.New("private networks are not reached unless --stream-networks names them")

// dialFor is how long a connection may take to come about, in seconds of waiting for the other
// side: 5.
const dialFor = 5 * time.Second

// special are the networks of the registries of special addresses that are not the open
// internet: https://www.iana.org/assignments/iana-ipv4-special-registry and the same for
// IPv6, with the multicast ranges, the former site-local addresses (RFC 3879), and IPv4
// addresses inside IPv6 ones (6to4, Teredo, NAT64), which lead to wherever those lead.
var special = parse(`
	0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24
	192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.168.0.0/16 192.175.48.0/24 198.18.0.0/15 198.51.100.0/24
	203.0.113.0/24 224.0.0.0/4 240.0.0.0/4
	::/96 ::ffff:0:0:0/96 64:ff9b::/96 64:ff9b:1::/48 100::/64 100:0:0:1::/64 2001::/23 2001:db8::/32
	2002::/16 2620:4f:8000::/48 3fff::/20 5f00::/16 fc00::/7 fe80::/10 fec0::/10 ff00::/8`)

func parse(text string) (all []netip.Prefix) {
	for _, p := range strings.Fields(text) {
		all = append(all, netip.MustParsePrefix(p))
	}
	return all
}

// Open reports whether an address is on the open internet. An IPv4 address written as an IPv6
// one is the IPv4 address.
func Open(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	if !a.IsValid() {
		return false
	}
	for _, p := range special {
		if p.Contains(a) {
			return false
		}
	}
	return true
}

// Dialer dials addresses of the open internet and of the networks that it is allowed. The
// zero value allows none besides. It is safe for concurrent use.
type Dialer struct {
	// Allowed are networks that may be reached although they are private.
	Allowed []netip.Prefix
	// Resolver looks names up; nil for the system's.
	Resolver *net.Resolver
}

// DialContext dials a TCP address, HOST:PORT. The error is an ErrPrivate if none of the
// addresses of the host may be reached.
func (d Dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	dialer := net.Dialer{Timeout: dialFor, KeepAlive: 30 * time.Second, Resolver: d.Resolver, ControlContext: d.check}
	return dialer.DialContext(ctx, network, address)
}

// check is called with each address before it is connected to.
func (d Dialer) check(_ context.Context, network, address string, _ syscall.RawConn) error {
	a, err := netip.ParseAddrPort(address)
	if err != nil || !strings.HasPrefix(network, "tcp") {
		return fmt.Errorf("%s %s: %w", network, address, ErrPrivate)
	}
	return d.Check(a.Addr())
}

// Check is an ErrPrivate for an address that may not be reached.
func (d Dialer) Check(a netip.Addr) error {
	for _, p := range d.Allowed {
		if p.Contains(a.Unmap().WithZone("")) {
			return nil
		}
	}
	if !Open(a) {
		return fmt.Errorf("%s: %w", a.Unmap(), ErrPrivate)
	}
	return nil
}
