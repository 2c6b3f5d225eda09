package tcp

import (
	"fmt"

	"mpsim/model/cc"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// Settings of one endpoint or stream, as a socket layer offers them. Those that shape the SYN or SYN/ACK
// have to be made before it leaves: on a prepared endpoint, or in the prepare function of ListenStreamWith.

// options holds what an endpoint has of its own, apart from its host's configuration.
type options struct {
	maxSeg     uint16 // TCP_MAXSEG, octets; 0: none
	synRetries int16
	synBackoff bool // from the first retransmission on
	shift      uint8
	pathMTU    uint16 // octets, of ICMP messages; 0: the interface's counts
}

func (o *options) init(p *params) {
	*o = options{synRetries: int16(min(p.SYNRetries, 1<<14)), shift: p.windowShift}
}

// Limits of TCP_MAXSEG in Linux (TCP_MIN_MSS, MAX_TCP_WINDOW), octets.
const (
	minMaxSeg = 88
	maxMaxSeg = 32767
)

// SetMaxSeg bounds the MSS that the endpoint announces and the segments that it sends (TCP_MAXSEG), octets,
// 88..32767 as in Linux; 0 takes the bound away.
func (e *Endpoint) SetMaxSeg(octets int) error {
	if octets != 0 && (octets < minMaxSeg || octets > maxMaxSeg) {
		return fmt.Errorf("tcp: host %s: maximum segment of %d octets: must be %d..%d", e.s.name, octets,
			minMaxSeg, maxMaxSeg)
	}
	e.opt.maxSeg = uint16(octets)
	e.updateMSS()
	return nil
}

// MaxSeg returns the bound set by SetMaxSeg, 0: none.
func (e *Endpoint) MaxSeg() int { return int(e.opt.maxSeg) }

// SetTOS sets the TOS octet or traffic class of outgoing packets (IP_TOS, IPV6_TCLASS). Its two ECN bits are
// TCP's.
func (e *Endpoint) SetTOS(tos uint8) { e.tos = tos &^ ecnMask }

// TOS returns the TOS octet of outgoing packets, without ECN.
func (e *Endpoint) TOS() uint8 { return e.tos }

// SetTTL sets the TTL or hop limit of outgoing packets, 1..255.
func (e *Endpoint) SetTTL(ttl uint8) { e.ttl = max(ttl, 1) }

// SetSYNRetries sets how often the SYN is sent again (TCP_SYNCNT), 1..255, with back-off from the first on
// (RFC 6298 section 5.5; Linux does so before 6.5, which brought retransmissions without back-off).
func (e *Endpoint) SetSYNRetries(n int) {
	e.opt.synRetries, e.opt.synBackoff = int16(min(max(n, 1), 255)), true
}

// SYNRetries returns how often the SYN is sent again.
func (e *Endpoint) SYNRetries() int { return int(e.opt.synRetries) }

// SetQuickACK sends every ACK at once (TCP_QUICKACK, kept until turned off).
func (e *Endpoint) SetQuickACK(now sim.Time, on bool) {
	e.rcv.quickAll = on
	if on && e.rcv.ackOwed && e.state.synchronized() {
		e.sendACK(now)
	}
}

// SetCongestion changes the congestion control (TCP_CONGESTION) to a fresh controller of that name.
func (e *Endpoint) SetCongestion(name string) error {
	if _, err := cc.New(name); err != nil {
		return err
	}
	e.SetController(e.s.newController(name))
	return nil
}

// SetFinWait sets how long FIN-WAIT-2 lasts once the application has gone (TCP_LINGER2).
func (e *Endpoint) SetFinWait(d unit.Duration) { e.open.finWait = d }

// SetTimeWait sets how long TIME-WAIT lasts, 0: as long as the host says. A host that has many short connections
// keeps fewer of them so; Linux bounds their number (net.ipv4.tcp_max_tw_buckets).
func (e *Endpoint) SetTimeWait(d unit.Duration) { e.open.timeWait = d }

// Reconfigure changes the host's parameters. Endpoints take the new ones for what they look up as they go
// (timers, limits, acknowledgements); what a handshake has agreed, and what an endpoint was given when it was
// made, stays.
func (s *Stack) Reconfigure(c Config) error {
	par, err := c.resolve()
	if err != nil {
		return err
	}
	par.unpredicted = s.par.unpredicted
	if par.TimestampTick != s.par.TimestampTick {
		s.tick = tickClock{tick: par.TimestampTick}
	}
	s.par = par
	return nil
}

// ListenStreamWith is ListenStream with a function that sees each stream before its SYN/ACK leaves, so that a
// socket layer can hand a listener's settings on.
func (s *Stack) ListenStreamWith(addr wire.Addr, port uint16,
	prepare, accept func(now sim.Time, s *Stream)) error {
	return s.Listen(addr, port, &streamAcceptor{s: s, accept: accept, prepare: prepare})
}

// SetReceiveBuffer fixes the receive buffer (SO_RCVBUF), payload octets. Before the handshake it bounds
// the window scale, too (Linux, tcp_select_initial_window).
func (s *Stream) SetReceiveBuffer(octets int64) {
	s.rcv.SetSize(octets)
	if s.e != nil && s.e.open.syns == 0 {
		s.e.opt.shift = scaleFor(octets)
		if s.e.state == StateSynReceived && s.e.snd.scaling {
			s.e.rcv.shift = s.e.opt.shift
		}
	}
}

// SetSendBuffer fixes the send buffer (SO_SNDBUF), payload octets.
func (s *Stream) SetSendBuffer(now sim.Time, octets int64) {
	s.snd.SetSize(octets)
	s.full = s.full && !s.snd.Writable()
	s.update(now)
}

// SetWritePending tells that a writer waits for the end of the handshake: the SYN/ACK is then not
// acknowledged at once, since the writer's data can carry the ACK (Linux, tcp_rcv_synsent_state_process).
func (s *Stream) SetWritePending(on bool) {
	if s.e != nil {
		s.e.fo.waits = on
	}
}

// SetNotSentLowat bounds the octets that wait unsent (TCP_NOTSENT_LOWAT): with that many or more the stream
// takes no more, and it is writable again below half of it. 0 takes the bound away.
func (s *Stream) SetNotSentLowat(now sim.Time, octets int64) {
	s.lowat = octets
	s.update(now)
}

// SetNotSentLowat is the bound of unsent octets that streams made from now on have at first (Linux,
// net.ipv4.tcp_notsent_lowat); 0: none.
func (s *Stack) SetNotSentLowat(octets int64) { s.lowat = octets }

// NotSentLowat returns the bound of unsent octets, 0: none.
func (s *Stream) NotSentLowat() int64 { return s.lowat }

// scaleFor returns the window scale that a buffer of so many octets needs (RFC 7323 section 2.2).
func scaleFor(octets int64) (shift uint8) {
	for shift < 14 && int64(65535)<<shift < octets {
		shift++
	}
	return shift
}
