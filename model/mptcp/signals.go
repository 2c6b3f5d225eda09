package mptcp

import (
	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim"
)

// Options that are not bound to a segment travel on pure ACKs of their own (RFC 8684 sections 3 and 3.4.1):
// the connection has a subflow's endpoint send one and fills it in when it comes by.

type signalKind uint8

const (
	signalAddAddr signalKind = iota
	signalEcho
	signalRemoveAddr
	signalPrio
)

type signal struct {
	kind    signalKind
	add     wire.AddAddr // signalAddAddr and signalEcho
	id      uint8        // signalRemoveAddr: address ID
	subflow *subflow     // goes out on this one; nil: any
}

type signalState struct {
	queue   []signal
	current signal
	pending *subflow // whose next pure ACK carries current
	ackOwed *subflow // owes a DATA_ACK
	ids     []uint8  // signalRemoveAddr: of the current one
	again   sim.Time // when what waits is tried again
	adds    []announcement
}

// signal queues an option; the worker sends it.
func (c *Conn) signal(now sim.Time, s signal) {
	c.signals.queue = append(c.signals.queue, s)
	c.wake(now)
}

// ackRow counts the pure ACKs in a row that carried nothing but signals: RFC 8684 sections 3 and 3.4.1 ask
// for no more than two. A row ends when the subflow sends data, when its acknowledgement number moves, or
// after a pause of an RTO, since nobody takes an ACK so late for the sign of a lost segment.
type ackRow struct {
	n        int
	rcv, snd uint64 // RCV.NXT and SND.NXT of the last
	at       sim.Time
}

// full tells that another one would be the third.
func (r *ackRow) full(now sim.Time, sf *subflow) bool {
	return r.n >= 2 && r.goesOn(now, sf)
}

func (r *ackRow) goesOn(now sim.Time, sf *subflow) bool {
	return r.rcv == sf.e.RcvNxt() && r.snd == sf.e.SndNxt() && now < r.at.Add(sf.e.RTO())
}

func (r *ackRow) note(now sim.Time, sf *subflow) {
	if !r.goesOn(now, sf) {
		r.n = 0
	}
	r.n, r.rcv, r.snd, r.at = r.n+1, sf.e.RcvNxt(), sf.e.SndNxt(), now
}

// flushSignals sends what is queued, as far as there are subflows for it.
func (c *Conn) flushSignals(now sim.Time) {
	g := &c.signals
	if g.pending != nil { // inside one of our own ACKs
		return
	}
	if sf := g.ackOwed; sf != nil {
		g.ackOwed = nil
		switch {
		case sf.e == nil || sf.state == subflowOpening:
		case c.s.cfg.Data.FinEverywhere == tcp.On:
			c.ackEverywhere(now)
		default:
			sf.e.Ack(now)
			sf.row.note(now, sf)
		}
	}
	later := sim.Never
	for i := 0; i < len(g.queue); {
		s := g.queue[i]
		sf := c.signalPath(s)
		switch {
		case s.subflow != nil && s.subflow.state == subflowClosed && !c.byOther(s): // nobody to tell any more
			g.queue = append(g.queue[:i], g.queue[i+1:]...)
		case sf == nil:
			i++
		case sf.row.full(now, sf):
			later = min(later, sf.row.at.Add(sf.e.RTO()))
			i++
		default:
			g.queue = append(g.queue[:i], g.queue[i+1:]...)
			g.current, g.pending = s, sf
			g.ids = g.ids[:0]
			if s.kind == signalRemoveAddr {
				c.gatherRemovals(i, sf)
			}
			sf.e.Ack(now)
			g.pending = nil
			sf.row.note(now, sf)
		}
	}
	if later != sim.Never && (g.again <= now || later < g.again) {
		g.again = later
		c.addTask(pathTask{at: later, kind: taskSignals})
	}
}

// gatherRemovals takes the other addresses that are to be withdrawn and may be on the same subflow out of the
// queue, from place i on: one option lists them.
func (c *Conn) gatherRemovals(i int, sf *subflow) {
	g := &c.signals
	g.ids = append(g.ids, g.current.id)
	for i < len(g.queue) && len(g.ids) < maxRemovals {
		if s := &g.queue[i]; s.kind != signalRemoveAddr || s.id == sf.localID {
			i++
			continue
		}
		g.ids = append(g.ids, g.queue[i].id)
		g.queue = append(g.queue[:i], g.queue[i+1:]...)
	}
}

// maxRemovals bounds the addresses in one REMOVE_ADDR so that it fits beside timestamps and a DATA_ACK.
const maxRemovals = 8

// byOther tells that a request about one subflow may go out on another: the MP_PRIO of version 0 that names
// an address.
func (c *Conn) byOther(s signal) bool { return s.kind == signalPrio && c.v0() }

// signalPath returns the subflow that an option goes out on, or nil if there is none now. An address is not
// withdrawn on a subflow that uses it, unless there is no other and it still works.
func (c *Conn) signalPath(s signal) *subflow {
	if c.plain {
		return nil
	}
	var best, other, own *subflow
	for _, sf := range c.live {
		if sf.state != subflowEstablished || sf.kill != killNone || sf.down {
			continue
		}
		switch {
		case s.subflow != nil && s.subflow != sf:
			other = sf
		case s.kind == signalRemoveAddr && sf.localID == s.id:
			own = sf
		case best == nil || best.suspect && !sf.suspect:
			best = sf
		}
	}
	switch {
	case best != nil:
		return best
	case s.kind == signalRemoveAddr:
		return own
	case c.byOther(s):
		return other
	}
	return nil
}

// putSignal writes the current option into a pure ACK. ADD_ADDR takes the place of the DSS, and of the
// timestamps if it is long; the others fit beside the DSS.
func (c *Conn) putSignal(sf *subflow, seg *wire.Segment) {
	s := c.signals.current
	c.signals.pending = nil
	switch s.kind {
	case signalAddAddr, signalEcho:
		seg.Opts |= wire.OptAddAddr
		seg.AddAddr = s.add
		if seg.OptionLen() > maxOptions {
			seg.Opts &^= wire.OptTimestamps
		}
		if s.kind == signalEcho {
			c.s.count.EchoAddTx++
		} else {
			c.s.count.AddAddrTx++
		}
	case signalRemoveAddr:
		c.putDSS(sf, seg, nil)
		seg.Opts |= wire.OptRemoveAddr
		seg.RemoveAddr = wire.RemoveAddr{N: uint8(len(c.signals.ids))}
		copy(seg.RemoveAddr.IDs[:], c.signals.ids)
		c.s.count.RmAddrTx++
	case signalPrio:
		c.putDSS(sf, seg, nil)
		seg.Opts |= wire.OptPrio
		seg.Prio = wire.Prio{Backup: s.subflow.backupOut}
		if s.subflow != sf {
			seg.Prio.HasID, seg.Prio.AddrID = true, s.subflow.localID
		}
		c.s.count.MPPrioTx++
	}
	if seg.OptionLen() > maxOptions { // the DATA_FIN, which is repeated elsewhere, is what is too much
		seg.DSS.Flags &^= wire.DSSMap | wire.DSSMap8 | wire.DSSFin | wire.DSSSum
	}
}

// maxOptions is the room for options in a TCP header, octets.
const maxOptions = 40
