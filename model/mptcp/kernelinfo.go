package mptcp

import (
	"mpsim/model/mptcp/pm"
	"mpsim/model/tcp"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// KernelInfo is what Linux 6.18 tells of a connection (struct mptcp_info, net/mptcp/sockopt.c,
// mptcp_diag_fill_info) and Info does not.
type KernelInfo struct {
	WriteSeq  uint64 // absolute data sequence number of the next octet that the application will write
	SndUna    uint64 // of the first that is not acknowledged
	RcvNxt    uint64 // of the next that is expected; 0: the peer's key is not known
	RemoteKey bool   // the peer's key is known

	Retransmits  int // data-level timeouts in a row
	DataRTO      unit.Duration
	FirstSubflow bool // the first subflow is being opened or established, its end has not begun
	Extra        int  // other subflows, those being opened and closed included
	pm.Counts
	pm.Limits

	// When new data was sent and data came last, and when anything came, over any subflow: that of the
	// opening before. What subflows retransmit does not count.
	SentAt, ReceivedAt, HeardAt sim.Time
}

// KernelInfo returns a snapshot. A DATA_FIN has a sequence number of its own.
func (c *Conn) KernelInfo() KernelInfo {
	i := KernelInfo{Retransmits: int(c.dataBackoff), DataRTO: c.dataRTO(), RemoteKey: c.remoteKnown,
		Limits: c.limits(), Counts: c.counts()}
	i.WriteSeq = c.localIDSN + 1 + c.snd.End() + octet(c.finQueued)
	i.SndUna = c.localIDSN + 1 + c.snd.Una() + octet(c.finDone)
	if c.remoteKnown {
		i.RcvNxt = c.remoteIDSN + 1 + c.rcv.Next() + octet(c.rcvFinDone)
	}
	for _, sf := range c.live {
		if sf.join {
			i.Extra++
		} else if sf.e != nil {
			s := sf.e.State()
			i.FirstSubflow = s == tcp.StateSynSent || s == tcp.StateSynReceived || s == tcp.StateEstablished
		}
	}
	opened := c.stats.openedAt
	i.SentAt, i.ReceivedAt, i.HeardAt = max(opened, c.stats.sentAt), opened, opened
	for _, sf := range c.subs {
		x := sf.info(c.sawDSS).TCP
		i.ReceivedAt, i.HeardAt = max(i.ReceivedAt, x.DataReceivedAt), max(i.HeardAt, x.HeardAt)
	}
	return i
}

func octet(there bool) uint64 {
	if there {
		return 1
	}
	return 0
}

// limits are those of the connection's manager, within what the connection may have.
func (c *Conn) limits() pm.Limits {
	l := pm.LimitsOf(c.manager.Name(), c.s.cfg.Paths)
	l.Extra = min(l.Extra, c.maxSubflows()-1)
	return l
}

// counts are the manager's, or what can be seen of its work.
func (c *Conn) counts() pm.Counts {
	if m, ok := c.manager.(pm.Counter); ok {
		return m.Counts()
	}
	n := pm.Counts{}
	for i := range c.signals.adds {
		if a := &c.signals.adds[i]; a.tries > 0 || a.over {
			n.Announced++
		}
	}
	var remotes, locals [4]uint64
	for _, sf := range c.subs {
		if sf.join && sf.opener {
			locals[sf.localID/64] |= 1 << (sf.localID % 64)
			remotes[sf.remoteID/64] |= 1 << (sf.remoteID % 64)
		}
	}
	for id := 1; id < 256; id++ { // 0 is the first subflow's
		n.Sources += int(locals[id/64] >> (id % 64) & 1)
	}
	for _, r := range c.paths.remotes {
		if r.ID != 0 {
			n.Accepted += int(remotes[r.ID/64] >> (r.ID % 64) & 1)
		}
	}
	return n
}

// ManagerLimits returns the limits that a connection of the host will have.
func (s *Stack) ManagerLimits() pm.Limits {
	l := pm.LimitsOf(s.cfg.PathManager, s.cfg.Paths)
	if s.managers != nil {
		l = pm.Limits{}
	}
	l.Extra = min(l.Extra, s.cfg.MaxSubflows-1)
	return l
}
