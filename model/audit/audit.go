package audit

import (
	"encoding/binary"
	"strconv"

	"mpsim/model/wire"
	"mpsim/sim"
)

// Direction says whether the packet's sender is at the vantage point.
type Direction uint8

// Directions.
const (
	Unlabelled Direction = iota // not known
	Outbound                    // sent here
	Inbound                     // received here
)

// Options of an Auditor. The zero value judges both sides of an unlabelled trace that may have gaps.
type Options struct {
	Complete   bool                   // the vantage point sees every packet of its connections, on all paths
	LocalOnly  bool                   // report only what senders at the vantage point do; needs directions
	Behind     Behind                 // what boxes on the way may change
	Contents   *wire.Contents         // to take octets of payload given as stream and position; may be nil
	NoContent  bool                   // do not hold and compare payload
	HoldOctets int64                  // of octets held a direction for comparison; 0: 32 MiB
	PerCheck   int                    // findings kept of one check in one connection; 0: 10
	Report     func(finding *Finding) // called with each finding as it is kept; may be nil
}

const (
	holdDefault     = 32 << 20
	perCheckDefault = 10
)

// Auditor reads the packets of one vantage point.
type Auditor struct {
	o        Options
	flows    map[tuple]*flow
	conns    []*conn
	tokens   map[uint32]tokenOwner
	findings []Finding
	packets  int
	finished bool
	ending   bool // what is found now comes from no packet

	// The packet that is being read.
	now     sim.Time
	dir     Direction
	decoded wire.Segment
	pad     []byte
	raw     []byte // TCP options as on the wire; nil if the packet came decoded
	seg     *wire.Segment
	bytes   piece // payload
	known   bool  // bytes holds all of the payload
	f       *flow
	h       int  // the sender's end of f
	local   bool // the sender is at the vantage point
	ordered bool // this segment was sent after all that were seen of its end of f
	foreign bool // its numbers are not those of the connection
}

type tokenOwner struct {
	c    *conn
	side int // whose key it comes from
}

// New returns an Auditor that has seen nothing.
func New(o Options) *Auditor {
	if o.HoldOctets == 0 {
		o.HoldOctets = holdDefault
	}
	if o.PerCheck == 0 {
		o.PerCheck = perCheckDefault
	}
	return &Auditor{o: o, flows: map[tuple]*flow{}, tokens: map[uint32]tokenOwner{}}
}

// Segment reads a packet that is decoded. Its payload is the segment's stream and position. The segment is not
// kept.
func (a *Auditor) Segment(at sim.Time, dir Direction, s *wire.Segment) {
	a.packets++
	a.now, a.dir, a.seg, a.raw = at, dir, s, nil
	a.bytes, a.known = piece{pay: s.Payload}, true
	a.packet()
}

// Octets reads a packet from its IP header on. b may be cut short (by a snapshot length) behind the TCP header;
// it is not kept. The error says why the packet is no TCP segment; it then counts, but is passed over.
func (a *Auditor) Octets(at sim.Time, dir Direction, b []byte) error {
	return a.Numbered(a.packets+1, at, dir, b)
}

// Numbered is Octets for a packet that has a number already, as in a file.
func (a *Auditor) Numbered(number int, at sim.Time, dir Direction, b []byte) error {
	a.packets = number
	full := ipLength(b)
	cut := full > len(b)
	if cut {
		a.pad = append(append(a.pad[:0], b...), make([]byte, full-len(b))...)
	} else {
		a.pad = append(a.pad[:0], b...)
	}
	payload, err := a.decoded.Decode(a.pad, 1)
	if err != nil {
		return err
	}
	headers := full - len(payload)
	if headers > len(b) {
		return &wire.DecodeError{Field: "TCP header", Offset: len(b), Reason: "the capture cuts it"}
	}
	if f := a.flows[keyOf(&a.decoded)]; f != nil && f.conn.version == 0 {
		_, _ = a.decoded.Decode(a.pad, 0)
	}
	a.now, a.dir, a.seg = at, dir, &a.decoded
	a.raw = a.pad[ipHeader(b)+20 : headers]
	a.bytes, a.known = piece{data: payload}, !cut
	a.packet()
	if !cut {
		a.checksums(b)
	}
	return nil
}

// ipHeader is the length of the IP header of a packet that decodes.
func ipHeader(b []byte) int {
	if b[0]>>4 == 4 {
		return int(b[0]&0x0f) * 4
	}
	return 40
}

