package sockapi

import (
	"mpsim/model/mptcp"
	"mpsim/model/tcp"
	"mpsim/sim"
)

// Options of a Multipath TCP socket and its subflows. As upstream Linux has it (net/mptcp/sockopt.c; kernel
// authors call the meaning on a connected socket of several subflows undefined):
//
//   - of the connection: NoDelay, Cork (both at the data level), SendBuffer, ReceiveBuffer;
//   - of every subflow, those that live and those that either end opens later: KeepAlive and its three times,
//     TOS, TTL, UserTimeout, SYNCount, QuickACK, Linger2, and the congestion control;
//   - of subflows opened later alone: MaxSeg, which a SYN announces;
//   - without effect: NotSentLowat, DeferAccept.
//
// A subflow's own option (SetSubOption) is replaced when the same option of the socket is set, be it to the
// old value; the four of keepalive count as one there. Sockets that are accepted have the listener's options.

// prepareMPTCP gives a connection being accepted what its SYN/ACK shows, and what counts before Accept.
func (o *settings) prepareMPTCP(m *mptcp.Conn) {
	if o.set.has(MaxSeg) {
		m.SetMaxSeg(int(o.value[MaxSeg]))
	}
	if o.set.has(TOS) {
		m.SetTOS(uint8(o.value[TOS]))
	}
	if o.set.has(TTL) {
		m.SetTTL(uint8(o.value[TTL]))
	}
	if o.congestion != "" {
		_ = m.SetCongestion(o.congestion) // the name was checked
	}
	o.handOn(m)
}

// ofEndpoints tells whether an option is of each subflow's endpoint, and of nothing else.
func ofEndpoints(x Option) bool {
	return x == UserTimeout || x == SYNCount || x == QuickACK || x == Linger2
}

// handOn has subflows to come set up with the options that are of endpoints.
func (o *settings) handOn(m *mptcp.Conn) {
	for x := range numOptions {
		if o.set.has(x) && ofEndpoints(x) {
			m.PrepareSubflows(func(now sim.Time, e *tcp.Endpoint) { o.applyEndpoints(now, e) })
			return
		}
	}
}

// applyEndpoints gives an endpoint the options that are of endpoints.
func (o *settings) applyEndpoints(now sim.Time, e *tcp.Endpoint) {
	for x := range numOptions {
		if o.set.has(x) && ofEndpoints(x) {
			o.applyEndpoint(now, e, x)
		}
	}
}

// applyMPTCP gives a connection all options that were set.
func (o *settings) applyMPTCP(now sim.Time, s *Socket) {
	for x := range numOptions {
		if o.set.has(x) {
			o.applyOneMPTCP(now, s, x)
		}
	}
	if o.congestion != "" && s.state == socketFresh { // one that is accepted has it since its SYN/ACK
		_ = s.conn.MPTCP().SetCongestion(o.congestion) // the name was checked
	}
}

func (o *settings) applyOneMPTCP(now sim.Time, s *Socket, x Option) {
	m := s.conn.MPTCP()
	v := o.value[x]
	switch x {
	case NoDelay:
		m.SetNoDelay(now, v != 0)
	case Cork:
		m.SetCork(now, v != 0)
	case SendBuffer:
		m.SetSendBuffer(now, sendBufferOf(v))
	case ReceiveBuffer:
		m.SetReceiveBuffer(now, receiveBufferOf(v))
	case KeepAlive, KeepIdle, KeepInterval, KeepCount:
		m.SetKeepalive(now, o.value[KeepAlive] != 0, seconds(o.value[KeepIdle]), seconds(o.value[KeepInterval]),
			int(o.value[KeepCount]))
	case TOS:
		m.SetTOS(uint8(v))
	case TTL:
		m.SetTTL(uint8(v))
	case MaxSeg:
		m.SetMaxSeg(int(v))
	case UserTimeout, SYNCount, QuickACK, Linger2:
		o.handOn(m)
		m.EachAttached(func(i mptcp.SubflowInfo) bool {
			o.applyEndpoint(now, m.Endpoint(i.ID), x)
			return true
		})
	default: // of the socket alone
	}
}
