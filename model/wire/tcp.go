package wire

import (
	"encoding/binary"
	"slices"
)

// TCP header (RFC 9293 section 3.1) and the packet as a whole.

const tcpHeaderLen = 20

// Append encodes the segment as an IP packet with right checksums and appends it to b. Payload
// octets come from contents, which may be nil if there are none. It does not allocate if b has
// room for WireLen octets. The error is an *EncodeError that names the field; b is then returned as
// it was. Options that do not fit into 40 octets are such an error.
func (s *Segment) Append(b []byte, contents *Contents) ([]byte, error) {
	if s.IsDatagram() {
		return s.appendDatagram(b, contents)
	}
	optionLen, err := s.check(contents)
	if err != nil {
		return b, err
	}
	tcpLen := tcpHeaderLen + optionLen + int(s.Payload.Len)
	start := len(b)
	total := s.ipHeaderLen() + tcpLen
	b = slices.Grow(b, total)[:start+total]

	packet := b[start:]
	t := packet[s.putIP(packet, tcpLen, protocolTCP):]
	s.putTCP(t, optionLen)
	if s.Payload.Len > 0 {
		contents.ReadAt(s.Payload.Stream, s.Payload.Pos, t[tcpHeaderLen+optionLen:])
	}
	binary.BigEndian.PutUint16(t[16:], tcpChecksum(s.Src, s.Dst, t))
	return b, nil
}

// check returns the octets of options, or why the segment has no encoding.
func (s *Segment) check(contents *Contents) (optionLen int, err error) {
	if s.Flags&^flagsKnown != 0 {
		return 0, encodeErrorf("Flags has unknown bits %#x", uint16(s.Flags&^flagsKnown))
	}
	if err := s.checkOptions(); err != nil {
		return 0, err
	}
	optionLen = s.OptionLen()
	if optionLen > MaxOptionLen {
		return 0, encodeErrorf("options %v take %d octets and do not fit into %d; send some on another segment",
			s.Opts, optionLen, MaxOptionLen)
	}
	if s.Payload.Len > 0 && !contents.knows(s.Payload.Stream) {
		return 0, encodeErrorf("payload names stream %d, which contents do not have", s.Payload.Stream)
	}
	// The sum stays within an int of 64 bits whatever Len is.
	return optionLen, s.checkIP(tcpHeaderLen + optionLen + int(s.Payload.Len))
}

// putTCP writes the TCP header with options to t; the checksum field is left zero.
func (s *Segment) putTCP(t []byte, optionLen int) {
	h := t[:tcpHeaderLen]
	binary.BigEndian.PutUint16(h, s.SrcPort)
	binary.BigEndian.PutUint16(h[2:], s.DstPort)
	binary.BigEndian.PutUint32(h[4:], s.Seq)
	binary.BigEndian.PutUint32(h[8:], s.Ack)
	words := uint16(tcpHeaderLen+optionLen) / 4
	binary.BigEndian.PutUint16(h[12:], words<<12|uint16(s.Flags))
	binary.BigEndian.PutUint16(h[14:], s.Window)
	h[16], h[17] = 0, 0
	var urgentPointer uint16
	if s.Flags.Has(URG) {
		urgentPointer = s.UrgentPointer
	}
	binary.BigEndian.PutUint16(h[18:], urgentPointer)
	s.putOptions(t[tcpHeaderLen : tcpHeaderLen+optionLen])
}

// Decode parses one IP packet. version is the connection's MPTCP version (0 or 1) for the options
// whose layout depends on it (ADD_ADDR, MP_PRIO, MP_TCPRST); MP_CAPABLE states its own. The returned
// payload aliases b; the segment's Payload has its length, but no stream. It never panics.
//
// An error (a *DecodeError) means that there is no TCP segment to speak of; fields of s are then
// undefined. Checksums are not looked at (see VerifyChecksums). Of the options only what is well
// formed and known is reported, the rest is passed over: RFC 8684 section 3 and RFC 9293 section 3.1.
func (s *Segment) Decode(b []byte, version int) (payload []byte, err error) {
	if version != 0 && version != 1 {
		return nil, decodeErrorf("MPTCP version", 0, "%d asked for, must be 0 or 1", version)
	}
	start, end, err := tcpPart(b)
	if err != nil {
		return nil, err
	}
	s.ClearForReuse()
	if err := s.decodeIP(b); err != nil {
		return nil, err
	}
	t := b[start:end]
	if len(t) < tcpHeaderLen {
		return nil, decodeErrorf("TCP header", start, "%d octets, needs %d", len(t), tcpHeaderLen)
	}
	offset := int(t[12]>>4) * 4
	if offset < tcpHeaderLen || offset > len(t) {
		return nil, decodeErrorf("TCP data offset", start+12, "%d octets in a segment of %d", offset, len(t))
	}
	s.SrcPort = binary.BigEndian.Uint16(t)
	s.DstPort = binary.BigEndian.Uint16(t[2:])
	s.Seq = binary.BigEndian.Uint32(t[4:])
	s.Ack = binary.BigEndian.Uint32(t[8:])
	s.Flags = Flags(binary.BigEndian.Uint16(t[12:])) & flagsKnown
	s.Window = binary.BigEndian.Uint16(t[14:])
	s.UrgentPointer = binary.BigEndian.Uint16(t[18:])
	s.decodeOptions(t[tcpHeaderLen:offset], version)
	payload = t[offset:]
	s.Payload.Len = uint32(len(payload))
	return payload, nil
}
