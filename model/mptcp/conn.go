package mptcp

import (
	"mpsim/model/cc"
	"mpsim/model/mptcp/pm"
	"mpsim/model/mptcp/sched"
	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim"
)

// Conn is one Multipath TCP connection: the byte streams of both directions over one or more subflows, each
// a tcp.Endpoint that the Conn owns. Positions count the octets of a stream from 0; the data sequence
// number of position p is IDSN+1+p (RFC 8684 section 3.1), and the DATA_FIN takes the position behind the
// last octet.
type Conn struct {
	s       *Stack
	id      uint32 // place in the layer's table
	number  uint32 // in the running hash, see Layer.NumberByHost
	state   State
	client  bool
	version int  // of the protocol, as on the wire: one for life
	plain   bool // fell back to TCP: no option, one subflow, stream position is subflow offset - 1
	proven  bool // a DATA_ACK has proven that the peer knows our key (section 3.1)
	sum     bool // DSS checksums agreed
	short   bool // DSNs are sent with 4 octets (dsnlength.go)
	ack8    bool // DATA_ACKs are sent with 8 octets: the peer has used 8-octet DSNs (section 3.3.2)

	pushing bool // push is running
	quieted bool // some endpoints do not call Ready
	shut    bool // new data waits for the peer's window
	probing bool // endpoints run the persist timer
	nagle   bool
	cork    bool
	full    bool // the writer found the send buffer full

	// Sending.
	snd          tcp.SendBuffer
	narrow       bool   // some subflow's window is shut, and probed
	sndEdge      uint64 // right edge of the peer's window: the largest DATA_ACK + window seen
	sndWindowMax int64  // octets, largest window ever offered
	small        uint64 // end of the last piece sent that was less than a segment (Nagle's rule)
	finQueued    bool   // the application has closed; DATA_FIN has position snd.End()
	finSent      bool
	finDone      bool // and it is acknowledged
	finAlone     bool // the ACK being sent is there for the DATA_FIN
	finTries     int  // times that it was sent alone

	// Receiving.
	rcv         tcp.RecvBuffer
	rcvEdge     uint64 // right edge of our window: never shrinks (section 3.3.4)
	ackTold     uint64 // position of the last DATA_ACK sent
	rcvTold     uint64 // right edge in the last segment sent
	toldAck     uint64 // last DATA_ACK sent, and the right edge with it (sparse)
	toldEdge    uint64
	rcvFin      uint64 // position of the peer's DATA_FIN
	rcvFinKnown bool
	rcvFinDone  bool     // everything up to the DATA_FIN is in order
	finOn       *subflow // on which the DATA_FIN came last
	segAck      uint64
	segHasAck   bool // the segment being processed has a valid DATA_ACK: segAck

	live     []*subflow   // not closed, in order of creation
	views    []sched.View // of live, in the same order
	roomy    int          // views with room
	withRoom uint64       // their bits, by place modulo 64
	sched    sched.Scheduler
	eager    sched.Eager // the same, nil if it is none
	group    cc.Group

	reinject     reinjections
	lastProgress sim.Time // of the DATA_ACK, or when data went out with none outstanding
	dataBackoff  uint8    // data-level timeouts in a row
	recovery     uint64   // after a data-level timeout: fill holes before this position at once
	finSubflow   int      // rotates over subflows for DATA_FIN retransmissions
	prevUna      uint64   // SND.UNA before the last DATA_ACK that moved it
	headOn       uint32   // id of the subflow on which SND.UNA was sent again last
	headResent   uint64   // opportunistic retransmission: position after the last head resent

	syn                   synOctets
	localIDSN, remoteIDSN uint64
	remoteKnown           bool // the peer's key is known
	keysSent              bool // MP_CAPABLE with both keys went out
	offered               bool // MP_CAPABLE went out and was not given up
	gaveUp                bool // SYNs with MP_CAPABLE were not answered
	retrying              bool // the attempt is being given up for one in an older version
	wantSum               bool // A flag that we send
	tookDSS               bool // a DSS option has arrived
	plainAsked            bool // the peer may be plain TCP, and has been asked for an ACK
	tookSignal            bool // an MPTCP option other than DSS and MP_CAPABLE has come
	sawDSS                bool // a DSS option (or MP_CAPABLE with data) has arrived
	remoteNoJoinHere      bool // the peer set the C flag
	infinite              bool // the next data segment announces the fallback by an infinite mapping
	anchored              bool // which answers MP_FAIL: it starts at anchor, on new data only
	everEstablished       bool
	detached              bool // the application has closed and reads no more
	deleted               bool
	mpFail                failState
	err                   error

	subs []*subflow // all ever, by id

	notify func(now sim.Time, r tcp.Ready)
	ready  tcp.Ready
	accept func(now sim.Time, c *Conn)

	timer     sim.Timer
	deadlines [numDeadlines]sim.Time
	stats     connStats
	signals   signalState
	paths     pathState
	manager   pm.Manager

	// What the usual segment does not touch.
	localKey, remoteKey     uint64
	localToken, remoteToken uint32
	local0, remote0         wire.Addr
	lport0, rport0          uint16
	rail                    *subflow // plain: what the connection goes on with
	outShift, inShift       uint64   // plain: stream position less subflow offset (line.go)
	anchor, infiniteFrom    uint64   // position; subflow offset of the first new data
	breakAt                 sim.Time // when the connection gives up after losing its last subflow at breakUna, breakNext
	breakUna, breakNext     uint64
	closer                  *subflow // M_FASTCLOSE-WAIT: MP_FASTCLOSE goes out on it
	closerTries             int
	agreed                  bool     // plain, and the peer has shown that it is, too
	single                  bool     // a RST with MP_FAIL took the last subflow: singlepath.go
	singleOn                *subflow // that one, then the new one
	fallbackReason          string
	keepalive               keepaliveSetting
	ip                      ipSetting
	own                     connSettings
	indices                 pathIndices
	toldClosed              bool // EventClosed was told
	listener                func(now sim.Time, e ConnEvent)
}

