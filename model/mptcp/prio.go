package mptcp

import (
	"mpsim/model/mptcp/pm"
	"mpsim/model/wire"
	"mpsim/sim"
)

// MP_PRIO (RFC 8684 section 3.3.8): the priority of the subflow that carries it.

// setBackup changes a subflow's priority and asks the peer to do so for its direction.
func (c *Conn) setBackup(now sim.Time, sf *subflow, backup bool) {
	if sf.backupOut == backup || sf.state == subflowClosed {
		return
	}
	sf.backupOut = backup
	c.signal(now, signal{kind: signalPrio, subflow: sf})
	c.observeSubflow(now, sf, SubflowPriority)
	c.push(now, nil)
}

// takePrio takes the peer's request.
func (c *Conn) takePrio(now sim.Time, sf *subflow, m *wire.Prio) {
	if m.HasID {
		return // only in version 0
	}
	c.s.count.MPPrioRx++
	if sf.backupIn == m.Backup {
		return
	}
	sf.backupIn = m.Backup
	c.observeSubflow(now, sf, SubflowPriority)
	c.pathEvent(pm.Event{Kind: pm.SubflowPriority, Subflow: c.pathSubflow(sf)})
	if c.shut || c.snd.Unsent() > 0 {
		c.push(now, sf)
	}
}
