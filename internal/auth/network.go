package auth

import "net/netip"

// Network is the part of an address that tries are counted for: an IPv4 address,
// or the /64 that one IPv6 customer has (AU-09).
func Network(ip string) string { return prefix(ip, 32, 64) }

// WideNetwork is the larger part around it: /24, or the /48 of a site.
func WideNetwork(ip string) string { return prefix(ip, 24, 48) }

func prefix(ip string, bits4, bits6 int) string {
	addr, err := netip.ParseAddr(ip)
	if err != nil {
		return "unknown"
	}
	return prefixOf(addr.Unmap().WithZone(""), bits4, bits6).String()
}

// Networks are the two networks of a plain address, without zone: that of Network and that
// of WideNetwork.
func Networks(addr netip.Addr) (near, wide netip.Prefix) {
	return prefixOf(addr, 32, 64), prefixOf(addr, 24, 48)
}

// prefixOf is the network of a plain address, of this many bits.
func prefixOf(addr netip.Addr, bits4, bits6 int) netip.Prefix {
	bits := bits6
	if addr.Is4() {
		bits = bits4
	}
	p, _ := addr.Prefix(bits) // it fails only for lengths that no address has
	return p
}

// IsSite reports whether the wide network of an address is one customer's: an IPv6 site
// is, while the neighbours of an IPv4 address are anybody.
func IsSite(ip string) bool {
	addr, err := netip.ParseAddr(ip)
	return err == nil && !addr.Unmap().Is4()
}
