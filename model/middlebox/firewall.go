package middlebox

import (
	"errors"

	"mpsim/model/link"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// Firewall lets connections out and nothing unsolicited in. With Strict it holds numbers to the windows as
// van Rooij, "Real Stateful TCP Packet Filtering in IP Filter" (2000), which Linux's connection tracking
// follows; and it takes up no connection in its middle.
type Firewall struct {
	InsideSecond  bool          // the hosts behind the link's second end are inside; else those at the first
	Timeout       unit.Duration // without traffic, of an established connection
	Transitory    unit.Duration // of one that is opening or closing
	Strict        bool
	ResetOutsider bool // what is refused from outside is answered by RST
}

func (x Firewall) build(b *Box) (mechanism, error) {
	if x.Timeout <= 0 || x.Transitory <= 0 {
		return nil, errors.New("a firewall needs time limits above 0")
	}
	return &firewallBox{Firewall: x, b: b}, nil
}

type firewallBox struct {
	Firewall
	b      *Box
	states []firewallState
}

type firewallState struct {
	allowed  bool
	answered bool
	last     sim.Time
	scales   scales
	side     [2]firewallSide
}

// firewallSide is what one end has sent, in the paper's terms.
type firewallSide struct {
	known   bool
	end     uint32 // of what it sent
	maxEnd  uint32 // of what it may send
	maxWin  uint32 // largest window it gave
	hasACKs bool
}

func (x *firewallBox) open(slot int32) { x.states = slotsFor(x.states, slot) }

func (x *firewallBox) packet(now sim.Time, p link.PacketID, s *wire.Segment, f *flow, d Direction) {
	t := &x.states[f.slot]
	inside := (d == Forward) != x.InsideSecond
	limit := x.Timeout
	if !t.answered || f.over() {
		limit = x.Transitory
	}
	why := CauseUnsolicited
	if t.allowed && now.Sub(t.last) > limit {
		*t = firewallState{}
		why = CauseExpired
	}
	if !t.allowed {
		opens := s.Flags&(wire.SYN|wire.ACK|wire.RST) == wire.SYN
		if !inside || x.Strict && !opens {
			refuse(now, x.b, p, s, d, why, x.ResetOutsider && !inside)
			return
		}
		t.allowed = true
	}
	if x.Strict && !t.valid(s, d) {
		x.b.drop(now, p, CauseInvalid)
		return
	}
	t.answered = t.answered || !inside
	t.last = now
	x.b.pass(p, d)
}

// ackSlack is how far an acknowledgment may lie back at least, octets.
const ackSlack = 66_000

// valid holds s to the windows and learns from it.
func (t *firewallState) valid(s *wire.Segment, d Direction) bool {
	t.scales.learn(s, d)
	from, to := &t.side[d], &t.side[d.Reverse()]
	end := s.Seq + s.SegLen()
	window := uint32(s.Window) << t.scales.of(s, d)
	if s.Flags.Has(wire.SYN) && !from.known {
		*from = firewallSide{known: true, end: end, maxEnd: end}
	}
	if !from.known {
		return false
	}
	ack := to.end
	if s.Flags.Has(wire.ACK) {
		ack = s.Ack
	}
	if !s.Flags.Has(wire.SYN) || s.Flags.Has(wire.ACK) {
		if to.known && (before(to.end, ack) || before(ack, to.end-max(from.maxWin, ackSlack)-1)) {
			return false
		}
	}
	if to.hasACKs && (before(from.maxEnd, s.Seq) || before(end, from.end-max(to.maxWin, 1)-1)) {
		return false
	}
	if to.hasACKs && before(from.maxEnd, end) {
		return false
	}
	from.end = later(from.end, end)
	if s.Flags.Has(wire.ACK) || s.Flags.Has(wire.SYN) {
		from.maxWin = max(from.maxWin, window)
		if s.Flags.Has(wire.ACK) {
			from.hasACKs = true
			to.maxEnd = later(to.maxEnd, s.Ack+max(window, 1))
		}
	}
	return true
}
