package audit

import (
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// tuple is a 4-tuple whatever the direction: a is the lower end.
type tuple struct {
	a, b         wire.Addr
	aPort, bPort uint16
}

func keyOf(s *wire.Segment) tuple {
	if c := s.Src.Compare(s.Dst); c < 0 || c == 0 && s.SrcPort <= s.DstPort {
		return tuple{s.Src, s.Dst, s.SrcPort, s.DstPort}
	}
	return tuple{s.Dst, s.Src, s.DstPort, s.SrcPort}
}

// flow is one TCP connection: a plain one, or a subflow. end[0] sent the first SYN, or, where the trace has no
// handshake, the first packet.
type flow struct {
	id      int // within its connection, from 1
	conn    *conn
	swap    int // 1 if end[0] is side 1 of the connection
	end     [2]half
	pending []Finding // that hold unless the trace has gaps

	synSeen, synAckSeen bool
	synAt, synAckAt     sim.Time
	timed, answered     bool
	near                int // 1 + the end that seems to be at the vantage point; 0: not known
	dead                bool
	midway              bool // first seen without its handshake
	finished            bool
	waiting             *waitingSYN
	gaps                bool // acknowledged numbers are not in the trace
	join                join
	capable             capable
}

// half is one direction of a flow: what one end has sent. Numbers are sequence numbers relative to the initial
// one, unwrapped: the SYN is number 0, the first octet number 1.
type half struct {
	addr    wire.Addr
	port    uint16
	isn     uint32
	based   bool // isn has a value
	known   bool // isn comes from the SYN
	top     int64
	cover   ranges
	fin     int64 // number of the FIN; 0: none
	content content
	packets int

	syn     wire.Options // of its SYN
	shift   uint8        // its window scale
	acked   int64        // the highest acknowledgment that it has sent, in the peer's numbers
	sawAck  bool
	edge    int64 // the highest right edge that it has offered
	offered bool
	stamp   uint32 // the latest timestamp value
	stamped bool

	ssnShift  int64  // number of SSN 0: octets of the SYN that were taken (RFC 8684 appendix B.2)
	bound     bounds // mappings
	sums      []mapping
	backup    bool // asks the peer not to send here
	signals   int  // duplicate ACKs in a row with signals only
	dataAck   int64
	dataEdge  int64
	sawDSS    bool
	unmapped  int   // packet with data that had no mapping, before any data was acknowledged
	plain     bool  // it has gone back to TCP
	plainAt   int64 // its numbers before this one were sent before
	ssnKnown  bool  // ssnShift has a value although the handshake is not in the trace
	verified  mapping
	spoilt    ranges // data sequence numbers whose octets here had a wrong checksum
	lastAck   uint32
	local     bool // it is at the vantage point
	usedSpare bool
}

// rel unwraps a sequence number of this half.
func (h *half) rel(seq uint32) int64 { return unwrap(seq-h.isn, h.top) }

// unwrap gives the number nearest to reference whose low 32 bits are n.
func unwrap(n uint32, reference int64) int64 {
	return reference + int64(int32(n-uint32(reference)))
}

// unwrap64 is the distance from zero to n in the space of 64 bits.
func unwrap64(n, zero uint64) int64 { return int64(n - zero) }

// waitingSYN is a SYN with another number on a 4-tuple in use. It begins a new connection only if it is answered
// by a SYN/ACK; a host that still has the old connection acknowledges that instead (RFC 5961 section 4).
type waitingSYN struct {
	seg    wire.Segment
	number int
	at     sim.Time
	dir    Direction
}

// flowOf returns the flow of a segment and the end that sent it; nil for a SYN that has to wait for its answer.
func (a *Auditor) flowOf(s *wire.Segment) (*flow, int) {
	k := keyOf(s)
	f := a.flows[k]
	if f == nil {
		return a.newFlow(k, s), boolEnd(s.Flags.Has(wire.SYN | wire.ACK))
	}
	h := f.endOf(s)
	switch s.Flags & (wire.SYN | wire.ACK | wire.RST) {
	case wire.SYN:
		switch {
		case !f.renewed(s, h):
		case f.lives() && f.waiting != nil && f.waiting.seg.Src == s.Dst && f.waiting.seg.SrcPort == s.DstPort:
			// Both ends have begun anew at the same time.
			w := f.waiting
			a.finishFlow(f)
			return a.awaited(k, w, s), 1
		case f.lives():
			f.waiting = &waitingSYN{*s, a.packets, a.now, a.dir}
			return nil, 0
		default:
			a.finishFlow(f)
			return a.newFlow(k, s), 0
		}
	case wire.SYN | wire.ACK:
		if w := f.waiting; w != nil && s.Ack == w.seg.Seq+uint32(1) {
			a.finishFlow(f)
			return a.awaited(k, w, s), 1
		}
		if h == 1 && f.end[1].known && f.end[1].isn != s.Seq && !f.end[0].sawAck {
			a.answerAgain(f)
		}
	}
	return f, h
}

func boolEnd(second bool) int {
	if second {
		return 1
	}
	return 0
}

// awaited makes the flow of a SYN that was answered, and reads the SYN.
func (a *Auditor) awaited(k tuple, w *waitingSYN, answer *wire.Segment) *flow {
	number, now, dir, raw, bytes := a.packets, a.now, a.dir, a.raw, a.bytes
	a.packets, a.now, a.dir, a.raw, a.bytes = w.number, w.at, w.dir, nil, piece{pay: w.seg.Payload}
	a.seg = &w.seg
	known := a.known
	a.known = false
	delete(a.flows, k)
	a.packet()
	a.packets, a.now, a.dir, a.raw, a.bytes, a.known, a.seg = number, now, dir, raw, bytes, known, answer
	return a.flows[k]
}

// answerAgain forgets the SYN/ACK of an end that has given up the attempt and takes the repeated SYN for a new one.
func (a *Auditor) answerAgain(f *flow) {
	old := &f.end[1]
	f.end[1] = half{addr: old.addr, port: old.port, packets: old.packets, content: content{limit: a.o.HoldOctets}}
	f.end[0].acked, f.dead = 0, false
	f.capable.synAck, f.join.have[1], f.join.bad = false, false, false
	if !f.join.used {
		side := &f.conn.side[f.sideOf(1)]
		side.haveKey, side.haveZero = false, false
	}
}

// newFlow makes the flow of its first segment and finds its connection.
func (a *Auditor) newFlow(k tuple, s *wire.Segment) *flow {
	f := &flow{}
	f.end[0].addr, f.end[0].port = s.Src, s.SrcPort
	f.end[1].addr, f.end[1].port = s.Dst, s.DstPort
	f.midway = s.Flags&(wire.SYN|wire.ACK) != wire.SYN
	if s.Flags.Has(wire.SYN | wire.ACK) {
		f.end[0], f.end[1] = f.end[1], f.end[0]
	}
	for i := range f.end {
		f.end[i].content.limit = a.o.HoldOctets
	}
	a.flows[k] = f
	a.attach(f)
	return f
}

// lives says that the handshake was answered, so that a host may still have the connection.
func (f *flow) lives() bool { return f.midway || f.synAckSeen || f.end[0].sawAck && f.end[1].sawAck }

func (f *flow) endOf(s *wire.Segment) int {
	if f.end[0].addr == s.Src && f.end[0].port == s.SrcPort {
		return 0
	}
	return 1
}

// renewed says whether a SYN begins another connection on the same 4-tuple. A SYN from the other end while the
// first is unanswered is a simultaneous open.
func (f *flow) renewed(s *wire.Segment, h int) bool {
	me := &f.end[h]
	switch {
	case f.midway:
		return true
	case me.known && me.isn == s.Seq:
		return false
	case f.dead || me.known:
		return true
	}
	return f.synAckSeen || f.end[1-h].packets > 1 && f.end[1-h].top > 1
}

// infer decides from the delays of the handshake which end is at the vantage point, where packets have no label.
func (f *flow) infer(now sim.Time, s *wire.Segment, h int) {
	switch flags := s.Flags & (wire.SYN | wire.ACK | wire.RST); {
	case flags == wire.SYN && h == 0:
		f.synAt, f.timed = now, true
	case flags == wire.SYN|wire.ACK && h == 1 && f.timed && !f.answered:
		f.synAckAt, f.answered = now, true
	case flags == wire.ACK && h == 0 && f.answered && f.near == 0:
		out, back := f.synAckAt.Sub(f.synAt), now.Sub(f.synAckAt)
		switch {
		case out > unit.Millisecond && out > 10*back:
			f.near = 1
		case back > unit.Millisecond && back > 10*out:
			f.near = 2
		default:
			f.near = -1
		}
	}
}

// syn learns from a SYN or SYN/ACK.
func (a *Auditor) syn() {
	s, f, me := a.seg, a.f, &a.f.end[a.h]
	if !me.known {
		me.isn, me.based, me.known = s.Seq, true, true
	}
	me.syn = s.Opts
	if s.Opts&wire.OptWindowScale != 0 {
		me.shift = min(s.WindowScale, 14)
		if s.WindowScale > 14 {
			a.find(ScaleLarge, num(14), num(int64(s.WindowScale)))
		}
	}
	if s.Flags&wire.ACK == 0 {
		f.synSeen = true
		return
	}
	f.synAckSeen = true
	if !f.synSeen {
		return
	}
	extra := s.Opts &^ f.end[1-a.h].syn & (wire.OptWindowScale | wire.OptSACKPermitted | wire.OptTimestamps)
	if extra != 0 {
		a.find(Unasked, value{}, say(extra.String()))
	}
}

// base gives the halves of a flow without handshake in the trace their numbers.
func (a *Auditor) base() {
	s, me, peer := a.seg, &a.f.end[a.h], &a.f.end[1-a.h]
	if !me.based {
		me.isn, me.based, me.top = s.Seq-1, true, 1
	}
	if !peer.based && s.Flags&wire.ACK != 0 {
		peer.isn, peer.based, peer.top = s.Ack-1, true, 1
	}
}

// laterThanAll says that the segment's numbers show that its end of the flow sent it after all others seen.
func (a *Auditor) laterThanAll() bool {
	s, me, peer := a.seg, &a.f.end[a.h], &a.f.end[1-a.h]
	if s.Flags&wire.ACK != 0 && me.sawAck && peer.based && peer.rel(s.Ack) > me.acked {
		return true
	}
	// New data is no proof: what was sent again may have overtaken it.
	return s.Opts&wire.OptTimestamps != 0 && me.stamped && int32(s.TSVal-me.stamp) > 0
}
