package abi

import (
	"encoding/binary"
	"net/netip"

	"mpsim/model/wire"
)

// Sizes of socket addresses, octets.
const (
	SockaddrInSize  = 16 // sockaddr_in: family, port, address, 8 zero octets
	SockaddrIn6Size = 28 // sockaddr_in6: family, port, flow information, address, scope
)

// Sockaddr is a sockaddr_in or sockaddr_in6. The family is a number of its own: a wrong one can be written.
type Sockaddr struct {
	Family uint16
	Addr   wire.Addr // zero: the wildcard address of the family
	Port   uint16
}

// SockaddrOf returns the address of its own family; family is that of the wildcard address.
func SockaddrOf(a wire.Addr, port uint16, family uint16) Sockaddr {
	if a.IsValid() {
		family = AF_INET6
		if a.Is4() {
			family = AF_INET
		}
	}
	return Sockaddr{Family: family, Addr: a, Port: port}
}

// AppendSockaddrIn appends a sockaddr_in: an address that is not IPv4 becomes the wildcard.
func AppendSockaddrIn(b []byte, s Sockaddr) []byte {
	b = binary.LittleEndian.AppendUint16(b, s.Family)
	b = binary.BigEndian.AppendUint16(b, s.Port)
	var a [4]byte
	if s.Addr.Is4() {
		a = s.Addr.Netip().As4()
	}
	b = append(b, a[:]...)
	return append(b, 0, 0, 0, 0, 0, 0, 0, 0)
}

// AppendSockaddrIn6 appends a sockaddr_in6: an IPv4 address is mapped (RFC 4291 section 2.5.5.2).
func AppendSockaddrIn6(b []byte, s Sockaddr) []byte {
	b = binary.LittleEndian.AppendUint16(b, s.Family)
	b = binary.BigEndian.AppendUint16(b, s.Port)
	b = append(b, 0, 0, 0, 0)
	b = binary.BigEndian.AppendUint64(b, s.Addr.Hi)
	b = binary.BigEndian.AppendUint64(b, s.Addr.Lo)
	return append(b, 0, 0, 0, 0)
}

// ParseSockaddrIn reads a sockaddr_in, whatever its family says; ok is false where b is shorter.
func ParseSockaddrIn(b []byte) (s Sockaddr, ok bool) {
	if len(b) < SockaddrInSize {
		return s, false
	}
	s.Family, s.Port = binary.LittleEndian.Uint16(b), binary.BigEndian.Uint16(b[2:])
	if a := netip.AddrFrom4([4]byte(b[4:8])); !a.IsUnspecified() {
		s.Addr = wire.AddrFrom(a)
	}
	return s, true
}

// ParseSockaddrIn6 reads a sockaddr_in6, whatever its family says; ok is false where b is shorter.
func ParseSockaddrIn6(b []byte) (s Sockaddr, ok bool) {
	if len(b) < SockaddrIn6Size {
		return s, false
	}
	s.Family, s.Port = binary.LittleEndian.Uint16(b), binary.BigEndian.Uint16(b[2:])
	s.Addr = wire.AddrFrom(netip.AddrFrom16([16]byte(b[8:24])))
	return s, true
}

// pair reads two socket addresses of the size given.
func pair(b []byte, size int) (local, remote Sockaddr, ok bool) {
	if len(b) < 2*size {
		return local, remote, false
	}
	if size == SockaddrInSize {
		local, _ = ParseSockaddrIn(b)
		remote, _ = ParseSockaddrIn(b[size:])
	} else {
		local, _ = ParseSockaddrIn6(b)
		remote, _ = ParseSockaddrIn6(b[size:])
	}
	return local, remote, true
}

// appendPair appends two socket addresses of the size given.
func appendPair(b []byte, local, remote Sockaddr, size int) []byte {
	if size == SockaddrInSize {
		return AppendSockaddrIn(AppendSockaddrIn(b, local), remote)
	}
	return AppendSockaddrIn6(AppendSockaddrIn6(b, local), remote)
}
