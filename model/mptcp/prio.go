package mptcp

import (
	"mpsim/model/mptcp/pm"
	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim"
)

// MP_PRIO (RFC 8684 section 3.3.8): the priority of the subflow that carries it; in version 0 (RFC 6824
// section 3.3.8) it may name an address instead, for all subflows that use it.

// setBackup changes a subflow's priority and asks the peer to do so for its direction.
func (c *Conn) setBackup(now sim.Time, sf *subflow, backup bool) {
	if sf.backupOut == backup || sf.state == subflowClosed {
		return
	}
	sf.backupOut = backup
	c.touchViews()
	if !c.prioWaits(sf) {
		c.signal(now, signal{kind: signalPrio, subflow: sf})
	}
	c.observeSubflow(now, sf, SubflowPriority)
	c.tellPriority(now, sf, false)
	c.push(now, nil)
}

// prioWaits tells that an MP_PRIO for the subflow is waiting to be sent: it will say what holds by then.
func (c *Conn) prioWaits(sf *subflow) bool {
	for i := range c.signals.queue {
		if s := &c.signals.queue[i]; s.kind == signalPrio && s.subflow == sf {
			return true
		}
	}
	return false
}

// v0 tells that the connection speaks version 0 (RFC 6824).
func (c *Conn) v0() bool { return c.version == 0 }

// isBackup tells whether a subflow is to be spared while a regular one is usable: if the peer asked, or we
// did of the peer and mean ourselves, too.
func (c *Conn) isBackup(sf *subflow) bool {
	p := &c.s.cfg.Policy
	return sf.backupIn && p.IgnorePriority != tcp.On || sf.backupOut && p.OneWayPriority != tcp.On
}

// takePrio takes the peer's request.
func (c *Conn) takePrio(now sim.Time, sf *subflow, m *wire.Prio) {
	if m.HasID && !c.v0() {
		return
	}
	c.s.count.MPPrioRx++
	if !m.HasID {
		c.prioritise(now, sf, m.Backup)
	} else {
		for _, other := range c.live {
			if other.remoteID == m.AddrID {
				c.prioritise(now, other, m.Backup)
			}
		}
	}
	if c.shut || c.snd.Unsent() > 0 {
		c.push(now, sf)
	}
}

func (c *Conn) prioritise(now sim.Time, sf *subflow, backup bool) {
	if sf.backupIn == backup {
		return
	}
	sf.backupIn = backup
	c.touchViews()
	c.observeSubflow(now, sf, SubflowPriority)
	c.tellPriority(now, sf, true)
	c.pathEvent(pm.Event{Kind: pm.SubflowPriority, Subflow: c.pathSubflow(sf)})
}
