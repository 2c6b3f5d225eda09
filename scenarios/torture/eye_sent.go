package torture

import (
	"slices"

	"mpsim/model/mptcp"
	"mpsim/model/wire"
	"mpsim/sim"
)

// sent holds a segment that goes out against what has come in.
func (e *eye) sent(now sim.Time, s *wire.Segment) {
	b, err := s.Append(e.buf[:0], e.w.build.Net().Contents())
	if err != nil {
		e.bad(s, "a segment does not encode: %v", err)
	}
	e.buf = b
	f := e.flowOf(s, false)
	if f == nil || s.Flags&wire.RST != 0 {
		return
	}
	if s.Flags&wire.SYN != 0 {
		f.sentSYN, f.iss = true, s.Seq
		f.ourScale = s.Opts&wire.OptWindowScale != 0
	}
	if !f.sentSYN {
		return
	}
	e.learnKeys(f, s, false)
	if s.Flags&wire.ACK != 0 && f.gotSYN {
		if ack, most := s.Ack-f.irs, f.in.reach(0); ack > most {
			e.bad(s, "it acknowledges number %d, but only those below %d have arrived", ack, most)
		}
	}
	if f.forged && s.Flags&wire.SYN == 0 {
		e.bad(s, "it goes on with a subflow whose MP_JOIN had a wrong HMAC")
	}
	g := f.group
	if g == nil {
		e.sentPlain(s, f)
		return
	}
	if g.plain {
		return
	}
	if s.Opts&wire.OptDSS != 0 {
		e.sentDSS(now, s, f, g)
	} else if s.Payload.Len > 0 && s.Opts&wire.OptCapable == 0 {
		g.plain = true
	} else if s.Payload.Len > 0 {
		g.sentMax = max(g.sentMax, 1+s.Payload.Len)
	}
}

// sentPlain holds data on a plain connection to the window and to its place in the stream.
func (e *eye) sentPlain(s *wire.Segment, f *carrier) {
	if s.Payload.Len == 0 || s.Flags&wire.SYN != 0 || f.join || s.Opts&mptcpOptions != 0 {
		return
	}
	from := s.Seq - f.iss
	end := from + s.Payload.Len
	// One octet may probe a window that is shut (RFC 9293 section 3.8.6.1).
	if f.sawWindow && end > f.edge && s.Payload.Len > 1 {
		e.bad(s, "it sends up to number %d, the peer's window ends at %d", end, f.edge)
	}
	if s.Payload.Pos != uint64(from-1) {
		e.bad(s, "number %d carries octet %d of the stream", from, s.Payload.Pos)
	}
}

// sentDSS holds a mapping and a DATA_ACK to what was sent and received before.
func (e *eye) sentDSS(now sim.Time, s *wire.Segment, f *carrier, g *group) {
	d := &s.DSS
	if d.Flags&wire.DSSAck != 0 && g.haveRemote {
		ack := g.remoteNumber(d.DataAck)
		switch most := max(1, g.in.reach(1)); {
		case ack > most:
			e.bad(s, "its DATA_ACK is %d, but only data below %d has arrived", ack, most)
		case ack < g.ackOut:
			e.bad(s, "its DATA_ACK goes back from %d to %d", g.ackOut, ack)
		}
		g.ackOut = max(g.ackOut, ack)
	}
	if d.Flags&wire.DSSMap == 0 || !g.haveLocal {
		return
	}
	if d.Len == 0 {
		g.plain = true
		return
	}
	if s.Payload.Len > 0 {
		e.sentMapped(now, s, f, g)
	}
}

// sentMapped holds mapped data to the stream and to the window.
func (e *eye) sentMapped(now sim.Time, s *wire.Segment, f *carrier, g *group) {
	d := &s.DSS
	from := g.localNumber(d.DSN) + (s.Seq - f.iss) - d.SSN
	end := from + s.Payload.Len
	if behind := s.Seq - f.iss - d.SSN; behind+s.Payload.Len > uint32(d.Len) {
		e.bad(s, "its payload is not inside its mapping")
	}
	if g.stream == 0 {
		g.stream = s.Payload.Stream
	}
	if s.Payload.Stream != g.stream || s.Payload.Pos != uint64(from-1) {
		e.bad(s, "data sequence number %d is mapped to octet %d of stream %d, not to octet %d of %d",
			from, s.Payload.Pos, s.Payload.Stream, from-1, g.stream)
	}
	if end > g.edge && s.Payload.Len > 1 {
		e.bad(s, "it sends data up to %d, the peer's window ends at %d", end, g.edge)
	}
	if p := (piece{s.Seq - f.iss + s.Payload.Len, from, end}); !slices.Contains(f.carried, p) {
		f.carried = append(f.carried, p)
	}
	g.orphans.cut(from, end)
	if end > g.sentMax {
		if len(g.orphans) > 0 && now > g.orphaned {
			e.bad(s, "it sends new data up to %d before octets %d..%d of a subflow that has gone", end,
				g.orphans[0].from, g.orphans[0].to)
			g.orphans = nil
		}
		g.sentMax = end
	}
}

// bad reports a segment.
func (e *eye) bad(s *wire.Segment, format string, args ...any) {
	e.w.violate(Wire, "host %s: "+format+": %s", append(append([]any{e.host}, args...), s)...)
}

// eyeObserver hears of subflows that have gone.
type eyeObserver struct{ e *eye }

// SubflowChanged implements mptcp.Observer: what only this subflow has carried must go out again before
// anything new (RFC 8684 section 3.3.6).
func (o eyeObserver) SubflowChanged(now sim.Time, c *mptcp.Conn, id uint32, change mptcp.SubflowChange,
	_ string) {
	i, ok := c.Subflow(id)
	if !ok || change != mptcp.SubflowClosed {
		return
	}
	f := o.e.flows[tuple{i.Local, i.Remote, i.LocalPort, i.RemotePort}]
	if f == nil || f.closed {
		return
	}
	f.closed = true
	g := f.group
	if g == nil || g.plain {
		return
	}
	var orphans intervals
	for _, p := range f.carried {
		orphans.add(p.from, p.to)
	}
	orphans.cut(0, g.ackIn)
	for _, other := range g.flows {
		if other == f || other.closed {
			continue
		}
		for _, p := range other.carried {
			orphans.cut(p.from, p.to)
		}
	}
	for _, r := range g.through {
		orphans.cut(r.from, r.to)
	}
	for _, r := range orphans {
		g.orphans.add(r.from, r.to)
	}
	g.orphaned = now
}

// DataArrived, Reinjected, ConnectionChanged and FellBack complete mptcp.Observer.
func (o eyeObserver) DataArrived(sim.Time, *mptcp.Conn, uint32, uint64, uint64, bool) {}

// Reinjected is not used.
func (o eyeObserver) Reinjected(sim.Time, *mptcp.Conn, uint32, uint64, uint64) {}

// ConnectionChanged is not used.
func (o eyeObserver) ConnectionChanged(sim.Time, *mptcp.Conn, mptcp.State) {}

// FellBack ends what is held about data sequence numbers at this end.
func (o eyeObserver) FellBack(_ sim.Time, c *mptcp.Conn, _ string) {
	local, lport := c.Local()
	remote, rport := c.Remote()
	if f := o.e.flows[tuple{local, remote, lport, rport}]; f != nil && f.group != nil {
		f.group.plain = true
	}
}
