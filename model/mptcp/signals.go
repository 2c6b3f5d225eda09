package mptcp

import (
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
	adds    []announcement
}

// signal queues an option; the worker sends it.
func (c *Conn) signal(now sim.Time, s signal) {
	c.signals.queue = append(c.signals.queue, s)
	c.wake(now)
}

// flushSignals sends what is queued as far as there are subflows for it.
func (c *Conn) flushSignals(now sim.Time) {
	g := &c.signals
	if g.pending != nil { // inside one of our own ACKs
		return
	}
	if sf := g.ackOwed; sf != nil {
		g.ackOwed = nil
		if sf.e != nil && sf.state != subflowOpening {
			sf.e.Ack(now)
		}
	}
	kept := 0
	for i := range g.queue {
		s := g.queue[i]
		sf := c.signalPath(s)
		switch {
		case s.subflow != nil && s.subflow.state == subflowClosed: // nobody to tell any more
		case sf == nil:
			g.queue[kept] = s
			kept++
		default:
			g.current, g.pending = s, sf
			sf.e.Ack(now)
			g.pending = nil
		}
	}
	g.queue = g.queue[:kept]
}

// signalPath returns the subflow that an option goes out on, or nil if there is none now. An address is not
// withdrawn on a subflow that uses it.
func (c *Conn) signalPath(s signal) *subflow {
	if c.plain {
		return nil
	}
	var best *subflow
	for _, sf := range c.live {
		if sf.state != subflowEstablished || sf.kill != killNone || sf.down {
			continue
		}
		switch {
		case s.subflow != nil && s.subflow != sf:
		case s.kind == signalRemoveAddr && sf.localID == s.id:
		case best == nil || best.suspect && !sf.suspect:
			best = sf
		}
	}
	return best
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
		seg.RemoveAddr = wire.RemoveAddr{N: 1}
		seg.RemoveAddr.IDs[0] = s.id
		c.s.count.RmAddrTx++
	case signalPrio:
		c.putDSS(sf, seg, nil)
		seg.Opts |= wire.OptPrio
		seg.Prio = wire.Prio{Backup: sf.backupOut}
		c.s.count.MPPrioTx++
	}
	if seg.OptionLen() > maxOptions { // the DATA_FIN, which is repeated elsewhere, is what is too much
		seg.DSS.Flags &^= wire.DSSMap | wire.DSSMap8 | wire.DSSFin | wire.DSSSum
	}
}

// maxOptions is the room for options in a TCP header, octets.
const maxOptions = 40
