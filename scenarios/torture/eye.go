package torture

import (
	"mpsim/model/audit"
	"mpsim/model/topo"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sockapi"
)

// eye watches the packets that one host sends and receives, on its interfaces, and holds the host to what the
// RFCs let it send after what it has received. It knows nothing of the stack but its packets.
type eye struct {
	w      *world
	host   string
	flows  map[tuple]*carrier
	groups []*group
	buf    []byte

	auditor *audit.Auditor
}

// tuple names a flow as its host sees it.
type tuple struct {
	local, remote wire.Addr
	lport, rport  uint16
}

// carrier is one TCP connection or subflow. Numbers count from the initial sequence numbers of both ends,
// which the SYNs take as number 0: worlds are small, so 32 bits do.
type carrier struct {
	iss, irs         uint32
	sentSYN, gotSYN  bool
	in               intervals // received
	shift            uint8     // of the peer's windows
	scaled, ourScale bool
	edge             uint32 // right edge of the largest window that the peer has offered
	sawWindow        bool
	group            *group // nil: plain TCP, or not known to be MPTCP
	join             bool
	closed           bool
	forged           bool     // its MP_JOIN came with a wrong HMAC
	judged           bool     // whether it is to be forged has been decided
	next             *carrier // of a SYN that came on the same addresses and ports, and has no answer yet
	carried          []piece  // data that it has sent and the peer has not acknowledged on it
}

// piece is data sequence numbers [from, to), sent up to the number end of a flow.
type piece struct{ end, from, to uint32 }

// acknowledged moves what the peer has on the flow to what has got through: it is not lost with a flow.
func (f *carrier) acknowledged(ack uint32) {
	n := 0
	for _, p := range f.carried {
		left := p.to - p.from
		if p.end <= ack {
			left = 0
		} else {
			left = min(left, p.end-ack)
		}
		if f.group != nil {
			f.group.through.add(p.from, p.to-left)
		}
		if p.from = p.to - left; left > 0 {
			f.carried[n] = p
			n++
		}
	}
	f.carried = f.carried[:n]
}

// group is one MPTCP connection of the host. Data sequence numbers count from the initial one, so that the
// first octet has number 1.
type group struct {
	version               int
	localKey, remoteKey   uint64
	haveLocal, haveRemote bool
	early                 []wire.DSS // mappings that came before the peer's key
	in                    intervals  // mapped octets that have arrived, the DATA_FIN included
	ackOut                uint32     // largest DATA_ACK sent
	ackIn                 uint32     // largest DATA_ACK received
	sawAck                bool
	edge                  uint32 // right edge of the largest window offered
	sentMax               uint32 // behind the largest octet sent
	stream                uint32 // content that the host sends
	plain                 bool   // fell back: what is said about data sequence numbers holds no more
	flows                 []*carrier
	orphans               intervals // carried by flows that have gone only, and not acknowledged
	orphaned              sim.Time
	through               intervals // acknowledged on some flow, not yet by a DATA_ACK
}

// eyeTap is the eye at one interface.
type eyeTap struct{ *eye }

// Packet implements link.Tap.
func (e eyeTap) Packet(now sim.Time, s *wire.Segment, inbound bool) {
	e.w.seen()
	if inbound {
		e.forge(s)
		e.received(s)
	} else {
		e.sent(now, s)
	}
	e.audited(now, s, inbound)
}

// watchPackets puts an eye on every host.
func (w *world) watchPackets() {
	w.build.EachHost(func(t *topo.Host, h *sockapi.Host) {
		e := &eye{w: w, host: h.Name(), flows: map[tuple]*carrier{}, auditor: w.newAuditor(h.Name())}
		w.eyes = append(w.eyes, e)
		for i := range t.NumInterfaces() {
			t.SetTap(i, eyeTap{e})
		}
		if m := h.MPTCP(); m != nil {
			m.SetObserver(eyeObserver{e})
		}
	})
}

