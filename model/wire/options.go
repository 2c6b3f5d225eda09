package wire

import (
	"math/bits"
	"strings"
)

// Options says which options a segment carries; a field of an absent option has no meaning and is
// not cleared when a segment is reused.
type Options uint32

// Options known to the codec.
const (
	OptMSS Options = 1 << iota
	OptWindowScale
	OptSACKPermitted
	OptSACK
	OptTimestamps
	OptCapable
	OptJoin
	OptDSS
	OptAddAddr
	OptRemoveAddr
	OptPrio
	OptFail
	OptFastClose
	OptReset
	OptFastOpen
	OptOther // unknown ones

	optionsKnown Options = 1<<iota - 1

	// Datagram says, when it stands alone, that the packet is a UDP datagram and no TCP segment: see IsDatagram.
	Datagram Options = 1 << 31
)

// OptMPTCP is the set of all MPTCP options.
const OptMPTCP = optionsKnown &^
	(OptMSS | OptWindowScale | OptSACKPermitted | OptSACK | OptTimestamps | OptFastOpen | OptOther)

// MaxOptionLen is the room for TCP options in octets (RFC 9293 section 3.1: the data offset has four
// bits and counts words).
const MaxOptionLen = 40

// optionNames are the names of the options in the order of their bits.
const optionNames = "MSS,window scale,SACK-permitted,SACK,timestamps,MP_CAPABLE,MP_JOIN,DSS,ADD_ADDR," +
	"REMOVE_ADDR,MP_PRIO,MP_FAIL,MP_FASTCLOSE,MP_TCPRST,Fast Open,other"

// String lists the options' names.
func (o Options) String() string {
	names := strings.Split(optionNames, ",")
	var list []string
	for rest := o & optionsKnown; rest != 0; rest &= rest - 1 {
		list = append(list, names[bits.TrailingZeros32(uint32(rest))])
	}
	if o&^optionsKnown != 0 {
		list = append(list, "unknown bits")
	}
	if len(list) == 0 {
		return "none"
	}
	return strings.Join(list, "+")
}

// OptionLen returns the octets of TCP options on the wire, padding included (0..40, a multiple of 4).
// More than 40 says that they do not fit; Append refuses such a segment.
//
// Each option starts on a word boundary, NOPs filling the gaps, as long as that fits into 40 octets;
// if not, options follow each other without gaps and only the end is padded (RFC 9293 section 3.1
// lets an option begin on any octet). So whatever was decoded can be encoded again.
//
// Of a datagram it is what the UDP header has less than the TCP header, -12, so that HeaderLen and WireLen are right.
func (s *Segment) OptionLen() int {
	switch s.Opts { // the usual ones
	case OptTimestamps:
		return timestampsSpace
	case OptTimestamps | OptDSS:
		return timestampsSpace + padded(s.DSS.wireLen())
	}
	return s.unusualLen()
}

func (s *Segment) unusualLen() int {
	n := 0
	switch s.Opts {
	case 0:
		return 0
	case Datagram:
		return udpHeaderLen - tcpHeaderLen
	case OptTimestamps | OptSACK:
		n = timestampsSpace + sackSpace(int(s.SACKN))
	case OptTimestamps | OptSACK | OptDSS:
		n = timestampsSpace + sackSpace(int(s.SACKN)) + padded(s.DSS.wireLen())
	default:
		n = s.alignedLen(s.Opts)
	}
	if n > MaxOptionLen {
		n = padded(s.packedLen(s.Opts))
	}
	return n
}

// HeaderLen returns the octets of the TCP header with its options (20..60).
func (s *Segment) HeaderLen() int { return tcpHeaderLen + s.OptionLen() }

// WireLen returns the octets of the whole IP packet.
func (s *Segment) WireLen() int {
	n := ipv4HeaderLen + tcpHeaderLen + int(s.Payload.Len)
	if !s.is4() {
		n += ipv6HeaderLen - ipv4HeaderLen
	}
	switch s.Opts { // the usual ones
	case OptTimestamps:
		return n + timestampsSpace
	case OptTimestamps | OptDSS:
		return n + timestampsSpace + padded(s.DSS.wireLen())
	}
	return n + s.unusualLen()
}

