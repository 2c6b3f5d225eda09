package mptcp

import (
	"mpsim/model/cc"
	"mpsim/model/mptcp/pm"
	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim"
)

// subflowState is where a subflow is in its life (RFC 8684 section 3.2 for joins).
type subflowState uint8

const (
	subflowOpening        subflowState = iota // SYN or SYN/ACK sent
	subflowPreEstablished                     // opener of a join: third packet sent, fourth not seen
	subflowEstablished                        // carries data
	subflowClosing                            // FIN sent or to be sent: no new data
	subflowClosed
)

func (s subflowState) String() string {
	switch s {
	case subflowOpening:
		return "opening"
	case subflowPreEstablished:
		return "pre-established"
	case subflowEstablished:
		return "established"
	case subflowClosing:
		return "closing"
	default:
		return "closed"
	}
}

// subflow is one subflow of a connection.
type subflow struct {
	e         *tcp.Endpoint // nil once closed
	id        uint32        // place in Conn.subs
	state     subflowState
	opener    bool // we sent the SYN
	join      bool // made by MP_JOIN, not the first
	confirmed bool // an ACK of data came with a DATA_ACK (section 3.7)
	mapped    bool // a mapping came from the peer
	backupIn  bool // the peer asked to use it as backup (B flag, MP_PRIO)
	backupOut bool // we asked
	suspect   bool // a timeout, and no acknowledgement since
	stale     bool // several timeouts in a row
	down      bool // its interface is down
	bare      bool // no DSS since a segment without any MPTCP option
	failed    bool // its RST carries MP_FAIL
	authentic bool // join, acceptor: the third packet had the right HMAC
	crossed   bool // join: both ends sent a SYN (simultaneous open)
	hope      bool // join: counts in pathState.hopes

	localID, remoteID uint8
	kill              killReason
	nonce, peerNonce  uint32

	maps     mapQueue
	outShift uint64 // stream position less SSN offset of what it sends, since lineFrom (line.go)
	lineFrom uint64 // SSN offset; 0: nothing sent
	wndEdge  uint64 // SSN offset: right edge of the window seen on this subflow (section 3.3.5)
	narrow   bool   // ... is shut, and probed
	high     uint64 // highest position that arrived, for telling reinjections
	stats    subflowStats

	// What the usual segment does not touch.
	finFrom   uint64 // SSN offset: mappings from here on that reach the end of the stream carry DATA_FIN
	tailFrom  uint64 // SSN offset: records from here on were resent at the end of the stream; 0: none
	resent    uint64 // SSN offset: records before it were queued for reinjection already
	resentTo  uint64 // SSN offset: behind the last octets sent again for another subflow
	failDSN   uint64 // MP_FAIL of its RST
	joinTries uint8
	silent    uint8 // data-level timeouts in a row in which nothing came on it (losscount.go)
	index     uint8 // path index, 0: none
	attached  bool  // neither closed nor in TIME-WAIT
	cause     Cause // why it ended, or is about to

	resetGiven, resetTransient bool  // the peer's RST had MP_TCPRST
	resetCode                  uint8 // and this reason

	joinAt    sim.Time // when the third packet of a join is sent again
	penalised sim.Time

	local, remote wire.Addr
	lport, rport  uint16
	heardAt       sim.Time // of what came last when silent began to count
	openedAt      sim.Time
	establishedAt sim.Time
	closedAt      sim.Time
	reason        string    // why it closed
	last          *tcp.Info // of a closed one

	row     ackRow
	removal removalProbe
	reset   pm.Reset // what the peer's RST said
}

// subflowStats counts payload octets at the data level.
type subflowStats struct {
	delivered  int64 // arrived over it and new to the connection
	duplicate  int64 // arrived over it and had been received before
	sentNew    int64 // sent over it for the first time
	reinjected int64 // sent over it after another subflow had carried them
	unmapped   int64 // arrived without mapping
}

func (sf *subflow) sndNxt() uint64 {
	if sf.e == nil {
		return 0
	}
	return sf.e.SndNxt()
}

// usable tells that new data may go out on the subflow; the first one's endpoint is also established while it waits
// for the third packet after a SYN with a valid Fast Open cookie.
func (sf *subflow) usable() bool {
	return (sf.state == subflowEstablished || sf.state == subflowOpening && !sf.join) && sf.e.Established()
}

// newSubflow enters a subflow that has no endpoint yet.
func (c *Conn) newSubflow(now sim.Time, opener bool) *subflow {
	sf := &subflow{id: uint32(len(c.subs)), opener: opener, openedAt: now, joinAt: sim.Never,
		index: c.indices.take(), attached: true}
	c.subs = append(c.subs, sf)
	c.live = append(c.live, sf)
	return sf
}

