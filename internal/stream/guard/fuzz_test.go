package guard

import (
	"net/netip"
	"testing"
)

// FuzzST02_Open: whatever the library calls private, loopback, link-local, multicast or
// unspecified is closed, and an IPv4 address in each of its IPv6 forms as it is itself.
func FuzzST02_Open(f *testing.F) {
	for _, a := range []string{"127.0.0.1", "8.8.8.8", "::ffff:10.0.0.1", "fe80::1%eth0", "2001:db8::1", "64:ff9b::a00:1", "2002:a00:1::", "::1", "0.0.0.0", "2606:4700::1111", "fd00::1", "169.254.169.254"} {
		f.Add(a)
	}
	f.Fuzz(func(t *testing.T, text string) {
		a, err := netip.ParseAddr(text)
		if err != nil {
			return
		}
		open, plain := Open(a), a.Unmap()
		if open && (plain.IsPrivate() || plain.IsLoopback() || plain.IsLinkLocalUnicast() || plain.IsMulticast() || plain.IsUnspecified() || plain.IsInterfaceLocalMulticast() || !plain.IsGlobalUnicast()) {
			t.Errorf("%s is open", text)
		}
		if (Dialer{}).Check(a) == nil != open {
			t.Errorf("%s is open: %v, and dialled otherwise", text, open)
		}
		if !plain.Is4() {
			return
		}
		if four := plain.As4(); Open(netip.AddrFrom16(plain.As16())) != open || Open(netip.AddrFrom16([16]byte{12: four[0], four[1], four[2], four[3]})) || // ::a.b.c.d
			Open(netip.AddrFrom16([16]byte{0, 0x64, 0xff, 0x9b, 12: four[0], four[1], four[2], four[3]})) || Open(netip.AddrFrom16([16]byte{0x20, 0x02, four[0], four[1], four[2], four[3]})) {
			t.Errorf("%s in another form is open", text)
		}
	})
}