// connStats counts octets and events of one connection.
type connStats struct {
	openedAt, establishedAt sim.Time
	sentAt                  sim.Time // new data, last
	reinjected              int64
	fresh, duplicates       int64
	outOfWindow             int64
	dataRTOs                int64
	opportunistic, penalty  int64
}

// The stream-socket methods below are those of tcp.Stream, so that the socket API treats both alike.

// SetNotify registers the function called when a bit of Ready becomes set (level: once per change).
func (c *Conn) SetNotify(f func(now sim.Time, r tcp.Ready)) { c.notify = f }

// SendSpace returns the octets that the send buffer can take now.
func (c *Conn) SendSpace() int64 {
	if c.finQueued || c.err != nil || c.state == Closed {
		return 0
	}
	return c.space()
}

// Queue appends n octets of generated content (n at most SendSpace).
func (c *Conn) Queue(now sim.Time, n int64) {
	if n < 0 || n > c.SendSpace() {
		c.s.w.Fail("mptcp %s: Queue of %d octets: must be 0..%d (SendSpace)", c.s.name, n, c.SendSpace())
	}
	c.snd.Queue(n)
	c.queued(now)
}

// Write appends the application's own bytes and returns how many fitted.
func (c *Conn) Write(now sim.Time, b []byte) int {
	n := min(int64(len(b)), c.SendSpace())
	if n <= 0 {
		return 0
	}
	c.s.contents.AppendBytes(c.snd.Stream(), c.snd.End(), b[:n])
	c.snd.Queue(n)
	c.queued(now)
	return int(n)
}

// queued sends what the application has just added.
func (c *Conn) queued(now sim.Time) {
	c.stir()
	if len(c.paths.waiting) > 0 {
		c.wake(now)
	}
	c.push(now, nil)
	if c.space() == 0 {
		c.full = true
		c.ready &^= tcp.Writable
	}
}

// SetNoDelay turns Nagle's rule off (RFC 9293 section 3.7.4), here applied to the data level. SetCork holds
// back everything but full segments until it is turned off.
func (c *Conn) SetNoDelay(now sim.Time, on bool) {
	c.nagle = !on
	if on {
		c.pushCorked(now) // what waits goes out, also if corked (Linux 6.18, __tcp_sock_set_nodelay)
	}
	c.push(now, nil)
}

// SetCork is described with SetNoDelay.
func (c *Conn) SetCork(now sim.Time, on bool) {
	c.cork = on
	c.push(now, nil)
}

// Readable returns the octets in order not yet read.
func (c *Conn) Readable() int64 { return c.rcv.Readable() }

