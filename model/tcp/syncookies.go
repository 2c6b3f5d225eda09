package tcp

import (
	"encoding/binary"

	"mpsim/model/link"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// SYN cookies (RFC 4987 section 3.6): a listener that keeps nothing of a SYN. What it has to know later
// stands in its initial sequence number, which the peer's ACK brings back: a hash that proves it, and eight
// bits for the options. As in Linux (syncookies.c) the hash has a time in it, so that a cookie is good for
// one to two minutes.

// Stateless is what an Acceptor can also be, to keep nothing of a connection until its handshake is done.
type Stateless interface {
	Acceptor
	// Stateless tells whether SYNs are to be answered so. AnswerSYN, called for each one, adds the owner's
	// options to the SYN/ACK.
	Stateless() bool
	AnswerSYN(syn, synack *wire.Segment)
	// RestoreSYN is called with the ACK that brings a cookie back, before Accept: it puts the owner's
	// options of the SYN, rebuilt from the ACK, into it. false drops the ACK.
	RestoreSYN(syn, ack *wire.Segment) bool
}

// cookieLife is the time that is part of a cookie (Linux: 60 s).
const cookieLife = 60 * unit.Second

// The MSS values that three bits can name.
var cookieMSS = [8]uint16{216, 536, 1220, 1300, 1440, 1460, 4312, 8960}

const (
	cookieInfoBits = 8
	cookieSACK     = 1 << 3
	cookieScale    = 4  // shift of the window scale, four bits
	cookieNoScale  = 15 // no window scaling
)

// cookieHash is the proof of a cookie: a keyed hash of the four-tuple, the peer's initial sequence number,
// the bits for the options, and the time. seg is a segment of the peer.
func (s *Stack) cookieHash(seg *wire.Segment, irs uint32, info uint8, minute uint64) uint64 {
	if !s.hasSynKey {
		random := s.w.Stream("tcp/" + s.name + "/SYN cookie key")
		s.synKey = [2]uint64{random.Uint64(), random.Uint64()}
		s.hasSynKey = true
	}
	var room [64]byte
	m := appendAddr(appendAddr(room[:0], seg.Src), seg.Dst)
	m = binary.BigEndian.AppendUint16(m, seg.SrcPort)
	m = binary.BigEndian.AppendUint16(m, seg.DstPort)
	m = binary.BigEndian.AppendUint32(m, irs)
	m = append(m, info)
	m = binary.BigEndian.AppendUint64(m, minute)
	return sipHash(s.synKey[0], s.synKey[1], m)
}

// cookie is the initial sequence number that answers a SYN.
func (s *Stack) cookie(now sim.Time, e *Endpoint, syn *wire.Segment) uint32 {
	info := uint8(0)
	for i, mss := range cookieMSS {
		if mss <= e.open.peerMSS {
			info = uint8(i)
		}
	}
	if e.sackOK {
		info |= cookieSACK
	}
	scale := uint8(cookieNoScale)
	if e.snd.scaling {
		scale = e.snd.shift
	}
	info |= scale << cookieScale
	return uint32(s.cookieHash(syn, syn.Seq, info, cookieMinute(now)))<<cookieInfoBits | uint32(info)
}

func cookieMinute(now sim.Time) uint64 { return uint64(int64(now) / int64(cookieLife)) }

// cookieValid tells whether an ACK brings one of our cookies back.
func (s *Stack) cookieValid(now sim.Time, ack *wire.Segment) bool {
	cookie := ack.Ack - 1
	info, minute := uint8(cookie), cookieMinute(now)
	for age := range min(minute+1, 2) {
		if uint32(s.cookieHash(ack, ack.Seq-1, info, minute-age))<<cookieInfoBits == cookie&^(1<<cookieInfoBits-1) {
			return true
		}
	}
	return false
}

// cookieOffset is the offset of timestamps: the same for the SYN/ACK and the endpoint made later.
func (s *Stack) cookieOffset(seg *wire.Segment) uint32 { return uint32(s.cookieHash(seg, 0, 0, 1<<63)) }

// answerStateless sends the SYN/ACK from an endpoint that is forgotten at once.
func (s *Stack) answerStateless(now sim.Time, a Stateless, seg *wire.Segment) {
	path, label, err := s.findPath(seg.Dst, seg.Src, seg.DstPort, seg.SrcPort)
	if err != nil {
		s.stats.NoEndpoint++
		return
	}
	e := s.newEndpoint(now, seg.Dst, seg.DstPort, seg.Src, seg.SrcPort, path)
	e.label = label
	e.setState(StateSynReceived)
	syn := *seg
	syn.Flags &^= wire.ECE | wire.CWR | wire.AE // there is no room to remember it
	e.takeSYN(now, &syn)
	e.iss, e.ts.offset = s.cookie(now, e, seg), s.cookieOffset(seg)
	e.owner = &synAnswer{a, seg}
	e.sendSYN(now)
	e.owner = nil
	e.release(now)
	s.stats.Stateless++
}

// synAnswer owns the endpoint that answers a SYN, for a moment.
type synAnswer struct {
	a   Stateless
	syn *wire.Segment
}

// Outgoing implements Owner.
func (o *synAnswer) Outgoing(_ sim.Time, _ *Endpoint, seg *wire.Segment, _ *Sent) {
	o.a.AnswerSYN(o.syn, seg)
}

// Window implements Owner: that of the SYN/ACK is not scaled, and the owner is not there yet to be asked.
func (o *synAnswer) Window(_ sim.Time, e *Endpoint) int64 { return e.s.par.ReceiveBuffer }

// The other methods of Owner: nothing arrives at such an endpoint.

// Incoming implements Owner.
func (o *synAnswer) Incoming(sim.Time, *Endpoint, *wire.Segment) bool { return false }

// Deliver implements Owner.
func (o *synAnswer) Deliver(sim.Time, *Endpoint, uint64, wire.Payload) {}

// Acked implements Owner.
func (o *synAnswer) Acked(sim.Time, *Endpoint, uint64) {}

// Ready implements Owner.
func (o *synAnswer) Ready(sim.Time, *Endpoint) {}

// PeerWindow implements Owner.
func (o *synAnswer) PeerWindow(sim.Time, *Endpoint, uint64, int64) {}

// Changed implements Owner.
func (o *synAnswer) Changed(sim.Time, *Endpoint, Event) {}

// openStateless makes the connection of an ACK that brings a cookie back, and hands it the ACK. It returns
// false if the ACK is to be refused as any other, and then has not touched the packet.
func (s *Stack) openStateless(now sim.Time, p link.PacketID, seg *wire.Segment) bool {
	l := s.listenerOf(seg)
	if l == nil {
		return false
	}
	a, ok := l.a.(Stateless)
	if !ok || !a.Stateless() {
		return false
	}
	if !s.cookieValid(now, seg) {
		if seg.Payload.Len == 0 && seg.Opts&wire.OptDSS == 0 {
			return false
		}
		// Data, or what acknowledges data to an MPTCP peer, that has overtaken the segment with the cookie: a RST,
		// as Linux sends, would end the connection; the segment will come again.
		s.net.Free(p)
		return true
	}
	path, label, err := s.findPath(seg.Dst, seg.Src, seg.DstPort, seg.SrcPort)
	if err != nil {
		return false
	}
	syn := s.rebuildSYN(seg)
	if !a.RestoreSYN(&syn, seg) {
		s.net.Free(p)
		return true
	}
	e := s.newEndpoint(now, seg.Dst, seg.DstPort, seg.Src, seg.SrcPort, path)
	e.label = label
	s.stats.Endpoints++
	e.setState(StateSynReceived)
	e.takeSYN(now, &syn)
	e.iss, e.ts.offset = seg.Ack-1, s.cookieOffset(seg)
	e.snd.nxt = 1
	e.open.syns, e.open.firstAt, e.open.sentAt = 2, now, now // 2: when it was sent is not known
	owner := a.Accept(now, e, &syn)
	if owner == nil {
		s.stats.Refused++
		e.release(now)
		s.refuse(now, seg, nil)
		s.net.Free(p)
		return true
	}
	e.setOwner(owner)
	if e.state != StateSynReceived { // the owner may have aborted it
		s.net.Free(p)
		return true
	}
	e.unusualWindow(max(0, e.owner.Window(now, e)), true) // what the SYN/ACK has announced is acceptable: the first data may come with the cookie
	e.input(now, p, seg)
	return true
}

// rebuildSYN returns the SYN of a connection as far as the ACK with the cookie tells.
func (s *Stack) rebuildSYN(ack *wire.Segment) wire.Segment {
	info := uint8(ack.Ack - 1)
	syn := wire.Segment{
		Src: ack.Src, Dst: ack.Dst, SrcPort: ack.SrcPort, DstPort: ack.DstPort, TTL: ack.TTL,
		Flags: wire.SYN, Seq: ack.Seq - 1, Opts: wire.OptMSS, MSS: cookieMSS[info&7],
	}
	if info&cookieSACK != 0 {
		syn.Opts |= wire.OptSACKPermitted
	}
	window := uint32(ack.Window)
	if shift := info >> cookieScale; shift != cookieNoScale {
		syn.Opts |= wire.OptWindowScale
		syn.WindowScale = shift
		window <<= shift
	}
	if ack.Opts&wire.OptTimestamps != 0 {
		syn.Opts |= wire.OptTimestamps
		syn.TSVal = ack.TSVal
	}
	syn.Window = uint16(min(window, 65535))
	return syn
}
