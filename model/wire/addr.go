package wire

import (
	"cmp"
	"encoding/binary"
	"net/netip"
)

// Addr is an IP address as two words; IPv4 is held IPv4-mapped (::ffff:a.b.c.d). It has no pointer,
// so that arenas of segments are invisible to the collector. The zero value is "no address".
type Addr struct{ Hi, Lo uint64 }

// mappedPrefix is the upper half of Lo in an IPv4-mapped address (RFC 4291 section 2.5.5.2).
const mappedPrefix = 0xffff

// AddrFrom converts. An IPv4-mapped IPv6 address becomes the IPv4 address, a zone is dropped, and
// both the invalid netip.Addr and the unspecified IPv6 address become "no address".
func AddrFrom(a netip.Addr) Addr {
	if !a.IsValid() {
		return Addr{}
	}
	octets := a.As16()
	return addrFrom16(octets[:])
}

// Netip converts back: an IPv4-mapped Addr gives an IPv4 netip.Addr, "no address" the invalid one.
func (a Addr) Netip() netip.Addr {
	if !a.IsValid() {
		return netip.Addr{}
	}
	var octets [16]byte
	a.put16(octets[:])
	return netip.AddrFrom16(octets).Unmap()
}

// Is4 says that the address is an IPv4 address.
func (a Addr) Is4() bool { return a.Hi == 0 && a.Lo>>32 == mappedPrefix }

// IsValid says that the address is not "no address".
func (a Addr) IsValid() bool { return a != Addr{} }

// Compare orders addresses as their 16 octets do: -1, 0 or 1.
func (a Addr) Compare(b Addr) int {
	if c := cmp.Compare(a.Hi, b.Hi); c != 0 {
		return c
	}
	return cmp.Compare(a.Lo, b.Lo)
}

// String is the usual text of the address, "none" for "no address".
func (a Addr) String() string {
	if !a.IsValid() {
		return "none"
	}
	return a.Netip().String()
}

func addrFrom4(b []byte) Addr {
	return Addr{Lo: mappedPrefix<<32 | uint64(binary.BigEndian.Uint32(b))}
}

func addrFrom16(b []byte) Addr {
	return Addr{Hi: binary.BigEndian.Uint64(b), Lo: binary.BigEndian.Uint64(b[8:])}
}

func (a Addr) put4(b []byte) { binary.BigEndian.PutUint32(b, uint32(a.Lo)) }

func (a Addr) put16(b []byte) {
	binary.BigEndian.PutUint64(b, a.Hi)
	binary.BigEndian.PutUint64(b[8:], a.Lo)
}

// octets is the length of the address on the wire: 4 or 16.
func (a Addr) octets() int {
	if a.Is4() {
		return 4
	}
	return 16
}

// append appends the address's 4 or 16 octets.
func (a Addr) append(b []byte) []byte {
	if a.Is4() {
		return binary.BigEndian.AppendUint32(b, uint32(a.Lo))
	}
	b = binary.BigEndian.AppendUint64(b, a.Hi)
	return binary.BigEndian.AppendUint64(b, a.Lo)
}
