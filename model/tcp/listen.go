package tcp

import (
	"fmt"

	"mpsim/model/link"
	"mpsim/model/wire"
	"mpsim/sim"
)

// Acceptor decides about an incoming SYN for a listening port. It returns the owner of the new
// endpoint e (not yet answered), or nil to refuse it with a RST.
type Acceptor interface {
	Accept(now sim.Time, e *Endpoint, syn *wire.Segment) Owner
}

// Refuser is what an Acceptor can also be, to say why: Refused may add options to the RST that answers the
// SYN it has just refused.
type Refuser interface {
	Refused(rst *wire.Segment)
}

// Ignorer is what an Acceptor can also be, to drop SYNs without an answer.
type Ignorer interface {
	Ignores(syn *wire.Segment) bool
}

type listener struct {
	addr wire.Addr // zero: any
	port uint16
	id   uint32 // from 1 on, never used again
	a    Acceptor
	fast fastOpenQueue
}

// Listen binds a port on all addresses (addr zero) or one.
func (s *Stack) Listen(addr wire.Addr, port uint16, a Acceptor) error {
	if port == 0 || a == nil {
		return fmt.Errorf("tcp: host %s: listen on port %d: need a port 1..65535 and an acceptor", s.name, port)
	}
	for i := range s.listeners {
		if l := &s.listeners[i]; l.port == port && (l.addr == addr || !l.addr.IsValid() || !addr.IsValid()) {
			return fmt.Errorf("tcp: host %s: port %d is taken by another listener: choose another port",
				s.name, port)
		}
	}
	s.listenerIDs++
	s.listeners = append(s.listeners, listener{addr: addr, port: port, id: s.listenerIDs, a: a})
	return nil
}

// Unlisten gives a listening port back; endpoints made from it live on.
func (s *Stack) Unlisten(addr wire.Addr, port uint16) {
	for i := range s.listeners {
		if l := &s.listeners[i]; l.port == port && l.addr == addr {
			s.listeners = append(s.listeners[:i], s.listeners[i+1:]...)
			return
		}
	}
}

// Listening tells whether a SYN to an address and port would find a listener.
func (s *Stack) Listening(addr wire.Addr, port uint16) bool {
	for i := range s.listeners {
		if l := &s.listeners[i]; l.port == port && (!l.addr.IsValid() || l.addr == addr) {
			return true
		}
	}
	return false
}

// SetJoinAcceptor registers who sees SYNs with MP_JOIN before listeners are searched (MPTCP
// demultiplexes them by token). It returns nil to refuse.
func (s *Stack) SetJoinAcceptor(a Acceptor) { s.join = a }

func (s *Stack) acceptor(seg *wire.Segment) Acceptor {
	if seg.Opts&wire.OptJoin != 0 && s.join != nil {
		return s.join
	}
	if l := s.listenerOf(seg); l != nil {
		return l.a
	}
	return nil
}

// listenerOf returns the listener that a segment is meant for, or nil.
func (s *Stack) listenerOf(seg *wire.Segment) *listener {
	for i := range s.listeners {
		if l := &s.listeners[i]; l.port == seg.DstPort && (!l.addr.IsValid() || l.addr == seg.Dst) {
			return l
		}
	}
	return nil
}

// receiveUnknown handles a segment that belongs to no endpoint: LISTEN and CLOSED of RFC 9293 sections
// 3.10.7.1 and 3.10.7.2.
func (s *Stack) receiveUnknown(now sim.Time, p link.PacketID, seg *wire.Segment) {
	if seg.Flags&(wire.SYN|wire.RST|wire.ACK) == wire.ACK && s.openStateless(now, p, seg) {
		return
	}
	defer s.net.Free(p)
	switch {
	case seg.Flags&wire.RST != 0: // a RST is never answered
	case seg.Flags&wire.ACK != 0: // nothing to acknowledge was sent
		s.stats.NoEndpoint++
		s.refuse(now, seg, nil)
	case seg.Flags&wire.SYN == 0: // neither SYN nor ACK: LISTEN drops it, CLOSED answers with RST
		s.stats.NoEndpoint++
		if s.acceptor(seg) == nil {
			s.refuse(now, seg, nil)
		}
	default:
		s.passiveOpen(now, seg)
	}
}

// passiveOpen answers a SYN: LISTEN to SYN-RECEIVED.
func (s *Stack) passiveOpen(now sim.Time, seg *wire.Segment) {
	a := s.acceptor(seg)
	if a == nil {
		s.stats.NoEndpoint++
		s.refuse(now, seg, nil)
		return
	}
	if st, ok := a.(Stateless); ok && st.Stateless() {
		s.answerStateless(now, st, seg)
		return
	}
	if i, ok := a.(Ignorer); ok && i.Ignores(seg) {
		return
	}
	path, label, err := s.findPath(seg.Dst, seg.Src, seg.DstPort, seg.SrcPort)
	if err != nil { // no way back: the SYN is lost
		s.stats.NoEndpoint++
		return
	}
	e := s.newEndpoint(now, seg.Dst, seg.DstPort, seg.Src, seg.SrcPort, path)
	e.label = label
	s.stats.Endpoints++
	e.setState(StateSynReceived)
	e.takeSYN(now, seg)
	owner := a.Accept(now, e, seg)
	if owner == nil {
		s.stats.Refused++
		e.release(now)
		r, _ := a.(Refuser)
		s.refuse(now, seg, r)
		return
	}
	e.setOwner(owner)
	if seg.Opts&wire.OptFastOpen != 0 || seg.Payload.Len > 0 {
		if l := s.listenerOf(seg); l != nil && l.a == a && e.state == StateSynReceived {
			s.fastOpen(now, e, l, seg)
		}
	}
	early := e.fo.listener != 0
	if early {
		e.openEarly(now, seg)
	}
	if e.state != StateSynReceived { // the owner may have aborted it
		return
	}
	e.sendSYN(now)
	if early { // only now may data follow
		e.fo.open = true
		e.clampWindow()
		e.settle(now)
	}
}
