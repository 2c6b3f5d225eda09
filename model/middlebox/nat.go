package middlebox

import (
	"errors"

	"mpsim/model/link"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// NAT gives the connections of the hosts inside one public address (RFC 3022, traditional NAPT) as RFC 5382
// asks for TCP: mappings that do not depend on the destination (REQ-1), filtering that does by address and
// port, time limits (REQ-5). Addresses inside options stay as they are, which MPTCP lives with: joins name
// an address by its id (RFC 8684 section 3.2). Modified counts segments, Events mappings made.
type NAT struct {
	Public        wire.Addr
	InsideSecond  bool          // the hosts behind the link's second end are inside; else those at the first
	Timeout       unit.Duration // without traffic, of an established connection; REQ-5: at least 2 h 4 min
	Transitory    unit.Duration // of one that is opening or closing; REQ-5: at least 4 min
	ResetOutsider bool          // unsolicited segments from outside are answered by RST
}

// natPorts are the ports that a NAT gives away when the inner one is taken.
const (
	natFirstPort = 1024
	natPorts     = 1<<16 - natFirstPort
)

func (x NAT) build(b *Box) (mechanism, error) {
	if !x.Public.IsValid() || x.Timeout <= 0 || x.Transitory <= 0 {
		return nil, errors.New("a NAT needs a public address and time limits above 0")
	}
	return &natBox{
		NAT: x, b: b, out: map[natKey]int32{}, in: map[natKey]int32{}, ports: map[end]natPort{},
		owner: map[uint16]end{},
		next:  natFirstPort,
	}, nil
}

type natBox struct {
	NAT
	b       *Box
	out     map[natKey]int32 // by inner end and remote end
	in      map[natKey]int32 // by public end and remote end
	ports   map[end]natPort  // by inner end
	owner   map[uint16]end   // of public ports
	entries []natEntry
	free    []int32
	order   []int32 // of making
	first   int
	next    int
}

type natKey struct{ local, remote end }

// natPort is the public port of an inner end, and how many connections use it.
type natPort struct {
	port uint16
	uses int32
}

type natEntry struct {
	inner, remote end
	port          uint16
	last          sim.Time
	answered      bool
	ended         bool // a RST, or a FIN of either end
}

func (x *natBox) open(int32)                                                      {}
func (x *natBox) packet(sim.Time, link.PacketID, *wire.Segment, *flow, Direction) {}
func (x *natBox) outward() Direction {
	if x.InsideSecond {
		return Backward
	}
	return Forward
}

func (x *natBox) raw(now sim.Time, p link.PacketID, s *wire.Segment, d Direction) {
	if d == x.outward() {
		x.outgoing(now, p, s, d)
		return
	}
	x.incoming(now, p, s, d)
}

func (x *natBox) expired(now sim.Time, e *natEntry) bool {
	limit := x.Timeout
	if !e.answered || e.ended {
		limit = x.Transitory
	}
	return now.Sub(e.last) > limit
}

func (x *natBox) outgoing(now sim.Time, p link.PacketID, s *wire.Segment, d Direction) {
	k := natKey{end{s.Src, s.SrcPort}, end{s.Dst, s.DstPort}}
	i, known := x.out[k]
	if known && x.expired(now, &x.entries[i]) {
		x.remove(i)
		known = false
	}
	if !known {
		if s.Flags.Has(wire.RST) { // nothing to end
			x.b.drop(now, p, CauseExpired)
			return
		}
		var ok bool
		if i, ok = x.add(now, k); !ok {
			x.b.drop(now, p, CauseNoPort)
			return
		}
	}
	e := &x.entries[i]
	x.touch(now, e, s)
	s.Src, s.SrcPort = x.Public, e.port
	x.b.modified(p, d)
}

func (x *natBox) incoming(now sim.Time, p link.PacketID, s *wire.Segment, d Direction) {
	i, known := x.in[natKey{end{s.Dst, s.DstPort}, end{s.Src, s.SrcPort}}]
	why := CauseUnsolicited
	if known && x.expired(now, &x.entries[i]) {
		x.remove(i)
		known, why = false, CauseExpired
	}
	if !known {
		refuse(now, x.b, p, s, d, why, x.ResetOutsider)
		return
	}
	e := &x.entries[i]
	e.answered = true
	x.touch(now, e, s)
	s.Dst, s.DstPort = e.inner.addr, e.inner.port
	x.b.count.Modified++
	x.b.send(now, p, s, d)
}

func (x *natBox) touch(now sim.Time, e *natEntry, s *wire.Segment) {
	e.last = now
	e.ended = e.ended || s.Flags&(wire.FIN|wire.RST) != 0
	if s.Flags.Has(wire.SYN) {
		e.ended = false
	}
}

// add makes an entry, after letting go of two that have expired.
func (x *natBox) add(now sim.Time, k natKey) (int32, bool) {
	for range 2 {
		if x.first == len(x.order) {
			break
		}
		i := x.order[x.first]
		x.first++
		switch e := &x.entries[i]; {
		case e.port == 0: // removed already
			x.free = append(x.free, i)
		case x.expired(now, e):
			x.remove(i)
			x.free = append(x.free, i)
		default:
			x.order = append(x.order, i)
		}
	}
	if x.first > 64 && 2*x.first > len(x.order) {
		x.order = append(x.order[:0], x.order[x.first:]...)
		x.first = 0
	}
	port, ok := x.portFor(k.local)
	if !ok {
		return 0, false
	}
	i := int32(len(x.entries))
	if n := len(x.free); n > 0 {
		i, x.free = x.free[n-1], x.free[:n-1]
	} else {
		x.entries = append(x.entries, natEntry{})
	}
	x.entries[i] = natEntry{inner: k.local, remote: k.remote, port: port, last: now}
	x.out[k], x.in[natKey{end{x.Public, port}, k.remote}] = i, i
	x.order = append(x.order, i)
	x.b.event(now, "mapping made")
	return i, true
}

// portFor returns the public port of an inner end: the one it has, its own if that is free, else the next.
func (x *natBox) portFor(inner end) (uint16, bool) {
	if have, ok := x.ports[inner]; ok {
		have.uses++
		x.ports[inner] = have
		return have.port, true
	}
	port := inner.port
	for range natPorts {
		if _, taken := x.owner[port]; !taken && port >= natFirstPort {
			x.owner[port] = inner
			x.ports[inner] = natPort{port, 1}
			return port, true
		}
		port = uint16(x.next)
		if x.next++; x.next == 1<<16 {
			x.next = natFirstPort
		}
	}
	return 0, false
}

// remove forgets an entry; its place in order frees it later.
func (x *natBox) remove(i int32) {
	e := &x.entries[i]
	delete(x.out, natKey{e.inner, e.remote})
	delete(x.in, natKey{end{x.Public, e.port}, e.remote})
	have := x.ports[e.inner]
	if have.uses--; have.uses == 0 {
		delete(x.ports, e.inner)
		delete(x.owner, e.port)
	} else {
		x.ports[e.inner] = have
	}
	e.port = 0
}

// refuse drops a segment, or answers it by a RST (RFC 9293 section 3.10.7.1) and absorbs it.
func refuse(now sim.Time, b *Box, p link.PacketID, s *wire.Segment, d Direction, why Cause, reset bool) {
	if reset && !s.Flags.Has(wire.RST) {
		q, r := b.make()
		r.Src, r.SrcPort, r.Dst, r.DstPort, r.TTL = s.Dst, s.DstPort, s.Src, s.SrcPort, boxTTL
		if s.Flags.Has(wire.ACK) {
			r.Seq, r.Flags = s.Ack, wire.RST
		} else {
			r.Ack, r.Flags = s.Seq+s.SegLen(), wire.RST|wire.ACK
		}
		b.emit(now, q, d.Reverse())
	}
	b.drop(now, p, why)
}

// Original returns the inner end of a public one that box b, a NAT, uses now for a connection with remote.
func (b *Box) Original(public wire.Addr, port uint16, remote wire.Addr, remotePort uint16) (wire.Addr,
	uint16, bool) {
	x, ok := b.m.(*natBox)
	if !ok || public != x.Public {
		return wire.Addr{}, 0, false
	}
	i, known := x.in[natKey{end{public, port}, end{remote, remotePort}}]
	if !known {
		return wire.Addr{}, 0, false
	}
	return x.entries[i].inner.addr, x.entries[i].inner.port, true
}