// ipLength is the packet's length by its IP header, 0 if there is none.
func ipLength(b []byte) int {
	switch {
	case len(b) >= 20 && b[0]>>4 == 4:
		return int(binary.BigEndian.Uint16(b[2:]))
	case len(b) >= 40 && b[0]>>4 == 6:
		return 40 + int(binary.BigEndian.Uint16(b[4:]))
	}
	return 0
}

// checksums holds a whole packet to its checksums. A sender that leaves the TCP checksum to its interface puts the
// sum of the pseudo-header there, which is no finding.
func (a *Auditor) checksums(b []byte) {
	err := wire.VerifyChecksums(b)
	if a.f == nil || err == nil {
		return
	}
	if b[0]>>4 == 4 && wire.PayloadSum(b[:ipHeader(b)]) != 0xffff {
		a.find(Checksum, value{}, say(err.Error()))
		return
	}
	if a.f.conn.offloaded(b) {
		return
	}
	a.find(Checksum, value{}, say(err.Error()))
}

// packet reads the current packet.
func (a *Auditor) packet() {
	s := a.seg
	a.f, a.h = a.flowOf(s)
	if a.f == nil {
		return
	}
	me := &a.f.end[a.h]
	a.local = a.dir == Outbound || a.dir == Unlabelled && a.f.near == a.h+1
	me.local = me.local || a.local
	if a.dir == Unlabelled {
		a.f.infer(a.now, s, a.h)
	}
	me.packets++
	if a.raw != nil {
		a.rawOptions()
	}
	if s.Flags&wire.RST != 0 {
		a.reset()
		return
	}
	if s.Flags&wire.SYN != 0 {
		a.syn()
	}
	a.base()
	a.ordered = a.local || a.laterThanAll()
	a.foreign = false
	a.sequence()
	if a.foreign {
		return
	}
	if a.acknowledgment(); a.foreign {
		a.stamp()
		return
	}
	a.tcpOptions()
	a.multipath()
	a.payload()
	a.afterwards()
}

// Findings returns what was found, in order. At most PerCheck of each check and connection are kept; Connections
// has the true numbers.
func (a *Auditor) Findings() []Finding { return a.findings }

// Packets is the number of the latest packet.
func (a *Auditor) Packets() int { return a.packets }

// find reports a finding about the current packet.
func (a *Auditor) find(c Check, expected, seen value) { a.findAs(rules[c].severity, c, expected, seen) }

func (a *Auditor) findAs(severity Severity, c Check, expected, seen value) {
	if a.applies(c) {
		a.keep(severity, c, expected, seen, nil)
	}
}

// applies says whether the check is made for the current packet.
func (a *Auditor) applies(c Check) bool {
	if a.local {
		return true
	}
	return !a.o.LocalOnly && rules[c].upset&a.o.Behind == 0
}

// suspect reports a finding that holds only if the trace is complete; else it waits until the end. dataLevel says
// that data sequence numbers are concerned, not those of the subflow.
func (a *Auditor) suspect(c Check, dataLevel bool, expected, seen value) {
	if !a.applies(c) {
		return
	}
	switch {
	case a.o.Complete:
		a.keep(rules[c].severity, c, expected, seen, nil)
	case dataLevel:
		a.keep(rules[c].severity, c, expected, seen, &a.f.conn.pending)
	default:
		a.keep(rules[c].severity, c, expected, seen, &a.f.pending)
	}
}

// keep makes the finding and puts it in the list, or in pending.
func (a *Auditor) keep(severity Severity, c Check, expected, seen value, pending *[]Finding) {
	n := &a.f.conn.counts[c]
	if pending == nil {
		a.f.conn.severities[severity]++
	}
	if *n++; int(*n) > a.o.PerCheck {
		return
	}
	f := Finding{Check: c, Severity: severity, Packet: a.packets, Time: a.now, Conn: a.f.conn.id, Flow: a.f.id,
		From: a.f.end[a.h].String(), Expected: expected.String(), Seen: seen.String()}
	if a.ending {
		f.Packet, f.Time = 0, 0
	}
	if pending != nil {
		*pending = append(*pending, f)
		return
	}
	a.add(f)
}

func (a *Auditor) add(f Finding) {
	a.findings = append(a.findings, f)
	if a.o.Report != nil {
		a.o.Report(&a.findings[len(a.findings)-1])
	}
}

// String is address and port.
func (h *half) String() string {
	port := strconv.Itoa(int(h.port))
	if h.addr.Is4() {
		return h.addr.String() + ":" + port
	}
	return "[" + h.addr.String() + "]:" + port
}