// sub returns the subflow of an endpoint.
func (c *Conn) sub(e *tcp.Endpoint) *subflow { return c.subs[e.UserData()-1] }

// attach gives a subflow its endpoint.
func (c *Conn) attach(sf *subflow, e *tcp.Endpoint) {
	sf.e = e
	e.SetUserData(sf.id + 1)
	e.SetSharedWindow(true)
	sf.local, sf.lport = e.Local()
	sf.remote, sf.rport = e.Remote()
	sf.maps.init()
	c.keepAlive(c.s.w.Now(), sf)
	c.ip.apply(sf)
	c.own.apply(sf)
	c.prepared(e)
	c.regroup()
	c.setReserve(sf)
	c.fillViews()
}

// regroup tells congestion control which flows are siblings.
func (c *Conn) regroup() {
	c.group = cc.Group{Flows: c.group.Flows[:0], Touched: ^uint64(0)}
	for _, sf := range c.live {
		if sf.e != nil {
			sf.e.CC.Group, sf.e.CC.Index = &c.group, len(c.group.Flows)
			c.group.Flows = append(c.group.Flows, &sf.e.CC)
		}
	}
}

// Changed implements tcp.Owner.
func (c *Conn) Changed(now sim.Time, e *tcp.Endpoint, ev tcp.Event) {
	sf := c.sub(e)
	switch ev {
	case tcp.Connected:
		c.connected(now, sf)
	case tcp.FastOpened:
		c.fastOpened(now, sf)
	case tcp.PeerClosed:
		c.peerClosed(now, sf)
	case tcp.SendClosed:
		if c.plain && c.finQueued && !c.finDone {
			c.finDone = true
			c.finAcked(now)
		}
	case tcp.Reset:
		c.subflowReset(now, sf)
		c.ended(sf, ev)
	case tcp.TimedOut:
		if sf.reason == "" {
			sf.reason = "timed out"
		}
		c.ended(sf, ev)
		c.firstFailed(sf, tcp.ErrTimeout)
	case tcp.Aborted:
		if sf.reason == "" {
			sf.reason = "reset by this host"
		}
		c.ended(sf, ev)
	case tcp.TimeWaiting:
		c.lingers(now, sf)
	case tcp.Closed:
		c.subflowClosed(now, sf)
	case tcp.RTOFired:
		c.subflowTimeout(now, sf)
	case tcp.Progress:
		c.subflowProgress(now, sf)
	}
}

// connected is the end of an endpoint's handshake.
func (c *Conn) connected(now sim.Time, sf *subflow) {
	if sf.state != subflowOpening {
		return
	}
	if sf.join {
		c.joinConnected(now, sf)
		return
	}
	sf.state = subflowEstablished
	c.touchViews()
	sf.establishedAt = now
	c.open(now)
	if c.client || c.state == SynReceived {
		c.setState(now, Established)
	}
	c.observeSubflow(now, sf, SubflowEstablished)
	c.tell(now, EventSubflowCreated, sf)
	if c.sawDSS {
		c.tellConn(now, EventEstablished, CauseNone, "")
	}
	c.limitRetries(sf)
	c.checkPlain(sf)
	c.handshakeDone(now, sf)
	c.handOver(now)
	if !c.synDataOut(sf) { // else once it has been sent again
		c.push(now, nil)
	}
}

// open notes that the connection can carry data.
func (c *Conn) open(now sim.Time) {
	if c.everEstablished {
		return
	}
	c.everEstablished = true
	c.stats.establishedAt = now
	c.s.count.CurrEstab++
}

// handOver gives an accepted connection to its application.
func (c *Conn) handOver(now sim.Time) {
	if f := c.accept; f != nil {
		c.accept = nil
		f(now, c)
	}
	c.update(now)
}

// peerClosed is the peer's FIN on one subflow. It concerns the subflow only (section 3.3.3): we close our
// side too, after what was sent on it, unless the peer's stream has ended and ours has not. In a plain connection it is the end of the stream.
func (c *Conn) peerClosed(now sim.Time, sf *subflow) {
	if c.plain {
		c.rcvFin, c.rcvFinKnown = c.rcv.Next(), true
		c.checkFin(now)
		return
	}
	if sf.reason == "" {
		sf.reason = "closed by the peer"
	}
	if sf.state < subflowClosing && !c.bothDone() {
		sf.blame(CausePeerFIN)
	}
	if c.rcvFinDone && !c.bothDone() { // it goes on carrying our data (Linux 6.18, __mptcp_close_subflow)
		return
	}
	c.closeSubflow(now, sf)
}

