package tcp

import (
	"mpsim/model/cc"
	"mpsim/model/link"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// Endpoint is one TCP endpoint: one subflow. Lives in its stack's arena; the pointer is valid until
// Changed has reported Closed.
//
// Sequence numbers inside are 64-bit offsets from the initial sequence number: the SYN is 0, the first
// octet of data 1. Only input and output know the 32-bit numbers of the wire.
type Endpoint struct {
	// Found by the demultiplexer: the first cache line.
	local, remote wire.Addr
	lport, rport  uint16
	index         uint32 // place in the arena
	hash          uint32 // of the four-tuple
	state         State
	client        bool // we sent the first SYN
	shared        bool // the owner enforces the peer's window
	sackOK        bool // SACK agreed (RFC 2018)
	tsOK          bool // timestamps agreed (RFC 7323)
	ecnOK         bool // ECN agreed (RFC 3168)
	inUse         bool
	quiet         bool // the owner has nothing to send
	keepOn        bool // keepalive is on
	busy          bool // an event of the endpoint is being handled
	simple        bool // the owner is a Stream: neither Outgoing nor Incoming nor PeerWindow does anything

	s     *Stack
	owner Owner

	CC cc.Flow

	control  cc.Controller
	iss, irs uint32 // initial sequence numbers, ours and the peer's
	userData uint32
	reserve  int32 // octets of options that the owner adds to a usual data segment
	ipid     uint16
	ecn      ecn
	tos, ttl uint8 // of outgoing packets

	path      link.Path
	label     uint32        // IPv6 flow label, 0: none
	heardAt   sim.Time      // when the peer's last segment came
	userLimit unit.Duration // user timeout, 0: none

	ts    timestamps
	rcv   receiver
	stats counters
	snd   sender
	tm    timers
	rtt   rttEstimator
	tlp   tlp
	prr   prr
	rk    rack
	rec   recovery
	pac   pacer
	keep  keepalive
	open  opening
	fo    fastOpen
	opt   options
	last  lastReset
	_     [4]byte // whole cache lines: endpoints lie side by side
}

// opening is what only the handshake and the close need.
type opening struct {
	syns      int      // transmissions of our SYN or SYN/ACK
	firstAt   sim.Time // of the first of them
	sentAt    sim.Time // of the last
	peerMSS   uint16
	accepted  bool // Connected has been reported
	fail      Event
	failed    bool
	icmp      ICMPError // last one heard of, 0: none
	icmpAt    sim.Time
	retryMax  int
	lastOOW   sim.Time // last ACK that answered an unacceptable segment
	waitLimit unit.Duration
	finWait   unit.Duration // of LimitFinWait, 0: the host's
	timeWait  unit.Duration // of SetTimeWait, 0: the host's
	doneAt    sim.Time      // when the handshake ended
}

// lastReset keeps what a RST brought with it.
type lastReset struct {
	opts  wire.Options
	reset wire.Reset
	key   uint64
	fail  uint64
}

// newEndpoint takes an endpoint from the stack's free list and fills in what both opens share.
func (s *Stack) newEndpoint(now sim.Time, local wire.Addr, lport uint16, remote wire.Addr, rport uint16,
	path link.Path) *Endpoint {
	e := s.take()
	index, ev, extents := e.index, e.tm.ev, e.rcv.ooo
	*e = Endpoint{
		local: local, remote: remote, lport: lport, rport: rport,
		index: index, s: s, path: path, inUse: true,
	}
	e.rcv.ooo = extents
	e.rcv.ooo.reset()
	e.tm.init(ev)
	e.iss = s.isn.Uint32()
	e.ts.init(s, now)
	e.rtt.init(&s.par)
	if s.controllers != nil {
		e.SetController(s.controllers())
	} else {
		e.SetController(s.newController(s.par.Congestion))
	}
	e.CC.Paced = s.par.pacing
	e.userLimit = s.par.UserTimeout
	e.open.retryMax = s.par.Retries
	e.open.lastOOW = -sim.Time(unit.Hour)
	e.open.peerMSS = defaultMSS
	e.keepOn = s.par.keepalive
	e.keep.init(&s.par)
	e.opt.init(&s.par)
	e.tos, e.ttl = s.par.tos, s.par.TTL
	if s.paths != nil {
		e.learnPathMTU(now)
	}
	e.CC.SRTT = 0
	e.CC.MSS = e.ownMSS()
	e.CC.Ssthresh = cc.InfiniteSsthresh
	e.CC.Cwnd = int64(s.par.InitialWindow) * e.CC.MSS
	e.snd.mss = e.CC.MSS
	e.hash = tupleHash(local, lport, remote, rport)
	s.table.insert(e)
	return e
}

// newController returns a controller of a known name: the profile decides whose arithmetic CUBIC has.
func (s *Stack) newController(name string) cc.Controller {
	if s.par.linux && name == "cubic" {
		return cc.NewCubicLinux()
	}
	c, _ := cc.New(name)
	return c
}

// Room returns the payload octets of new data that Send would transmit at once: 0 unless
// established, or when cwnd (with PRR, limited transmit), pacing or (unless SharedWindow) the peer's window
// forbid it. The congestion window's part is rounded down to whole segments.
func (e *Endpoint) Room() int64 {
	if !e.Established() || e.snd.finQueued {
		return 0
	}
	pipe := e.pipe()
	if pipe > 0 && e.CC.Cwnd-pipe < e.snd.mss && !e.tlp.allow { // full: the usual case of all but one subflow
		return 0
	}
	if e.snd.q.empty() && !(e.s.par.linux && e.snd.probe) { // Linux: who waits for the peer's window is not idle
		e.restartAfterIdle(e.s.w.Now())
	}
	n := e.cwndRoom()
	if n > 0 && e.s.par.pacing {
		n = min(n, e.pacingRoom(e.s.w.Now()))
	} else if n > 0 && e.s.par.smallQueues {
		n = e.smallQueueRoom(e.s.w.Now(), n)
	}
	if !e.shared {
		n = min(n, int64(e.snd.edge)-int64(e.snd.nxt))
	}
	return max(n, 0)
}

// Steady tells that Room and what goes into it stay as they are until the endpoint's congestion control flow is
// touched (cc.Flow.Touch), or the owner sends: no event is being handled, no pause has begun after which the
// window would fall back, nothing is paced.
func (e *Endpoint) Steady() bool {
	return !e.busy && !e.snd.q.empty() && !e.s.par.pacing && !e.tlp.allow
}

// begin notes that an event of the endpoint is being handled; settle ends it.
func (e *Endpoint) begin() {
	e.busy = true
	e.CC.Touch()
}

// SetQuiet tells that Ready need not be called until the owner has something to send again, and says so.
func (e *Endpoint) SetQuiet(on bool) { e.quiet = on }

// MSS returns the payload octets of a full segment after TCP's and the owner's usual options, and
// the SACK blocks that have to go out at the moment.
func (e *Endpoint) MSS() int64 {
	if e.rcv.blockN > 0 {
		return e.mssWithSACK()
	}
	return e.snd.mss
}

// SetOptionReserve tells how many octets of options the owner adds to a usual data segment.
func (e *Endpoint) SetOptionReserve(octets int) {
	if octets < 0 || octets > 40 {
		e.s.w.Fail("tcp %s: option reserve of %d octets: must be 0..40", e.s.name, octets)
	}
	e.reserve = int32(octets+3) &^ 3
	e.updateMSS()
}

// OptionReserve returns what SetOptionReserve has set, rounded up to words.
func (e *Endpoint) OptionReserve() int { return int(e.reserve) }

// PeerEdge returns the offset behind the last octet that the peer's window admits on this endpoint.
func (e *Endpoint) PeerEdge() uint64 { return e.snd.edge }

// CloseSend queues a FIN after the data sent so far.
func (e *Endpoint) CloseSend(now sim.Time) { e.closeSend(now) }

// Abort sends a RST and closes.
func (e *Endpoint) Abort(now sim.Time) { e.abort(now, Aborted) }

// Mute keeps back the ACK of the segment being handled, and all that would follow it: the owner calls Abort
// before the instant is over.
func (e *Endpoint) Mute() { e.rcv.mute = true }

// EachSent calls f for each record that carries data from the oldest unacknowledged on (for
// reinjection), until f returns false. f must not send on e.
func (e *Endpoint) EachSent(f func(s *Sent) bool) {
	q := &e.snd.q
	for i := q.head; i != q.tail; i++ {
		if r := q.at(i); r.Len > 0 && !f(r) {
			return
		}
	}
}

// Local returns the endpoint's own address and port, Remote the peer's.
func (e *Endpoint) Local() (wire.Addr, uint16) { return e.local, e.lport }

// Remote returns the peer's address and port.
func (e *Endpoint) Remote() (wire.Addr, uint16) { return e.remote, e.rport }

// Interface returns the index of the host's interface that the endpoint sends on.
func (e *Endpoint) Interface() int32 { return e.path.Iface }

// IsClient tells whether the endpoint sent the first SYN.
func (e *Endpoint) IsClient() bool { return e.client }

// State returns the connection state.
func (e *Endpoint) State() State { return e.state }

// Established reports ESTABLISHED or CLOSE-WAIT, or a server's SYN-RECEIVED after FastOpened: may send data.
func (e *Endpoint) Established() bool {
	return e.state == StateEstablished || e.state == StateCloseWait || e.fo.open && e.state == StateSynReceived
}

// SndUna returns SND.UNA as an offset, SndNxt SND.NXT, RcvNxt RCV.NXT.
func (e *Endpoint) SndUna() uint64 { return e.snd.una }

// SndNxt returns the offset of the next octet to send.
func (e *Endpoint) SndNxt() uint64 { return e.snd.nxt }

// RcvNxt returns the offset of the next octet expected.
func (e *Endpoint) RcvNxt() uint64 { return e.rcv.nxt }

// ISS returns the initial send sequence number, IRS the peer's.
func (e *Endpoint) ISS() uint32 { return e.iss }

// IRS returns the peer's initial sequence number.
func (e *Endpoint) IRS() uint32 { return e.irs }

// SYNsSent returns the SYN (or SYN/ACK) transmissions so far.
func (e *Endpoint) SYNsSent() int { return e.open.syns }

// Backoffs returns the retransmission timeouts in a row.
func (e *Endpoint) Backoffs() int { return int(e.rtt.inRow) }

// RTO returns the current retransmission timeout, back-off included.
func (e *Endpoint) RTO() unit.Duration { return e.rtt.rto() }

// RTTVar returns the variation of the round trip (RFC 6298; 0: no sample yet).
func (e *Endpoint) RTTVar() unit.Duration { return e.rtt.var4 / 4 }

// ReceiveRTT returns the receiver's own estimate of the round trip (0: none yet).
func (e *Endpoint) ReceiveRTT() unit.Duration {
	if e.rcv.rtt == 0 {
		return e.CC.SRTT
	}
	return e.rcv.rtt
}

// InFlight returns the payload octets that are thought to be in the network (RFC 6675 "pipe").
func (e *Endpoint) InFlight() int64 { return e.pipe() }

// SetSharedWindow tells that the owner enforces the peer's window.
func (e *Endpoint) SetSharedWindow(on bool) { e.shared = on }

// UserData returns the owner's own number for this endpoint.
func (e *Endpoint) UserData() uint32 { return e.userData }

// SetUserData sets the owner's own number for this endpoint.
func (e *Endpoint) SetUserData(v uint32) { e.userData = v }

// SetController replaces the congestion control, for instance by one coupled over a connection. One that
// counts marks needs ECN, which is agreed in the handshake: it should be set before.
func (e *Endpoint) SetController(c cc.Controller) {
	e.control = c
	_, e.ecn.exact = c.(cc.Marks)
}

// Controller returns the congestion control.
func (e *Endpoint) Controller() cc.Controller { return e.control }

// LastReset returns the options of the RST that closed the endpoint: which of MP_TCPRST and
// MP_FASTCLOSE it carried, and their values.
func (e *Endpoint) LastReset() (opts wire.Options, reset wire.Reset, fastCloseKey uint64) {
	return e.last.opts, e.last.reset, e.last.key
}

// LastResetFail returns the DSN of the MP_FAIL on the RST that closed the endpoint, if it carried one.
func (e *Endpoint) LastResetFail() (dsn uint64, ok bool) {
	return e.last.fail, e.last.opts&wire.OptFail != 0
}

// setOwner gives the endpoint to its owner.
func (e *Endpoint) setOwner(o Owner) {
	e.owner = o
	_, e.simple = o.(*Stream)
}

// changed reports to the owner, if there is one.
func (e *Endpoint) changed(now sim.Time, ev Event) {
	if e.owner != nil {
		e.owner.Changed(now, e, ev)
	}
}

// release ends the endpoint: no timer, no place in the demultiplexer. Its memory is used again once
// no caller of this instant can hold it.
func (e *Endpoint) release(now sim.Time) {
	if e.state == StateClosed {
		return
	}
	e.leaveQueue(now, e.open.failed && e.open.fail == Reset)
	e.setState(StateClosed)
	e.tm.clearAll()
	if e.tm.armed != sim.Never {
		e.tm.armed = sim.Never
		e.s.w.Disarm(e.tm.ev)
	}
	e.s.table.remove(e)
	e.changed(now, Closed)
	e.owner = nil
	e.s.dead = append(e.s.dead, e.index)
}
