package config

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// ntpPort is where time servers listen (RFC 5905, section 7.2).
const ntpPort = "123"

// timeServer reads a host, or a host and a port from 1 to 65535, and returns both;
// the port is that of NTP if none is given. "" stays "". An IPv6 address takes
// brackets where a port follows.
func timeServer(raw string) (string, error) {
	if raw == "" {
		return "", nil
	}
	host, port, err := net.SplitHostPort(raw)
	if err != nil {
		host, port = raw, ntpPort
		if inside, ok := strings.CutPrefix(raw, "["); ok && strings.HasSuffix(inside, "]") {
			host = strings.TrimSuffix(inside, "]")
		}
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return "", fmt.Errorf("%q needs a port from 1 to 65535", raw)
	}
	host = strings.ToLower(host)
	if _, err := netip.ParseAddr(host); err != nil && !hostName.MatchString(host) {
		return "", fmt.Errorf("%q is not HOST or HOST:PORT", raw)
	}
	return net.JoinHostPort(host, port), nil
}