// closeSubflow sends FIN on a subflow after what was sent on it.
func (c *Conn) closeSubflow(now sim.Time, sf *subflow) {
	if sf.state >= subflowClosing || sf.e == nil {
		return
	}
	if !sf.e.Established() {
		c.kill(now, sf, killClose)
		return
	}
	sf.state = subflowClosing
	c.touchViews()
	sf.e.CloseSend(now)
}

// kill has the worker reset a subflow after the present event: its endpoint may be at work up the call stack.
func (c *Conn) kill(now sim.Time, sf *subflow, why killReason) {
	if sf.kill != killNone || sf.state == subflowClosed {
		return
	}
	sf.kill = why
	if sf.e != nil && (sf.state < subflowEstablished || c.ackTold == c.ackPosition()) {
		sf.e.Mute() // else the peer has to hear of what did arrive
	}
	if sf.state < subflowClosing {
		sf.state = subflowClosing
		c.touchViews()
	}
	c.wake(now)
}

// subflowClosed is the end of an endpoint: its memory is used again soon.
func (c *Conn) subflowClosed(now sim.Time, sf *subflow) {
	if sf.state == subflowClosed {
		return
	}
	wasOpen := sf.establishedAt != 0 || !sf.join && c.everEstablished
	if sf.reason == "" {
		sf.reason = "closed"
	}
	sf.state = subflowClosed
	c.touchViews()
	if sf.attached { // else it is in TIME-WAIT
		sf.closedAt = now
	}
	if c.redial(now) {
		return
	}
	c.ended(sf, tcp.Closed)
	last := sf.e.Info()
	sf.last = &last
	c.keepFirst(sf)
	c.dropLive(sf)
	if c.mpFail.on == sf { // nobody is left to answer; another subflow may take its place
		c.mpFail = failState{origin: c.mpFail.origin}
		c.clearDeadline(deadlineFail)
	}
	if !c.plain && !c.over() {
		c.reinjectSubflow(sf, true)
	}
	sf.e.CC.Group = nil
	sf.e = nil
	sf.maps = mapQueue{}
	c.regroup()
	c.observeSubflow(now, sf, SubflowClosed)
	alone := sf.attached && c.Attached() == 0
	c.gone(now, sf)
	c.subflowEvent(now, sf, wasOpen)
	if alone || len(c.live) == 0 && (c.over() || c.plain) {
		c.noSubflow(now)
	}
	c.released(now)
	c.push(now, nil)
}

// lingers is a subflow that has closed in good order and is in TIME-WAIT: for others it is gone.
func (c *Conn) lingers(now sim.Time, sf *subflow) {
	c.ended(sf, tcp.Closed)
	if sf.reason == "" {
		sf.reason = "closed"
	}
	sf.closedAt = now
	c.gone(now, sf)
	if c.Attached() == 0 && !c.over() && !c.plain {
		c.noSubflow(now)
	}
}

// gone ends a subflow for those who look at the connection.
func (c *Conn) gone(now sim.Time, sf *subflow) {
	if sf.attached {
		c.detach(sf)
		c.tell(now, EventSubflowClosed, sf)
	}
}

func (c *Conn) dropLive(sf *subflow) {
	for i, other := range c.live {
		if other == sf {
			c.live = append(c.live[:i], c.live[i+1:]...)
			break
		}
	}
	c.fillViews()
}

// breakDeadline is how long to wait for a new subflow. Joins that die before they have carried anything, while
// something waits, do not prolong it.
func (c *Conn) breakDeadline(now sim.Time) sim.Time {
	una, next := c.snd.Una(), c.rcv.Next()
	if c.breakAt == 0 || una != c.breakUna || next != c.breakNext || una == c.snd.End() && !c.finQueued {
		c.breakAt, c.breakUna, c.breakNext = now.Add(c.breakTimeout()), una, next
	}
	return max(now, c.breakAt)
}

// noSubflow is the loss of the last subflow. A connection survives it for a while and goes on over a
// new one (break before make, section 3.3.3); a plain one does not.
func (c *Conn) noSubflow(now sim.Time) {
	switch {
	case c.over():
		c.checkGone(now)
	case c.state == SynSent || c.state == SynReceived || c.plain || !c.remoteKnown:
		err := c.err
		if err == nil && !c.bothDone() {
			err = tcp.ErrReset
		}
		c.fail(now, err)
	default:
		c.setDeadline(deadlineClose, c.breakDeadline(now))
		c.rejoin(now)
	}
}
