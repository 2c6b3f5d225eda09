package wire

import "net/netip"

// Addr is an IP address as two words; IPv4 is held IPv4-mapped (::ffff:a.b.c.d). It has no pointer,
// so that arenas of segments are invisible to the collector. The zero value is "no address".
type Addr struct{ Hi, Lo uint64 }

// AddrFrom converts; Netip converts back (an IPv4-mapped Addr gives an IPv4 netip.Addr).
func AddrFrom(a netip.Addr) Addr { panic("skeleton") }
func (a Addr) Netip() netip.Addr { panic("skeleton") }
func (a Addr) Is4() bool         { return a.Hi == 0 && a.Lo>>32 == 0xffff }
func (a Addr) IsValid() bool     { return a != Addr{} }

// Payload is one extent of a content stream: Len octets of stream Stream from position Pos.
// The octets themselves are a function of (Stream, Pos), see Contents.
type Payload struct {
	Pos    uint64 // octets from the start of the content stream
	Stream uint32 // number in the world's Contents; 0 only when Len is 0
	Len    uint32 // octets
}

// Flags are the TCP header's control bits (RFC 9293 section 3.1).
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
)

// Block is one SACK block [Left, Right) in wire sequence numbers (RFC 2018).
type Block struct{ Left, Right uint32 }

// DSS flags in their wire positions (RFC 8684 section 3.3).
const (
	DSSAck  uint8 = 0x01 // A: Data ACK present
	DSSAck8 uint8 = 0x02 // a: Data ACK is 8 octets
	DSSMap  uint8 = 0x04 // M: mapping present
	DSSMap8 uint8 = 0x08 // m: DSN is 8 octets
	DSSFin  uint8 = 0x10 // F: DATA_FIN
	DSSSum  uint8 = 0x80 // not on the wire: the checksum field is present
)

// DSS is the Data Sequence Signal option (RFC 8684 section 3.3). DSN and DataAck hold the low 32
// bits only when sent so.
type DSS struct {
	DataAck  uint64
	DSN      uint64
	SSN      uint32
	Len      uint16 // Data-Level Length, octets
	Checksum uint16
	Flags    uint8
}

// Capable is MP_CAPABLE (section 3.1). Form is the option's length on the wire: 4, 12, 20, 22, 24.
type Capable struct {
	SenderKey, ReceiverKey uint64
	DataLen                uint16
	Checksum               uint16
	Version                uint8
	Flags                  uint8 // A 0x80, B 0x40, C 0x20, ... H 0x01
	Form                   uint8
}

// Join is MP_JOIN (section 3.2). Form is the option's length: 12 (SYN), 16 (SYN/ACK), 24 (ACK).
type Join struct {
	HMAC   [20]byte // first 8 octets in the SYN/ACK, all 20 in the ACK
	Token  uint32
	Nonce  uint32
	AddrID uint8
	Backup bool
	Form   uint8
}

// AddAddr is ADD_ADDR (section 3.4.1); v0 has no HMAC and no echo.
type AddAddr struct {
	Addr   Addr
	HMAC   uint64
	Port   uint16 // 0: absent
	ID     uint8
	Echo   bool
	NoHMAC bool // v0 form
}

// RemoveAddr is REMOVE_ADDR (section 3.4.2).
type RemoveAddr struct {
	N   uint8
	IDs [37]uint8
}

// Prio is MP_PRIO (section 3.3.8); HasID only in v0.
type Prio struct {
	Backup, HasID bool
	AddrID        uint8
}

// Reset is MP_TCPRST (section 3.6).
type Reset struct {
	Reason    uint8
	Transient bool
	Flags     uint8 // U, V, W bits as received
}

// Segment is one IP packet with its TCP segment, by value. The fields of the common path come
// first; the rest is touched only when Opts says so. Lives in link's arena; no pointers.
type Segment struct {
	Seq, Ack     uint32
	TSVal, TSEcr uint32
	Opts         Options
	Flags        Flags
	Window       uint16 // as on the wire, scaled
	Payload      Payload
	SrcPort      uint16
	DstPort      uint16
	TTL          uint8 // hop limit in IPv6
	TOS          uint8 // DSCP and ECN
	IPID         uint16
	DSS          DSS
	Src, Dst     Addr
	SACK         [4]Block
	SACKN        uint8 // blocks in SACK

	WindowScale  uint8
	MSS          uint16
	FlowLabel    uint32
	Capable      Capable
	Join         Join
	AddAddr      AddAddr
	RemoveAddr   RemoveAddr
	Prio         Prio
	Reset        Reset
	FailDSN      uint64 // MP_FAIL
	FastCloseKey uint64 // MP_FASTCLOSE
}

// ClearForReuse makes a recycled segment empty by resetting the fields that have meaning without an
// option bit; it leaves the fields of absent options as they are.
func (s *Segment) ClearForReuse() { panic("skeleton") }

// OptionLen returns the octets of TCP options on the wire, padding included (0..40, a multiple of 4).
// HeaderLen adds the TCP header; WireLen adds the IP header and the payload.
func (s *Segment) OptionLen() int { panic("skeleton") }
func (s *Segment) HeaderLen() int { panic("skeleton") }
func (s *Segment) WireLen() int   { panic("skeleton") }

// Append encodes the segment as an IP packet with right checksums and appends it to b. Payload
// octets come from contents.
func (s *Segment) Append(b []byte, contents *Contents) ([]byte, error) { panic("skeleton") }

// Decode parses one IP packet. version is the connection's MPTCP version (0 or 1) for the options
// whose layout depends on it. Returned payload aliases b. It never panics.
func (s *Segment) Decode(b []byte, version int) (payload []byte, err error) { panic("skeleton") }

// Contents is the world's table of content streams.
type Contents struct{}

func NewContents() *Contents { panic("skeleton") }

// New opens a stream: until Append is called on it its octets are generated, each a function of
// (stream, position).
func (c *Contents) New() uint32 { panic("skeleton") }

// AppendBytes makes the octets at [pos, pos+len(b)) of the stream be b: the application's own
// bytes, kept until Release. pos must not lie before the end of an earlier AppendBytes.
func (c *Contents) AppendBytes(stream uint32, pos uint64, b []byte) { panic("skeleton") }

// ReadAt fills p with the octets of the stream from pos on. Release forgets kept bytes before pos.
func (c *Contents) ReadAt(stream uint32, pos uint64, p []byte) { panic("skeleton") }
func (c *Contents) Release(stream uint32, pos uint64)          { panic("skeleton") }