// flowOf returns the state of a segment's flow, made anew by a SYN with another number. Nil: no SYN was seen.
func (e *eye) flowOf(s *wire.Segment, inbound bool) *carrier {
	k := tuple{s.Src, s.Dst, s.SrcPort, s.DstPort}
	if inbound {
		k = tuple{s.Dst, s.Src, s.DstPort, s.SrcPort}
	}
	f := e.flows[k]
	if s.Flags&wire.SYN == 0 {
		return f
	}
	old := f
	switch {
	case old == nil:
		f = &carrier{}
	case inbound && old.next != nil && old.next.irs == s.Seq:
		return old.next
	case !inbound && old.next != nil && s.Ack == old.next.irs+1: // the host has taken the peer's new SYN
		e.flows[k] = old.next
		return old.next
	case inbound && (!old.gotSYN || old.irs == s.Seq), !inbound && (!old.sentSYN || old.iss == s.Seq):
		return old
	case s.Flags&wire.ACK == 0: // another connection
		f = &carrier{}
	case inbound: // another answer to the same SYN: the peer had forgotten the first one
		f = &carrier{sentSYN: true, iss: old.iss, ourScale: old.ourScale, join: old.join}
	default: // this host had forgotten it
		f = &carrier{gotSYN: true, irs: old.irs, scaled: old.scaled, shift: old.shift, join: old.join}
		f.in.add(0, 1)
	}
	if old != nil && old.join {
		f.group, f.join = old.group, true
	}
	if inbound && old != nil && old.sentSYN && s.Flags&wire.ACK == 0 {
		old.next = f // until the host answers it, what it sends belongs to the old one
		return f
	}
	e.flows[k] = f
	return f
}

// received learns from a segment that has come in.
func (e *eye) received(s *wire.Segment) {
	f := e.flowOf(s, true)
	if f == nil || s.Flags&wire.RST != 0 {
		return
	}
	if s.Flags&wire.SYN != 0 {
		f.gotSYN, f.irs = true, s.Seq
		f.scaled = s.Opts&wire.OptWindowScale != 0
		f.shift = min(s.WindowScale, 14)
	}
	if !f.gotSYN {
		return
	}
	from := s.Seq - f.irs
	f.in.add(from, from+s.SegLen())
	e.learnKeys(f, s, true)
	g := f.group
	if g != nil && s.Opts&wire.OptDSS == 0 && s.Opts&mptcpOptions == 0 && s.Flags&wire.SYN == 0 &&
		!f.join && !g.sawAck && s.Payload.Len > 0 {
		g.plain = true
	}
	if g != nil {
		g.arrived(s)
	}
	if s.Flags&wire.ACK == 0 || !f.sentSYN {
		return
	}
	window := uint32(s.Window)
	if s.Flags&wire.SYN == 0 && f.scaled && f.ourScale {
		window <<= f.shift
	}
	f.edge = max(f.edge, s.Ack-f.iss+window)
	f.acknowledged(s.Ack - f.iss)
	f.sawWindow = true
	if g != nil {
		g.windowed(s, f, window)
	}
}

const mptcpOptions = wire.OptCapable | wire.OptJoin | wire.OptDSS | wire.OptAddAddr | wire.OptRemoveAddr |
	wire.OptPrio | wire.OptFail | wire.OptFastClose | wire.OptReset

// forge gives a part of the joins a wrong HMAC before the stack sees it: what an attacker on the last hop
// could do. It is the one thing that an eye changes.
func (e *eye) forge(s *wire.Segment) {
	if e.w.forge == 0 || s.Opts&wire.OptJoin == 0 || s.Join.Form == wire.JoinSYN {
		return
	}
	f := e.flows[tuple{s.Dst, s.Src, s.DstPort, s.SrcPort}]
	if f == nil {
		return
	}
	if !f.judged {
		f.judged = true
		f.forged = uint64(s.Join.HMAC[5]) < e.w.forge*256/100
	}
	if f.forged {
		s.Join.HMAC[int(s.Join.HMAC[0])%8] ^= 1 << (s.Join.HMAC[1] % 8)
		e.w.out.Coverage["joins forged"]++
	}
}

