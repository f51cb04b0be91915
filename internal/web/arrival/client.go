package arrival

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// socketPeer is the address, for limits and the audit log, of what came over a unix
// socket without a client's address.
const socketPeer = "unix"

// forwardedFor is the one header that says who the client of a trusted proxy is.
const forwardedFor = "X-Forwarded-For"

// Peer is the other end of a connection: an address, or a unix socket.
type Peer struct {
	addr   netip.Addr // unmapped, without a zone; invalid for a socket
	socket bool
}

// peerOf returns who is at the other end. Whether that is a unix socket is asked of
// the listener: the name of the other end is the client's choice, and may read like
// an address. A socket without a file (Linux's abstract namespace) is open to every
// program of this machine, as the loopback address is, and so it is that address.
func peerOf(r *http.Request) Peer {
	local, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	return PeerAt(local, r.RemoteAddr)
}

// PeerAt is who is at the remote end of a connection.
func PeerAt(local net.Addr, remote string) Peer {
	if local, ok := local.(*net.UnixAddr); ok {
		if local.Name == "" || local.Name[0] == '@' {
			return Peer{addr: netip.AddrFrom4([4]byte{127, 0, 0, 1})}
		}
		return Peer{socket: true}
	}
	p, _ := netip.ParseAddrPort(remote)
	return Peer{addr: plain(p.Addr())}
}

// Addr is its address; not a valid one for a unix socket.
func (p Peer) Addr() netip.Addr { return p.addr }

// String returns the address as limits and the audit log have it.
func (p Peer) String() string {
	switch {
	case p.socket:
		return socketPeer
	case !p.addr.IsValid():
		return ""
	}
	return p.addr.String()
}

// plain is an address in the one spelling that limits and the audit log know: the
// same client must not become another by the way its address is written.
func plain(a netip.Addr) netip.Addr { return a.Unmap().WithZone("") }

// IsTrusted reports whether the headers of this peer count. A unix socket has no
// address to compare: a program that can open it was let in by the mode of its file.
func (g *Gate) IsTrusted(p Peer) bool { return p.socket || g.trusts(p.addr) }

func (g *Gate) trusts(a netip.Addr) bool {
	for _, network := range g.TrustedProxies {
		if network.Contains(a) {
			return true
		}
	}
	return false
}

// client finds whose request this is: the peer, unless that is trusted. Then it is the
// right-most address in X-Forwarded-For that is not trusted itself, since each proxy
// writes on the right what it saw, and a client can only write to the left of that.
//
// What stands right and is no address (a name, "unknown", nothing) ends the search
// with the last trusted hop, and clear is false: to look further left would let the
// client choose its address. The fields of the header are one list, in the order in which they came.
// Commas are never part of an element, not even between quotes: a quote that the
// client opens must not swallow what the proxy wrote.
func client(from Peer, trusted bool, fields []string, trusts func(netip.Addr) bool) (who Peer, clear bool) {
	if !trusted {
		return from, true
	}
	for _, list := range slices.Backward(fields) {
		for left := true; left; {
			var element string
			list, element, left = cutLast(list)
			addr, ok := hop(element)
			if !ok {
				return from, false
			}
			if from = (Peer{addr: addr}); !trusts(addr) {
				return from, true
			}
		}
	}
	return from, true
}

// cutLast cuts the last element off a list; left says whether there are others.
func cutLast(list string) (rest, last string, left bool) {
	i := strings.LastIndexByte(list, ',')
	if i < 0 {
		return "", list, false
	}
	return list[:i], list[i+1:], true
}

// maxHop is far longer than any address: a full IPv6 address mapped and bracketed,
// with quotes, zone and port.
const maxHop = 120

// hop reads one element of X-Forwarded-For, in any of the spellings that proxies use:
//
//	198.51.100.9  198.51.100.9:4711  2001:db8::9  [2001:db8::9]  [2001:db8::9]:4711
//
// each also mapped (::ffff:198.51.100.9), with a zone (fe80::1%eth0), in double quotes
// and with spaces around. An IPv6 address that is followed by a port without brackets
// is read as such where it can be nothing else; where it can, as in 2001:db8::9:4711,
// it is taken for a longer address, which is of the same network for limits.
func hop(element string) (netip.Addr, bool) {
	if len(element) > maxHop {
		return netip.Addr{}, false
	}
	s := strings.Trim(element, " \t")
	if n := len(s); n > 1 && s[0] == '"' && s[n-1] == '"' {
		s = strings.Trim(s[1:n-1], " \t")
	}
	if inside, ok := strings.CutPrefix(s, "["); ok {
		inside, after, closed := strings.Cut(inside, "]")
		if !closed || after != "" && !isPort(after) {
			return netip.Addr{}, false
		}
		return address(inside)
	}
	if addr, ok := address(s); ok {
		return addr, true
	}
	i := strings.LastIndexByte(s, ':')
	if i < 0 || !isPort(s[i:]) {
		return netip.Addr{}, false
	}
	return address(s[:i])
}

// address reads an address without a port. The zone says on which cable of the proxy
// the client is, or in which of its routing tables; here it means nothing.
func address(s string) (netip.Addr, bool) {
	host, _, _ := strings.Cut(s, "%")
	addr, err := netip.ParseAddr(host)
	addr = plain(addr)
	return addr, err == nil && !addr.IsUnspecified()
}

// isPort reports whether s is a colon and a port.
func isPort(s string) bool {
	digits, ok := strings.CutPrefix(s, ":")
	_, err := strconv.ParseUint(digits, 10, 16)
	return ok && err == nil
}
