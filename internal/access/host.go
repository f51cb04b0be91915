package access

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/idna"

	"latchkey/internal/problem"
)

// HostRule says how the host of an application is written.
const HostRule = "Enter a host name such as wiki.example.com, with a port if it is not 443"

// CheckHost returns a host in the form in which hosts are stored and compared, or a problem
// with the field "host": in lower case, in the ASCII form of IDNA (RFC 5891), with a port unless it
// is 443. A whole address is taken too, if nothing stands behind its host.
//
// The host of this instance is refused, on whichever port: an application there would be handed the
// cookie of people's sessions. On this machine itself, where every program can listen, only the
// port has to be another.
func CheckHost(typed string, own *url.URL) (string, error) {
	refuse := func(words string) (string, error) {
		return "", problem.Field("host", fmt.Sprintf("%s: “%s”", words, shortened(typed)))
	}
	rest := strings.ToLower(strings.TrimSpace(typed))
	scheme, after, isAddress := strings.Cut(rest, "://")
	if isAddress {
		rest = strings.TrimSuffix(after, "/")
	}
	name, port, err := splitHost(rest)
	if strings.Contains(name, "*") {
		return refuse("Enter each host by itself. A host cannot have a * in it")
	}
	if err == nil {
		name, err = asciiHost(name)
	}
	if err != nil {
		return refuse(HostRule)
	}
	here := IsThisMachine(name)
	switch {
	case isAddress && scheme != "https" && !(scheme == "http" && here):
		return refuse("An application has to be reached over https")
	}
	if port == "443" {
		port = ""
	}
	if isOwn(name, port, own) {
		return refuse("This is the host of this site itself")
	}
	return joinHost(name, port), nil
}

// IsOwn reports whether a host, as hosts are stored, is that of this instance. An application has it
// all the same if the address of the instance was changed later: then nobody gets to the application,
// which would be handed the cookie of people's sessions.
func IsOwn(host string, own *url.URL) bool {
	name, port, err := splitHost(host)
	return err == nil && isOwn(name, port, own)
}

func isOwn(name, port string, own *url.URL) bool {
	ownName, _ := asciiHost(strings.ToLower(own.Hostname()))
	return name == ownName && (!IsThisMachine(name) || port == own.Port())
}

// IsThisMachine reports whether a host name, without a port, is this machine's own: localhost,
// what lies below it (RFC 6761), or a loopback address.
func IsThisMachine(name string) bool {
	if name == "localhost" || strings.HasSuffix(name, ".localhost") {
		return true
	}
	a, err := netip.ParseAddr(strings.Trim(name, "[]"))
	return err == nil && a.IsLoopback()
}

// Origin is where a host of an application is: https, but http for one on this machine as long as
// this instance is reached over http itself.
func Origin(host string, own *url.URL) string {
	if !IsSecure(host, own) {
		return "http://" + host
	}
	return "https://" + host
}

// IsSecure reports whether that is https.
func IsSecure(host string, own *url.URL) bool {
	if own.Scheme != "http" {
		return true
	}
	name, _, err := splitHost(host)
	return err != nil || !IsThisMachine(name)
}

// RequestHost returns the host that a request or a proxy names in the form in which hosts are
// stored; "" for one that cannot be a host.
func RequestHost(named string) string {
	name, port, err := splitHost(strings.ToLower(named))
	if err == nil {
		name, err = asciiHost(name)
	}
	if err != nil {
		return ""
	}
	if port == "443" {
		port = ""
	}
	return joinHost(name, port)
}

// splitHost cuts a port off; an IPv6 address stands in brackets.
func splitHost(s string) (name, port string, err error) {
	if s == "" || strings.ContainsAny(s, "/?#@\\ \t") {
		return "", "", fmt.Errorf("no host")
	}
	name = s
	if i := strings.LastIndexByte(s, ':'); i >= 0 && !strings.HasSuffix(s, "]") {
		name, port = s[:i], s[i+1:]
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 || strconv.FormatUint(n, 10) != port {
			return "", "", fmt.Errorf("no port")
		}
	}
	if inside, ok := strings.CutPrefix(name, "["); ok {
		inside, closed := strings.CutSuffix(inside, "]")
		if a, err := netip.ParseAddr(inside); !closed || err != nil || !a.Is6() || a.Zone() != "" {
			return "", "", fmt.Errorf("no address")
		}
		return inside, port, nil
	}
	if strings.Contains(name, ":") {
		return "", "", fmt.Errorf("no host")
	}
	return name, port, nil
}

// hostNames are names of hosts as browsers look them up (UTS 46), of a length that the DNS can hold.
var hostNames = idna.New(idna.MapForLookup(), idna.BidiRule(), idna.CheckJoiners(true), idna.StrictDomainName(true), idna.VerifyDNSLength(true))

// asciiHost is the one spelling of a name or an address.
func asciiHost(name string) (string, error) {
	if isPlainName(name) {
		return name, nil
	}
	if a, err := netip.ParseAddr(name); err == nil {
		return a.Unmap().String(), nil
	}
	ascii, err := hostNames.ToASCII(name)
	if err != nil {
		return "", err
	}
	labels := strings.Split(ascii, ".")
	if last := labels[len(labels)-1]; strings.Trim(last, "0123456789") == "" || strings.HasPrefix(last, "0x") {
		return "", fmt.Errorf("a number is no host name") // browsers read it as an address
	}
	return ascii, nil
}

// isPlainName reports whether a name is its own spelling beyond doubt: labels of small letters, digits and single
// hyphens, the last of them no number. Nearly every host is, and each request to an application names one.
func isPlainName(name string) bool {
	if len(name) > 253 {
		return false
	}
	begin := 0 // of the label
	for i := 0; i <= len(name); i++ {
		if i == len(name) || name[i] == '.' {
			if i == begin || i-begin > 63 || name[i-1] == '-' {
				return false
			}
			if i < len(name) {
				begin = i + 1
			}
			continue
		}
		switch c := name[i]; {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
		case c != '-', i == begin, name[i-1] == '-':
			return false
		}
	}
	return name[begin] > '9' // 0x7f is a number to browsers
}

func joinHost(name, port string) string {
	if port != "" {
		return net.JoinHostPort(name, port)
	}
	if strings.Contains(name, ":") {
		return "[" + name + "]"
	}
	return name
}

// shortened is what somebody typed as a message shows it.
func shortened(s string) string {
	r := []rune(s)
	if len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}
