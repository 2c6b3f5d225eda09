package wire

import (
	"encoding/binary"
	"slices"
)

// UDP (RFC 768; RFC 8200 section 8.1 for IPv6): traffic beside TCP. A datagram is a Segment of which only
// the addresses and ports, TTL, TOS, IPID, FlowLabel and Payload have a meaning.

const udpHeaderLen = 8

// IsDatagram says that the packet is a UDP datagram.
func (s *Segment) IsDatagram() bool { return s.Opts == Datagram }

// MakeDatagram makes an empty segment a UDP datagram without addresses, ports and payload.
func (s *Segment) MakeDatagram() {
	s.ClearForReuse()
	s.Opts = Datagram
}

// canonicalDatagram is Canonical.
func (s *Segment) canonicalDatagram() Segment {
	c := Segment{
		Opts: Datagram, Payload: s.Payload, SrcPort: s.SrcPort, DstPort: s.DstPort, TTL: s.TTL, TOS: s.TOS,
		Src: s.Src, Dst: s.Dst,
	}
	if s.is4() {
		c.IPID = s.IPID
	} else {
		c.FlowLabel = s.FlowLabel
	}
	return c
}

// appendDatagram is Append.
func (s *Segment) appendDatagram(b []byte, contents *Contents) ([]byte, error) {
	if s.Payload.Len > 0 && !contents.knows(s.Payload.Stream) {
		return b, encodeErrorf("payload names stream %d, which contents do not have", s.Payload.Stream)
	}
	length := udpHeaderLen + int(s.Payload.Len)
	if err := s.checkIP(length); err != nil {
		return b, err
	}
	start := len(b)
	total := s.ipHeaderLen() + length
	b = slices.Grow(b, total)[:start+total]

	packet := b[start:]
	u := packet[s.putIP(packet, length, protocolUDP):]
	binary.BigEndian.PutUint16(u, s.SrcPort)
	binary.BigEndian.PutUint16(u[2:], s.DstPort)
	binary.BigEndian.PutUint16(u[4:], uint16(length))
	u[6], u[7] = 0, 0
	if s.Payload.Len > 0 {
		contents.ReadAt(s.Payload.Stream, s.Payload.Pos, u[udpHeaderLen:])
	}
	sum := ^fold(pseudoSum(s.Src, s.Dst, protocolUDP, length) + uint64(PayloadSum(u)))
	if sum == 0 {
		sum = 0xffff // 0 stands for no checksum
	}
	binary.BigEndian.PutUint16(u[6:], sum)
	return b, nil
}

// DecodeDatagram parses one IP packet with a UDP datagram, as Decode does one with a TCP segment. The
// checksum is verified, unless it is 0 in IPv4, where that stands for none.
func (s *Segment) DecodeDatagram(b []byte) (payload []byte, err error) {
	start, end, err := ipPart(b, protocolUDP)
	if err != nil {
		return nil, err
	}
	s.MakeDatagram()
	if err := s.decodeIP(b); err != nil {
		return nil, err
	}
	u := b[start:end]
	if len(u) < udpHeaderLen {
		return nil, decodeErrorf("UDP header", start, "%d octets, needs %d", len(u), udpHeaderLen)
	}
	length := int(binary.BigEndian.Uint16(u[4:]))
	if length < udpHeaderLen || length > len(u) {
		return nil, decodeErrorf("UDP length", start+4, "%d octets in a packet with %d", length, len(u))
	}
	u = u[:length]
	if checksum := binary.BigEndian.Uint16(u[6:]); checksum != 0 || !s.is4() {
		sum := pseudoSum(s.Src, s.Dst, protocolUDP, length) + uint64(PayloadSum(u))
		if checksum == 0 || fold(sum) != 0xffff {
			return nil, decodeErrorf("UDP checksum", start+6, "%#04x is wrong", checksum)
		}
	}
	s.SrcPort, s.DstPort = binary.BigEndian.Uint16(u), binary.BigEndian.Uint16(u[2:])
	payload = u[udpHeaderLen:]
	s.Payload.Len = uint32(len(payload))
	return payload, nil
}
