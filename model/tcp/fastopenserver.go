package tcp

import (
	"bytes"
	"fmt"

	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// The server of Fast Open (RFC 7413 sections 4.1.2 and 4.2): a listener grants cookies, and takes the data
// of a SYN with a valid one before the handshake has ended.

// fastOpenQueue is a listener's part: at most limit connections may be open before their handshake has ended
// (RFC 7413 section 5.1). One that was reset meanwhile counts for a while more, since its SYN may have been
// forged.
type fastOpenQueue struct {
	limit   int
	pending int
	resets  []sim.Time // when those that were reset count no more, oldest first
	key     FastOpenKey
	hasKey  bool // own key instead of the host's
}

// resetCounts is how long a reset connection keeps its place (RFC 7413 section 5.1; Linux: 60 s).
const resetCounts = 60 * unit.Second

// SetFastOpenQueue lets a listener take data on SYNs, for at most limit connections at a time whose
// handshake has not ended; 0 turns it off (setsockopt TCP_FASTOPEN). The host needs FastOpenServer, too.
func (s *Stack) SetFastOpenQueue(addr wire.Addr, port uint16, limit int) error {
	l := s.listener(addr, port)
	if l == nil || limit < 0 {
		return fmt.Errorf("tcp: host %s: Fast Open queue of %d for port %d: need a listener and a limit of 0 or "+
			"more", s.name, limit, port)
	}
	l.fast.limit = limit
	return nil
}

// SetFastOpenKey sets a listener's own key (setsockopt TCP_FASTOPEN_KEY), or with port 0 the host's.
func (s *Stack) SetFastOpenKey(addr wire.Addr, port uint16, key FastOpenKey) error {
	if port == 0 {
		s.foKey, s.hasFoKey = key, true
		return nil
	}
	l := s.listener(addr, port)
	if l == nil {
		return fmt.Errorf("tcp: host %s: Fast Open key for port %d: nobody listens there", s.name, port)
	}
	l.fast.key, l.fast.hasKey = key, true
	return nil
}

// listener returns the listener bound to exactly this address and port.
func (s *Stack) listener(addr wire.Addr, port uint16) *listener {
	for i := range s.listeners {
		if l := &s.listeners[i]; l.port == port && l.addr == addr {
			return l
		}
	}
	return nil
}

// keyOf returns the key in force; the host's is drawn when it is first needed.
func (s *Stack) keyOf(l *listener) *FastOpenKey {
	if l.fast.hasKey {
		return &l.fast.key
	}
	if !s.hasFoKey {
		random := s.w.Stream("tcp/" + s.name + "/fast open key")
		for i := range s.foKey {
			s.foKey[i] = random.Uint32()
		}
		s.hasFoKey = true
	}
	return &s.foKey
}

// admits tells whether one more connection may be open early.
func (q *fastOpenQueue) admits(now sim.Time) bool {
	if q.limit == 0 {
		return false
	}
	for len(q.resets) > 0 && q.resets[0] <= now {
		q.resets = q.resets[1:]
		q.pending--
	}
	return q.pending < q.limit
}

// fastOpen looks at a SYN that l takes: it puts the cookie into the SYN/ACK that the client should have, and
// opens the endpoint at once if the client's own is valid (RFC 7413 section 4.2.1).
func (s *Stack) fastOpen(now sim.Time, e *Endpoint, l *listener, syn *wire.Segment) {
	asks := syn.Has(wire.OptFastOpen)
	if s.par.FastOpen&FastOpenServer == 0 || !asks && syn.Payload.Len == 0 || !l.fast.admits(now) {
		return
	}
	valid := wire.FastOpen{}
	open := s.par.FastOpen&FastOpenServerNoCookie != 0
	if !open && asks {
		valid = s.keyOf(l).Cookie(e.remote, e.local)
		valid.Exp = syn.FastOpen.Exp
		open = cookieGood(&syn.FastOpen, &valid)
	}
	if !open {
		e.fo.option, e.fo.hasOption = valid, asks
		return
	}
	l.fast.pending++
	e.fo.listener = l.id
	e.fo.synData = syn.Payload.Len > 0
	s.stats.FastOpens++
}

// DropTimestamps gives timestamps up, to make room on a SYN/ACK for an option of the owner. Call it in Outgoing, which
// then takes them off the segment.
func (e *Endpoint) DropTimestamps() {
	e.tsOK = false
	e.updateMSS()
}

// cookieGood tells whether a cookie is ours, or a beginning of ours where a SYN/ACK had no room for all of
// it.
func cookieGood(got, ours *wire.FastOpen) bool {
	return got.Exp == ours.Exp && got.Len >= ShortestCookie && bytes.HasPrefix(ours.Bytes(), got.Bytes())
}

// openEarly makes an endpoint with a valid cookie known to its owner while its handshake goes on, and takes
// the data of the SYN. The SYN/ACK follows; until then nothing can be sent.
func (e *Endpoint) openEarly(now sim.Time, syn *wire.Segment) {
	e.open.accepted = true
	e.CC.Established = true
	e.CC.Touch()
	e.changed(now, FastOpened)
	if e.state != StateSynReceived || syn.Payload.Len == 0 {
		return
	}
	e.beforeData(now, syn)
	p := syn.Payload
	if room := e.owner.Window(now, e); int64(p.Len) > room {
		p = p.Slice(0, uint32(max(room, 0)))
	}
	e.rcv.nxt += uint64(p.Len)
	e.rcv.edge = max(e.rcv.edge, e.rcv.nxt)
	e.stats.BytesReceived += int64(p.Len)
	e.owner.Deliver(now, e, 1, p)
}

// leaveQueue gives the endpoint's place in its listener's queue back.
func (e *Endpoint) leaveQueue(now sim.Time, reset bool) {
	if e.fo.listener == 0 {
		return
	}
	for i := range e.s.listeners {
		if l := &e.s.listeners[i]; l.id == e.fo.listener {
			if reset {
				l.fast.resets = append(l.fast.resets, now.Add(resetCounts))
			} else {
				l.fast.pending--
			}
		}
	}
	e.fo.listener = 0
}