// Read takes at most n octets: one extent of contiguous content; call again for more (Len 0: nothing).
func (c *Conn) Read(now sim.Time, n int64) wire.Payload {
	p := c.rcv.Read(n)
	if p.Len == 0 {
		return p
	}
	c.tuneReceive(now)
	if c.rcv.Readable() == 0 && !c.atEnd() {
		c.ready &^= tcp.Readable
	}
	c.windowUpdate(now)
	return p
}

// atEnd tells that the peer's stream has ended and nothing is left to read.
func (c *Conn) atEnd() bool { return c.rcvFinDone && c.rcv.Readable() == 0 }

// PeerClosed tells that all of the peer's stream has arrived, read or not.
func (c *Conn) PeerClosed() bool { return c.rcvFinDone }

// EOF tells that the peer has closed and everything was read.
func (c *Conn) EOF() bool { return c.atEnd() }

// CloseWrite sends the end of the stream after what is queued.
func (c *Conn) CloseWrite(now sim.Time) {
	if c.finQueued || c.state == Closed || c.state == FastCloseWait {
		return
	}
	if c.state == SynSent {
		c.fail(now, nil)
		return
	}
	c.finQueued = true
	c.stir()
	for _, sf := range c.live {
		sf.finFrom = sf.sndNxt()
	}
	c.writeClosed(now)
	c.push(now, nil)
	c.sendFin(now)
	c.update(now)
}

// Close is CloseWrite; what arrives later is acknowledged and discarded. Data that was not read makes it Abort, as
// a close with unread data resets TCP (RFC 1122 section 4.2.2.13; section 3.5; Linux, __mptcp_close).
func (c *Conn) Close(now sim.Time) {
	if c.rcv.Readable() > 0 && !c.plain && c.state != Closed && c.state != TimeWait {
		c.Abort(now)
		return
	}
	c.detached = true
	c.discard(now)
	c.CloseWrite(now)
	if c.state == FinWait2 {
		c.setDeadline(deadlineClose, now.Add(c.s.cfg.CloseTimeout))
	}
}

// Abort closes the connection at once, what is unsent or unread is lost: MP_FASTCLOSE (fastclose.go).
func (c *Conn) Abort(now sim.Time) {
	c.detached = true
	if c.state == Closed || c.state == FastCloseWait {
		return
	}
	c.fastClose(now)
}

// Err returns why the connection failed, or nil.
func (c *Conn) Err() error { return c.err }

// ID returns the connection's number in its world, from 0 in order of opening; each end has its own.
func (c *Conn) ID() uint32 { return c.id }

// Client tells whether this host opened the connection.
func (c *Conn) Client() bool { return c.client }

// State returns the connection's state.
func (c *Conn) State() State { return c.state }

// Fallback tells whether the connection goes on as plain TCP.
func (c *Conn) Fallback() bool { return c.plain }

// Local returns the first subflow's own address and port, also after it has gone (section 4); Remote
// the peer's.
func (c *Conn) Local() (wire.Addr, uint16) { return c.local0, c.lport0 }

// Remote is described with Local.
func (c *Conn) Remote() (wire.Addr, uint16) { return c.remote0, c.rport0 }

// SendStream returns the number of the content stream that this host sends.
func (c *Conn) SendStream() uint32 { return c.snd.Stream() }

// discard drops what was received and not read.
func (c *Conn) discard(now sim.Time) {
	for c.rcv.Read(1<<31).Len > 0 {
	}
	c.windowUpdate(now)
}

// update works out what the application may do, and notifies it of bits that have become set; it is
// given all that are.
func (c *Conn) update(now sim.Time) {
	var r tcp.Ready
	if c.rcv.Readable() > 0 || c.rcvFinDone {
		r |= tcp.Readable
	}
	if c.everEstablished {
		r |= tcp.ConnectDone
		if !c.finQueued && !c.full && c.SendSpace() > 0 {
			r |= tcp.Writable
		}
	}
	if c.err != nil || c.state == Closed {
		r |= tcp.Hangup
	}
	fresh := r &^ c.ready
	c.ready = r
	if fresh != 0 && c.notify != nil {
		c.notify(now, r)
	}
}

// ReadyBits returns the bits that are set.
func (c *Conn) ReadyBits() tcp.Ready { return c.ready }
