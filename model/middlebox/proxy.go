package middlebox

import (
	"errors"

	"mpsim/model/link"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// Proxy splits connections: it acknowledges data on behalf of the far end, keeps it, and brings it there
// with its own retransmissions and congestion window, as performance enhancing proxies do (RFC 3135 section
// 3.1.1, ACK spoofing). The ends keep their sequence numbers. RFC 8684 section 6 names what follows for
// MPTCP: data that was acknowledged early may never arrive.
//
// Its sender is NewReno (RFC 6582) with a retransmission timeout that starts at 500 ms; its receiver takes
// data in order only. Absorbed counts the segments that it took, Made those that it sent, Events its
// retransmissions.
type Proxy struct {
	Buffer int64 // octets kept, each direction
	MPTCP  ProxyOptions
}

// ProxyOptions says which MPTCP options get through a proxy.
type ProxyOptions uint8

// What a proxy does with MPTCP's options.
const (
	NoOptions        ProxyOptions = iota // all are removed: both ends see plain TCP
	HandshakeOptions                     // those of SYNs and of the third ACK get through, later ones do not
	KeptOptions                          // all get through, with the data or with the ACK that has them
)

const (
	proxyFirstRTO = 500 * unit.Millisecond
	proxyLastRTO  = 60 * unit.Second
	proxyTries    = 15 // timeouts in a row, then the connection is reset (RFC 9293 section 3.8.3, R2)
	proxyWindow   = 10 // segments (RFC 6928)
	proxyMSS      = 1460
)

func (x Proxy) build(b *Box) (mechanism, error) {
	if x.Buffer < 2*proxyMSS {
		return nil, errors.New("its buffer holds less than two segments")
	}
	return &proxyBox{Proxy: x, b: b}, nil
}

type proxyBox struct {
	Proxy
	b      *Box
	states []proxyState
}

// proxyState is one connection.
type proxyState struct {
	key    key
	open   bool // both SYNs were seen
	scales scales
	side   [2]proxySide
}

// proxySide is the data of one direction, between the proxy's receiver and its sender.
type proxySide struct {
	known bool
	start uint32 // first octet
	next  uint32 // what its receiver expects
	una   uint32 // oldest octet that its sender waits for
	nxt   uint32 // what its sender sends next
	kept  []link.PacketID
	bytes int64 // in kept
	sent  int   // of kept: those before it are in flight

	window    int64 // of the far end
	cwnd      int64
	ssthresh  int64
	mss       int64
	dupACKs   int
	recover   uint32
	inRecover bool
	rto       unit.Duration
	tries     int // timeouts in a row
	deadline  sim.Time

	tsval  uint32 // last timestamp of the end that sends this data
	hasTS  bool
	closed bool // its window to the sender was nearly closed
}

func (x *proxyBox) open(slot int32) {
	if int(slot) < len(x.states) {
		x.clear(&x.states[slot])
	}
	x.states = slotsFor(x.states, slot)
}

// clear forgets a connection and what it has kept.
func (x *proxyBox) clear(t *proxyState) {
	for d := range t.side {
		x.empty(&t.side[d])
		t.side[d] = proxySide{deadline: sim.Never}
	}
	t.open = false
}

// empty gives up what a direction has kept.
func (x *proxyBox) empty(a *proxySide) {
	for _, p := range a.kept {
		x.b.absorb(p)
	}
	a.kept, a.bytes, a.sent = nil, 0, 0
}

func (x *proxyBox) packet(now sim.Time, p link.PacketID, s *wire.Segment, f *flow, d Direction) {
	t := &x.states[f.slot]
	a, back := &t.side[d], &t.side[d.Reverse()]
	if s.Flags.Has(wire.SYN) {
		x.begin(p, s, f, t, d)
		return
	}
	if s.Flags.Has(wire.RST) || !t.open || !a.known || !back.known {
		if s.Flags.Has(wire.RST) {
			x.clear(t)
		}
		x.strip(s, false)
		x.b.pass(p, d)
		return
	}
	if s.Has(wire.OptTimestamps) {
		a.tsval, a.hasTS = s.TSVal, true
	}
	if s.Flags.Has(wire.ACK) {
		x.acked(now, t, d.Reverse(), s.Ack, int64(s.Window)<<t.scales.of(s, d), s.SegLen() == 0)
	}
	if s.SegLen() > 0 {
		x.take(now, p, s, t, d)
	} else if a.fresh() && back.fresh() || x.carries(s) { // the third ACK, or an option
		x.strip(s, a.fresh() && back.fresh())
		x.refresh(s, t, d)
		x.b.modified(p, d)
	} else {
		x.b.absorb(p)
	}
	x.wake(min(a.deadline, back.deadline))
}

// wake makes the timer fire at a time at the latest.
func (x *proxyBox) wake(at sim.Time) {
	if at < x.b.timer.Deadline() {
		x.b.timer.Set(x.b.world(), at)
	}
}

// begin passes a SYN on and learns where sequence numbers start.
func (x *proxyBox) begin(p link.PacketID, s *wire.Segment, f *flow, t *proxyState, d Direction) {
	start := s.Seq + 1
	if t.side[d].known && t.side[d].start == start { // it comes again
		x.strip(s, true)
		x.b.modified(p, d)
		return
	}
	if !s.Flags.Has(wire.ACK) && d == f.opener {
		x.clear(t)
	}
	x.empty(&t.side[d])
	t.key = f.key
	t.scales.learn(s, d)
	t.side[d] = proxySide{
		known: true, start: start, next: start, una: start, nxt: start, ssthresh: 1 << 30, mss: proxyMSS,
		cwnd: proxyWindow * proxyMSS, rto: proxyFirstRTO, deadline: sim.Never, window: t.side[d].window,
	}
	if s.Has(wire.OptTimestamps) {
		t.side[d].tsval, t.side[d].hasTS = s.TSVal, true
	}
	t.side[d.Reverse()].window = int64(s.Window)
	t.open = t.side[0].known && t.side[1].known
	if s.Payload.Len > 0 { // RFC 7413: it does not take data on a SYN, so that it comes again
		s.Payload = wire.Payload{}
		s.Opts &^= wire.OptFastOpen
	}
	x.strip(s, true)
	x.b.modified(p, d)
}

// strip removes MPTCP's options where they do not get through.
func (x *proxyBox) strip(s *wire.Segment, handshake bool) {
	if x.MPTCP == NoOptions || x.MPTCP == HandshakeOptions && !handshake {
		s.Opts &^= wire.OptMPTCP
	}
}

// fresh tells that nothing has come but the SYN.
func (a *proxySide) fresh() bool { return a.next == a.start && a.una == a.start }

// carries tells that a pure ACK has an option that has to get through.
func (x *proxyBox) carries(s *wire.Segment) bool {
	return x.MPTCP == KeptOptions && s.Opts&wire.OptMPTCP != 0
}

// take keeps a segment with data or FIN, acknowledges it, and sends on what may go.
func (x *proxyBox) take(now sim.Time, p link.PacketID, s *wire.Segment, t *proxyState, d Direction) {
	a := &t.side[d]
	end := s.Seq + s.SegLen()
	switch {
	case before(a.next, s.Seq) || !before(a.next, end): // a hole before it, or all of it is old
		x.b.absorb(p)
		x.acknowledge(now, t, d)
		return
	case a.bytes+int64(s.Payload.Len) > x.Buffer:
		x.b.drop(now, p, CauseOverflow)
		x.acknowledge(now, t, d)
		return
	}
	if old := a.next - s.Seq; old > 0 {
		s.Payload = s.Payload.Slice(old, s.Payload.Len)
		s.Seq = a.next
	}
	a.next = end
	a.bytes += int64(s.Payload.Len)
	a.mss = max(a.mss, int64(s.Payload.Len))
	a.kept = append(a.kept, p)
	x.strip(s, x.MPTCP == HandshakeOptions && s.Has(wire.OptCapable))
	x.acknowledge(now, t, d)
	x.send(now, t, d)
}

// room is the window that the sender of direction d is given, as its field says it.
func (x *proxyBox) room(t *proxyState, d Direction) uint16 {
	a := &t.side[d]
	shift := uint8(0)
	if t.scales.given[0] && t.scales.given[1] {
		shift = t.scales.shift[d.Reverse()]
	}
	return uint16(min(max(x.Buffer-a.bytes, 0)>>shift, 65535))
}

// refresh gives a segment that goes in direction d the proxy's acknowledgment, window and timestamps.
func (x *proxyBox) refresh(s *wire.Segment, t *proxyState, d Direction) {
	a, back := &t.side[d], &t.side[d.Reverse()]
	s.Flags |= wire.ACK
	s.Ack, s.Window = back.next, x.room(t, d.Reverse())
	s.Opts &^= wire.OptSACK
	if s.Has(wire.OptTimestamps) && back.hasTS {
		s.TSVal, s.TSEcr = a.tsval, back.tsval
	}
}

// acknowledge tells the sender of direction d what has come.
func (x *proxyBox) acknowledge(now sim.Time, t *proxyState, d Direction) {
	p, s := x.b.make()
	address(s, t.key, d.Reverse())
	back := &t.side[d.Reverse()]
	s.Seq = back.nxt
	if back.hasTS && t.side[d].hasTS {
		s.Opts = wire.OptTimestamps
	}
	x.refresh(s, t, d.Reverse())
	t.side[d].closed = x.Buffer-t.side[d].bytes < 2*t.side[d].mss
	x.b.emit(now, p, d.Reverse())
}

// due handles the retransmission timers.
func (x *proxyBox) due(now sim.Time) {
	for i := range x.states {
		for d := range x.states[i].side {
			a := &x.states[i].side[d]
			if a.deadline > now {
				continue
			}
			x.timeout(now, &x.states[i], Direction(d))
		}
	}
	for i := range x.states {
		for d := range x.states[i].side {
			if a := &x.states[i].side[d]; a.known {
				x.wake(a.deadline)
			}
		}
	}
}
