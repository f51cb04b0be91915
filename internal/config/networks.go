package config

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"unicode"
)

// Networks reads a list of networks in CIDR form, separated by commas or white
// space. An address alone is a network of one. An empty list is fine and trusts nobody.
// All mistakes are in the one error.
//
// A network of every address is refused: it would let anyone who reaches the
// server choose, in X-Forwarded-For, the address that limits and audit see.
func Networks(list string) ([]netip.Prefix, error) {
	var (
		networks []netip.Prefix
		mistakes []error
	)
	for _, item := range strings.FieldsFunc(list, func(r rune) bool { return r == ',' || unicode.IsSpace(r) }) {
		network, err := network(item)
		if err != nil {
			mistakes = append(mistakes, fmt.Errorf("%q: %w", item, err))
			continue
		}
		networks = append(networks, network)
	}
	if err := oneLine(mistakes); err != nil {
		return nil, err
	}
	return networks, nil
}

// network reads one item. Addresses are compared unmapped, so an IPv4 network in IPv6
// form is turned into what it means.
func network(item string) (netip.Prefix, error) {
	prefix, err := netip.ParsePrefix(item)
	if err != nil {
		addr, err := netip.ParseAddr(item)
		if err != nil || addr.Zone() != "" {
			return netip.Prefix{}, errors.New("not an address or a network such as 10.0.0.0/8")
		}
		prefix = netip.PrefixFrom(addr, addr.BitLen())
	}
	if prefix.Addr().Is4In6() {
		// Fewer than 96 bits are every IPv4 address, and more.
		prefix = netip.PrefixFrom(prefix.Addr().Unmap(), max(0, prefix.Bits()-96))
	}
	if prefix.Bits() == 0 {
		return netip.Prefix{}, errors.New("this trusts every address, so anyone could forge the header")
	}
	return prefix.Masked(), nil
}
