package tcp

import (
	"mpsim/model/wire"
	"mpsim/sim"
)

// Windows of both directions: RFC 9293 sections 3.8.6 and 3.10.7.4, RFC 7323 section 2.

// setWindow takes an offered window of n octets that counts from ack.
func (s *sender) setWindow(n int64, ack uint64) {
	s.wnd = n
	s.maxWnd = max(s.maxWnd, n)
	s.edge = ack + uint64(n)
	s.wl2 = ack
}

// updateWindow takes the window of an acceptable ACK unless an older segment brings it. It tells whether
// the window changed, which keeps the segment from being a duplicate ACK.
func (e *Endpoint) updateWindow(seg *wire.Segment, ack int64, seq uint64) bool {
	s := &e.snd
	n := e.windowOf(seg)
	switch {
	case ack < int64(s.una), ack == int64(s.wl2) && seq < s.wl1:
		return false
	case ack == int64(s.wl2) && seq == s.wl1 && n < s.wnd && n > 0 && !e.shared:
		return false // an overtaken ACK, since windows do not shrink (Linux, tcp_may_update_window)
	}
	changed := n != s.wnd
	s.wl1 = seq
	s.setWindow(n, uint64(ack))
	return changed
}

// growFrom is the least segment that lets the window grow, octets (Linux, tcp_event_data_recv).
const growFrom = 128

// clampWindow begins the receiver's slow start of Linux (tcp_grow_window): the window starts with what the
// SYN or SYN/ACK could announce, and grows by two segments for each that arrives, so that the sender cannot
// burst into memory that the host has not got used to giving it.
func (e *Endpoint) clampWindow() {
	if e.s.par.linux && !e.shared && e.rcv.clamp == 0 {
		e.rcv.clamp = max(e.rcv.lastWindow, 2*e.snd.mss)
	}
}

// peerWindow reports the segment's window to the owner: the one that belongs to what the owner has read in its
// options, also if a segment that was sent later has overtaken it.
func (e *Endpoint) peerWindow(now sim.Time, ack uint64, window int64) {
	if e.state != StateClosed {
		e.owner.PeerWindow(now, e, ack, window)
	}
}

// windowOf returns the window of a segment that has no SYN, octets.
func (e *Endpoint) windowOf(seg *wire.Segment) int64 { return int64(seg.Window) << (e.snd.shift & 15) }

// window returns the window field to send. The right edge never moves back (RFC 9293 section 3.8.6.2.2),
// and it moves on only by a worthwhile step, against the silly window syndrome. An owner that shares one
// window between endpoints does both itself.
func (e *Endpoint) window(now sim.Time) uint16 {
	free := max(0, e.owner.Window(now, e))
	if !e.shared {
		return e.unusualWindow(free, false)
	}
	r := &e.rcv
	shift := r.shift & 15 // at most 14
	field := free >> shift
	if field == 0 {
		return e.unusualWindow(free, false)
	}
	field = min(field, 65535) // what the rest comes to in the usual case
	r.lastWindow = field << shift
	r.edge = max(r.edge, r.nxt+uint64(r.lastWindow))
	return uint16(field)
}

// unusualWindow is window with so many octets free; syn tells that it is for a SYN.
func (e *Endpoint) unusualWindow(free int64, syn bool) uint16 {
	r := &e.rcv
	n := free
	shift := r.shift & 15
	if !e.shared {
		if r.clamp > 0 {
			n = min(n, r.clamp)
		}
		held := int64(r.edge) - int64(r.nxt)
		r.maxWindow = max(r.maxWindow, n)
		if n < held || n > held && n-held < min(e.snd.mss, r.maxWindow/2) {
			n = held
		}
	}
	if syn {
		shift = 0 // RFC 7323 section 2.2
	}
	field := n >> shift
	// Rounding down would move the edge back. Rounding up moves it on with each ACK, as in Linux: once the buffer is
	// full, the edge that the field shows may lag by the part of a step (RFC 7323 section 2.4).
	if !e.shared && free > 0 && field<<shift < int64(r.edge)-int64(r.nxt) {
		field++
	}
	if field == 0 && n > 0 && free > 0 {
		field = 1 // the scale must not hide the last free octets: nothing would open the window again
	}
	field = min(field, 65535)
	r.lastWindow = field << shift
	// The window of the first SYN counts from the octet after the peer's SYN.
	r.edge = max(r.edge, max(r.nxt, 1)+uint64(r.lastWindow))
	return uint16(field)
}

// acceptWindow returns how many octets from RCV.NXT on are acceptable. With a window shared by several
// endpoints the edge is the furthest ever promised: the owner bounds what it keeps.
func (e *Endpoint) acceptWindow() int64 { return int64(e.rcv.edge) - int64(e.rcv.nxt) }

// announceWindow sends a window update if the application's reading has opened the window enough: what
// is left of the advertised window is at most half of the buffer, and the new one at least twice as
// large (Linux, __tcp_cleanup_rbuf). size is the buffer's size, window the free part of it, octets.
func (e *Endpoint) announceWindow(now sim.Time, window, size int64) {
	held := int64(e.rcv.edge) - int64(e.rcv.nxt)
	if 2*held > size || window < 2*held { // the more so with the bounds that follow
		return
	}
	most := int64(65535) << e.rcv.shift // nothing beyond it can be announced
	if e.rcv.clamp > 0 {
		window = min(window, e.rcv.clamp)
	}
	window, size = min(window, most), min(size, most)
	if !e.state.receiving() || 2*held > size || window < 2*held || window == 0 {
		return
	}
	if window-held < min(e.snd.mss, size/2) {
		return
	}
	e.sendACK(now)
}