// Fits says that the segment's options fit into the 40 octets that TCP has for them.
func (s *Segment) Fits() bool { return s.OptionLen() <= MaxOptionLen }

// SACKRoom returns how many SACK blocks (0..4) fit beside the segment's other options when each
// option is aligned to a word; OptSACK and SACKN themselves do not count.
func (s *Segment) SACKRoom() int {
	room := MaxOptionLen - s.alignedLen(s.Opts&^OptSACK) - sackSpace(0)
	return max(0, min(len(s.SACK), room/blockLen))
}

// OptionRoom returns the octets that are still free for options when each is aligned to a word, as
// a multiple of 4; negative if the present ones fit only packed, or not at all.
func (s *Segment) OptionRoom() int { return MaxOptionLen - s.alignedLen(s.Opts) }

// padded rounds up to whole words.
func padded(n int) int { return (n + 3) &^ 3 }

// alignedLen is the length of the given options when each one starts on a word boundary.
func (s *Segment) alignedLen(options Options) int {
	n := 0
	if options&(OptTimestamps|OptSACKPermitted) == OptTimestamps|OptSACKPermitted {
		// SACK-permitted takes the place of the two NOPs before the timestamps.
		options &^= OptSACKPermitted
	}
	for rest := options & optionsKnown; rest != 0; rest &= rest - 1 {
		n += padded(s.optionLen(rest & -rest))
	}
	return n
}

// packedLen is the length of the given options without any padding.
func (s *Segment) packedLen(options Options) int {
	n := 0
	for rest := options & optionsKnown; rest != 0; rest &= rest - 1 {
		n += s.optionLen(rest & -rest)
	}
	return n
}

// optionLen is the length field of one option.
func (s *Segment) optionLen(option Options) int {
	switch option {
	case OptMSS:
		return mssLen
	case OptWindowScale:
		return windowScaleLen
	case OptSACKPermitted:
		return sackPermittedLen
	case OptSACK:
		return sackLen(int(s.SACKN))
	case OptTimestamps:
		return timestampsLen
	case OptCapable:
		return int(s.Capable.Form)
	case OptJoin:
		return int(s.Join.Form)
	case OptDSS:
		return s.DSS.wireLen()
	case OptAddAddr:
		return s.AddAddr.wireLen()
	case OptRemoveAddr:
		return s.RemoveAddr.wireLen()
	case OptPrio:
		return s.Prio.wireLen()
	case OptFail:
		return failLen
	case OptFastClose:
		return fastCloseLen
	case OptReset:
		return resetLen
	case OptFastOpen:
		return s.FastOpen.wireLen()
	case OptOther:
		return len(s.Other())
	}
	panic("wire: unknown option bit")
}

// checkOptions says what is wrong with the fields of the options that the segment carries.
func (s *Segment) checkOptions() error {
	if s.Opts&^optionsKnown != 0 {
		return encodeErrorf("Opts has unknown bits %#x", uint32(s.Opts&^optionsKnown))
	}
	if s.Opts&OptSACK != 0 && (s.SACKN < 1 || int(s.SACKN) > len(s.SACK)) {
		return encodeErrorf("SACKN is %d; a SACK option has 1 to %d blocks", s.SACKN, len(s.SACK))
	}
	if s.Opts&OptFastOpen != 0 {
		if err := s.FastOpen.check(); err != nil {
			return err
		}
	}
	if s.Opts&OptCapable != 0 {
		if err := s.Capable.check(); err != nil {
			return err
		}
	}
	if s.Opts&OptJoin != 0 {
		if err := s.Join.check(); err != nil {
			return err
		}
	}
	if s.Opts&OptAddAddr != 0 && !s.AddAddr.Addr.IsValid() {
		return encodeErrorf("ADD_ADDR has no address; set AddAddr.Addr")
	}
	if n := s.RemoveAddr.N; s.Opts&OptRemoveAddr != 0 && (n < 1 || int(n) > len(s.RemoveAddr.IDs)) {
		return encodeErrorf("REMOVE_ADDR has %d Address IDs; it takes 1 to %d", n, len(s.RemoveAddr.IDs))
	}
	if s.Opts&OptOther != 0 {
		return s.checkOther()
	}
	return nil
}
