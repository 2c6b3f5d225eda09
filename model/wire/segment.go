package wire

// Flags are the TCP header's control bits, in their wire positions (RFC 9293 section 3.1; AE is the
// bit of RFC 9768).
type Flags uint16

// Control bits.
const (
	FIN Flags = 1 << iota
	SYN
	RST
	PSH
	ACK
	URG
	ECE
	CWR
	AE

	flagsKnown Flags = 1<<iota - 1
)

// Has says that all of the given bits are set.
func (f Flags) Has(bits Flags) bool { return f&bits == bits }

// Block is one SACK block [Left, Right) in wire sequence numbers (RFC 2018).
type Block struct{ Left, Right uint32 }

// Segment is one IP packet with its TCP segment, by value and without pointers, so that an arena of
// segments costs the collector nothing.
//
// The layout is by use: the first two cache lines (128 octets) hold all that a data segment or an
// acknowledgment with timestamps and DSS has, the third the SACK blocks, the others only what
// handshakes and path management carry; those are touched only when Opts says so. The size is a
// multiple of the cache line. A field of an absent option has no meaning; see Canonical.
type Segment struct {
	Seq, Ack     uint32
	TSVal, TSEcr uint32 // RFC 7323
	Opts         Options
	Flags        Flags
	Window       uint16 // as on the wire, scaled
	Payload      Payload
	SrcPort      uint16
	DstPort      uint16
	TTL          uint8 // hop limit in IPv6
	TOS          uint8 // DSCP and ECN; traffic class in IPv6
	IPID         uint16
	DSS          DSS
	Src, Dst     Addr
	SACKN        uint8  // blocks in SACK, 1..4
	WindowScale  uint8  // shift count (RFC 7323)
	MSS          uint16 // octets
	FlowLabel    uint32 // IPv6 only, 20 bits (RFC 6437)
	SACK         [4]Block

	Capable       Capable
	Join          Join
	AddAddr       AddAddr
	RemoveAddr    RemoveAddr
	Prio          Prio
	Reset         Reset
	UrgentPointer uint16 // has a meaning with URG only
	FastOpen      FastOpen
	FailDSN       uint64 // MP_FAIL
	FastCloseKey  uint64 // MP_FASTCLOSE
}

// ClearForReuse makes a recycled segment empty by resetting the fields that have meaning without an
// option bit; it leaves the fields of absent options as they are. It touches the first two cache
// lines only.
func (s *Segment) ClearForReuse() {
	s.Seq, s.Ack = 0, 0
	s.Opts, s.Flags, s.Window = 0, 0, 0
	s.Payload = Payload{}
	s.SrcPort, s.DstPort = 0, 0
	s.TTL, s.TOS, s.IPID = 0, 0, 0
	s.Src, s.Dst = Addr{}, Addr{}
	s.FlowLabel = 0
}

// Has says that the segment carries all of the given options.
func (s *Segment) Has(o Options) bool { return s.Opts&o == o }

// SegLen is SEG.LEN of RFC 9293: octets of sequence space, SYN and FIN counting one each.
func (s *Segment) SegLen() uint32 {
	return s.Payload.Len + uint32(s.Flags>>1&1) + uint32(s.Flags&1)
}

// Canonical returns a copy whose meaningless fields are zero (those of absent options, and those
// that the form of an option leaves out), so that == compares what two segments say.
func (s *Segment) Canonical() Segment {
	if s.IsDatagram() {
		return s.canonicalDatagram()
	}
	c := Segment{
		Seq: s.Seq, Ack: s.Ack, Opts: s.Opts, Flags: s.Flags, Window: s.Window, Payload: s.Payload,
		SrcPort: s.SrcPort, DstPort: s.DstPort, TTL: s.TTL, TOS: s.TOS, Src: s.Src, Dst: s.Dst,
	}
	if s.is4() {
		c.IPID = s.IPID
	} else {
		c.FlowLabel = s.FlowLabel
	}
	if s.Flags.Has(URG) {
		c.UrgentPointer = s.UrgentPointer
	}
	for rest := s.Opts; rest != 0; rest &= rest - 1 {
		s.copyCanonical(&c, rest&-rest)
	}
	return c
}

// copyCanonical copies what the option says into an otherwise zero segment.
func (s *Segment) copyCanonical(c *Segment, option Options) {
	switch option {
	case OptMSS:
		c.MSS = s.MSS
	case OptWindowScale:
		c.WindowScale = s.WindowScale
	case OptSACK:
		c.SACKN = s.SACKN
		copy(c.SACK[:], s.SACK[:min(int(s.SACKN), len(s.SACK))])
	case OptTimestamps:
		c.TSVal, c.TSEcr = s.TSVal, s.TSEcr
	case OptCapable:
		c.Capable = s.Capable.canonical()
	case OptJoin:
		c.Join = s.Join.canonical()
	case OptDSS:
		c.DSS = s.DSS.canonical()
	case OptAddAddr:
		c.AddAddr = s.AddAddr.canonical()
	case OptRemoveAddr:
		c.RemoveAddr = s.RemoveAddr.canonical()
	case OptPrio:
		c.Prio = s.Prio.canonical()
	case OptFail:
		c.FailDSN = s.FailDSN
	case OptFastClose:
		c.FastCloseKey = s.FastCloseKey
	case OptReset:
		c.Reset = s.Reset.canonical()
	case OptFastOpen:
		c.FastOpen = s.FastOpen.canonical()
	case OptOther: // behind REMOVE_ADDR, whose list it shares
		c.RemoveAddr.IDs[otherMax] = s.RemoveAddr.IDs[otherMax]
		copy(c.Other(), s.Other())
	}
}

// is4 says that the packet is an IPv4 packet.
func (s *Segment) is4() bool { return s.Src.Is4() }
