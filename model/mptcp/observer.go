package mptcp

import "mpsim/sim"

// Observer is told what happens on one host's connections. It must not change anything. A stack without one
// pays a nil test.
type Observer interface {
	// DataArrived is called for each run of mapped octets that a subflow delivers: positions [start, end) of
	// the peer's stream, duplicates included. reinjected tells that the subflow had carried higher
	// positions before, which new data never does; a reinjection that is the first thing on a
	// subflow cannot be told from new data at this end (Reinjected tells at the other).
	DataArrived(now sim.Time, c *Conn, subflow uint32, start, end uint64, reinjected bool)
	// Reinjected is called when octets [start, end) of this host's stream are sent on a subflow after
	// another one had carried them.
	Reinjected(now sim.Time, c *Conn, subflow uint32, start, end uint64)
	// SubflowChanged and ConnectionChanged are called for each step in a life.
	SubflowChanged(now sim.Time, c *Conn, subflow uint32, change SubflowChange, detail string)
	ConnectionChanged(now sim.Time, c *Conn, s State)
	// FellBack is called when a connection leaves MPTCP.
	FellBack(now sim.Time, c *Conn, reason string)
}

// SubflowChange is a step in a subflow's life.
type SubflowChange uint8

// Changes of a subflow.
const (
	SubflowEstablished SubflowChange = iota
	SubflowClosed
	SubflowStale
	SubflowRecovered
	SubflowPriority
)

func (s SubflowChange) String() string {
	switch s {
	case SubflowEstablished:
		return "established"
	case SubflowClosed:
		return "closed"
	case SubflowStale:
		return "stale"
	case SubflowRecovered:
		return "recovered"
	case SubflowPriority:
		return "priority"
	}
	return "?"
}

func (c *Conn) observeSubflow(now sim.Time, sf *subflow, change SubflowChange) {
	c.s.hash.Mix(uint64(now)<<8 ^ uint64(c.number)<<40 ^ uint64(sf.id)<<4 ^ uint64(change))
	if c.s.observer != nil {
		c.s.observer.SubflowChanged(now, c, sf.id, change, sf.reason)
	}
}
