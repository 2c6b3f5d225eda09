package wire

import "encoding/binary"

// IPv4 header (RFC 791 section 3.1) and IPv6 header (RFC 8200 section 3).

const (
	ipv4HeaderLen = 20
	ipv6HeaderLen = 40
	protocolTCP   = 6
	protocolUDP   = 17

	// ipv4DontFragment is set on every packet: hosts do path MTU discovery (RFC 1191).
	ipv4DontFragment = 0x4000
	ipv4FragmentMask = 0x3fff // more-fragments bit and fragment offset

	ipLengthMax  = 0xffff // IPv4 total length, IPv6 payload length
	flowLabelMax = 1<<20 - 1
)

// ipHeaderLen is the length of the IP header that the segment gets: 20 or 40.
func (s *Segment) ipHeaderLen() int {
	if s.is4() {
		return ipv4HeaderLen
	}
	return ipv6HeaderLen
}

// checkIP says what is wrong with the addresses, the flow label or the packet's length.
func (s *Segment) checkIP(tcpLen int) error {
	if !s.Src.IsValid() || !s.Dst.IsValid() {
		return encodeErrorf("source %v, destination %v: both addresses must be set", s.Src, s.Dst)
	}
	if s.Src.Is4() != s.Dst.Is4() {
		return encodeErrorf("source %v, destination %v: both must be of one family", s.Src, s.Dst)
	}
	length := tcpLen
	if s.is4() {
		length += ipv4HeaderLen
	} else if s.FlowLabel > flowLabelMax {
		return encodeErrorf("flow label %#x has more than 20 bits", s.FlowLabel)
	}
	if length > ipLengthMax {
		return encodeErrorf("packet length %d octets does not fit the IP length field (at most %d)",
			length, ipLengthMax)
	}
	return nil
}

// putIP writes the IP header of a packet with so many octets behind it to b and returns its length.
func (s *Segment) putIP(b []byte, tcpLen int, protocol uint8) int {
	if s.is4() {
		h := b[:ipv4HeaderLen]
		h[0], h[1] = 0x45, s.TOS
		binary.BigEndian.PutUint16(h[2:], uint16(ipv4HeaderLen+tcpLen))
		binary.BigEndian.PutUint16(h[4:], s.IPID)
		binary.BigEndian.PutUint16(h[6:], ipv4DontFragment)
		h[8], h[9] = s.TTL, protocol
		h[10], h[11] = 0, 0
		s.Src.put4(h[12:])
		s.Dst.put4(h[16:])
		binary.BigEndian.PutUint16(h[10:], ^uint16(PayloadSum(h)))
		return ipv4HeaderLen
	}
	h := b[:ipv6HeaderLen]
	binary.BigEndian.PutUint32(h, 6<<28|uint32(s.TOS)<<20|s.FlowLabel)
	binary.BigEndian.PutUint16(h[4:], uint16(tcpLen))
	h[6], h[7] = protocol, s.TTL
	s.Src.put16(h[8:])
	s.Dst.put16(h[24:])
	return ipv6HeaderLen
}

// tcpPart returns the bounds of the TCP segment within an IP packet. Octets behind the length that
// the IP header states (link-layer padding) are left out; IPv4 options are skipped.
func tcpPart(b []byte) (start, end int, err error) { return ipPart(b, protocolTCP) }

// ipPart is tcpPart for what a protocol carries.
func ipPart(b []byte, protocol uint8) (start, end int, err error) {
	if len(b) == 0 {
		return 0, 0, decodeErrorf("IP version", 0, "the packet is empty")
	}
	switch b[0] >> 4 {
	case 4:
		return ipPart4(b, protocol)
	case 6:
		return ipPart6(b, protocol)
	}
	return 0, 0, decodeErrorf("IP version", 0, "%d is neither 4 nor 6", b[0]>>4)
}

// protocolName is how an error tells which protocol was expected.
func protocolName(protocol uint8) string {
	if protocol == protocolUDP {
		return "UDP (17)"
	}
	return "TCP (6)"
}

func ipPart4(b []byte, protocol uint8) (start, end int, err error) {
	if len(b) < ipv4HeaderLen {
		return 0, 0, decodeErrorf("IPv4 header", 0, "%d octets, needs %d", len(b), ipv4HeaderLen)
	}
	start = int(b[0]&0x0f) * 4
	end = int(binary.BigEndian.Uint16(b[2:]))
	switch {
	case start < ipv4HeaderLen:
		return 0, 0, decodeErrorf("IPv4 header length", 0, "%d octets, at least %d", start, ipv4HeaderLen)
	case end < start:
		return 0, 0, decodeErrorf("IPv4 total length", 2, "%d is less than the header's %d", end, start)
	case end > len(b):
		return 0, 0, decodeErrorf("IPv4 total length", 2, "%d, but only %d octets are there", end, len(b))
	case binary.BigEndian.Uint16(b[6:])&ipv4FragmentMask != 0:
		return 0, 0, decodeErrorf("IPv4 fragment", 6, "fragments are not modelled; reassemble first")
	case b[9] != protocol:
		return 0, 0, decodeErrorf("IPv4 protocol", 9, "%d is not %s", b[9], protocolName(protocol))
	}
	return start, end, nil
}

func ipPart6(b []byte, protocol uint8) (start, end int, err error) {
	if len(b) < ipv6HeaderLen {
		return 0, 0, decodeErrorf("IPv6 header", 0, "%d octets, needs %d", len(b), ipv6HeaderLen)
	}
	end = ipv6HeaderLen + int(binary.BigEndian.Uint16(b[4:]))
	switch {
	case end > len(b):
		return 0, 0, decodeErrorf("IPv6 payload length", 4, "packet of %d, but only %d octets are there",
			end, len(b))
	case b[6] != protocol:
		return 0, 0, decodeErrorf("IPv6 next header", 6, "%d is not %s; extension headers are not modelled", b[6],
			protocolName(protocol))
	}
	return ipv6HeaderLen, end, nil
}

// decodeIP reads the IP header of a packet that tcpPart accepted.
func (s *Segment) decodeIP(b []byte) error {
	if b[0]>>4 == 4 {
		s.TOS, s.TTL = b[1], b[8]
		s.IPID = binary.BigEndian.Uint16(b[4:])
		s.Src, s.Dst = addrFrom4(b[12:]), addrFrom4(b[16:])
		return nil
	}
	word := binary.BigEndian.Uint32(b)
	s.TOS, s.FlowLabel = uint8(word>>20), word&flowLabelMax
	s.TTL = b[7]
	s.Src, s.Dst = addrFrom16(b[8:]), addrFrom16(b[24:])
	if !on6(s.Src) {
		return decodeErrorf("IPv6 source", 8, "%v is no address of a TCP endpoint", s.Src)
	}
	if !on6(s.Dst) {
		return decodeErrorf("IPv6 destination", 24, "%v is no address of a TCP endpoint", s.Dst)
	}
	return nil
}

// on6 says that the address may stand in an IPv6 header: the unspecified address and IPv4-mapped
// ones must not (RFC 4291 sections 2.5.2, 2.5.5.2).
func on6(a Addr) bool { return a.IsValid() && !a.Is4() }
