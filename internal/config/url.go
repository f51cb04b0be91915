package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// hostName is what may stand in a URL as a name, in lower case. It is narrow
// because the host goes into links, cookies' scope and headers; names in other
// scripts have an xn-- form.
var hostName = regexp.MustCompile(`^[a-z0-9_-]+(\.[a-z0-9_-]+)*$`)

// BaseURL reads a public base URL and returns it as browsers spell its origin:
// lower case, no default port, no path, since it is compared with their Origin
// header. It refuses other schemes than http and https, a path, a query, a
// fragment and user information.
//
// Http with another host than localhost or a loopback address is refused unless
// insecure is true: anyone on the way could read passwords and cookies.
func BaseURL(raw string, insecure bool) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil {
		// The parser's error quotes its input, which may hold a password.
		return nil, errors.New("not a URL")
	}
	if u.User != nil {
		return nil, errors.New("it must not contain a username or password")
	}
	if u.Scheme != "https" && u.Scheme != "http" {
		return nil, fmt.Errorf("%q does not begin with https:// or http://", raw)
	}
	if u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.ForceQuery || strings.Contains(raw, "#") {
		return nil, fmt.Errorf("%q has something after the host; Latchkey needs a host name of its own", raw)
	}
	host, loopback, err := canonicalHost(u)
	if err != nil {
		return nil, fmt.Errorf("%q: %w", raw, err)
	}
	if u.Scheme == "http" && !loopback && !insecure {
		return nil, fmt.Errorf("%q would send passwords in the clear; use https://, or add --insecure-http to allow this", raw)
	}
	return &url.URL{Scheme: u.Scheme, Host: host}, nil
}

// LocalURL is the base URL when none is given: http://localhost and the port
// that the server listens on.
func LocalURL(port int) *url.URL {
	u := &url.URL{Scheme: "http", Host: "localhost"}
	if port != 80 {
		u.Host = net.JoinHostPort(u.Host, strconv.Itoa(port))
	}
	return u
}

// canonicalHost returns host and port in the form of an Origin header, and
// whether the host is this machine.
func canonicalHost(u *url.URL) (host string, loopback bool, err error) {
	name, port := strings.ToLower(u.Hostname()), u.Port()
	if port != "" || strings.HasSuffix(u.Host, ":") {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 {
			return "", false, errors.New("the port must be from 1 to 65535")
		}
		port = strconv.FormatUint(n, 10)
	}
	loopback = name == "localhost"
	if ip, err := netip.ParseAddr(name); err == nil && ip.Zone() == "" {
		name, loopback = ip.String(), ip.IsLoopback()
		if ip.Is6() {
			name = "[" + name + "]"
		}
	} else if !hostName.MatchString(name) {
		return "", false, errors.New("the host is not a name or an address")
	}
	if port == "" || u.Scheme == "http" && port == "80" || u.Scheme == "https" && port == "443" {
		return name, loopback, nil
	}
	return name + ":" + port, loopback, nil
}