// learnKeys follows the handshakes: which connection a flow belongs to.
func (e *eye) learnKeys(f *carrier, s *wire.Segment, inbound bool) {
	switch {
	case s.Opts&wire.OptCapable != 0:
		c := &s.Capable
		if f.group == nil {
			if c.Form < wire.CapableKey && s.Flags&wire.SYN != 0 {
				return
			}
			f.group = &group{}
			f.group.flows = append(f.group.flows, f)
			e.groups = append(e.groups, f.group)
		}
		f.group.learn(c, inbound)
	case s.Opts&wire.OptJoin != 0 && s.Join.Form == wire.JoinSYN && f.group == nil:
		f.join = true
		for _, g := range e.groups {
			own, ok := g.localKey, g.haveLocal
			if !inbound {
				own, ok = g.remoteKey, g.haveRemote
			}
			if ok && wire.Token(own, g.version) == s.Join.Token {
				f.group = g
				g.flows = append(g.flows, f)
				return
			}
		}
	}
}

// learn takes the keys of an MP_CAPABLE.
func (g *group) learn(c *wire.Capable, inbound bool) {
	if c.Form < wire.CapableKey {
		return
	}
	g.version = int(c.Version)
	sender, receiver := &g.localKey, &g.remoteKey
	haveSender, haveReceiver := &g.haveLocal, &g.haveRemote
	if inbound {
		sender, receiver, haveSender, haveReceiver = receiver, sender, haveReceiver, haveSender
	}
	if !*haveSender {
		*sender, *haveSender = c.SenderKey, true
	}
	if c.Form >= wire.CapableKeys && !*haveReceiver {
		*receiver, *haveReceiver = c.ReceiverKey, true
	}
}

func (g *group) localNumber(dsn uint64) uint32 {
	return uint32(dsn) - uint32(wire.IDSN(g.localKey, g.version))
}

func (g *group) remoteNumber(dsn uint64) uint32 {
	return uint32(dsn) - uint32(wire.IDSN(g.remoteKey, g.version))
}

// arrived notes the octets that a segment maps, and what the peer acknowledges.
func (g *group) arrived(s *wire.Segment) {
	if g.haveRemote && g.early != nil { // before the peer's key was known
		for _, d := range g.early {
			g.mapped(&d)
		}
		g.early = nil
	}
	if s.Opts&wire.OptCapable != 0 && s.Capable.Form >= wire.CapableData {
		g.in.add(1, 1+uint32(s.Capable.DataLen))
	}
	if s.Opts&wire.OptDSS == 0 {
		return
	}
	d := &s.DSS
	if d.Flags&wire.DSSMap != 0 {
		if d.Len == 0 {
			g.plain = true
		}
		if g.haveRemote {
			g.mapped(d)
		} else {
			g.early = append(g.early, *d)
		}
	}
	if d.Flags&wire.DSSAck != 0 && g.haveLocal {
		g.sawAck = true
		if n := g.localNumber(d.DataAck); n > g.ackIn && n <= g.sentMax+1 {
			g.ackIn = n
			g.orphans.cut(0, n)
			g.through.cut(0, n)
		}
	}
}

// mapped notes octets that a mapping has brought, at most.
func (g *group) mapped(d *wire.DSS) {
	from := g.remoteNumber(d.DSN)
	g.in.add(from, from+uint32(d.Len))
}

// windowed notes the window of a segment: it counts from the DATA_ACK (RFC 8684 section 3.3.4).
func (g *group) windowed(s *wire.Segment, f *carrier, window uint32) {
	switch {
	case s.Opts&wire.OptDSS != 0 && s.DSS.Flags&wire.DSSAck != 0 && g.haveLocal:
		g.edge = max(g.edge, g.localNumber(s.DSS.DataAck)+window)
	case !g.sawAck && !f.join:
		g.edge = max(g.edge, 1+window)
	}
}
