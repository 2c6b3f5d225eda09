package mptcp

import (
	"mpsim/model/mptcp/pm"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// Giving up an address that still works, make before break (RFC 8684 sections 3.3.8 and 3.4.2): MP_PRIO
// asks the peer to use its subflows no more, they are closed by FIN when they are empty, and REMOVE_ADDR
// comes last.

// RetireAddress gives up a local address that still works. Without another subflow to carry on, nothing
// happens, and false is returned.
func (c *Conn) RetireAddress(now sim.Time, addr wire.Addr) bool {
	id := c.localIDOf(addr)
	if id == noLocalID || c.plain || !c.livesWithout(id) || c.paths.isRetired(id) {
		return false
	}
	c.paths.retired = append(c.paths.retired, id)
	for _, sf := range c.live {
		if sf.localID == id {
			c.setBackup(now, sf, true)
		}
	}
	c.addTask(pathTask{at: now.Add(c.longestRTO()), kind: taskRetire, local: id})
	return true
}

// ReuseAddress takes RetireAddress back.
func (c *Conn) ReuseAddress(now sim.Time, addr wire.Addr) {
	id := c.localIDOf(addr)
	for i, r := range c.paths.retired {
		if r == id {
			c.paths.retired = append(c.paths.retired[:i], c.paths.retired[i+1:]...)
			for _, sf := range c.live {
				if sf.localID == id {
					c.setBackup(now, sf, false)
				}
			}
			c.eachLocal(func(l pm.Local) {
				if l.ID == id && l.Up {
					c.pathEvent(pm.Event{Kind: pm.LocalUp, Local: l})
				}
			})
			return
		}
	}
}

func (c *Conn) longestRTO() unit.Duration {
	rto := unit.Duration(0)
	for _, sf := range c.live {
		if sf.e != nil {
			rto = max(rto, sf.e.RTO())
		}
	}
	return max(rto, unit.Millisecond)
}

// noLocalID is what localIDOf returns for an address that the host does not have.
const noLocalID = 255

func (p *pathState) isRetired(id uint8) bool {
	for _, r := range p.retired {
		if r == id {
			return true
		}
	}
	return false
}

// livesWithout tells that a subflow from another address is established.
func (c *Conn) livesWithout(id uint8) bool {
	for _, sf := range c.live {
		if sf.localID != id && sf.usable() && !sf.down && !c.paths.isRetired(sf.localID) {
			return true
		}
	}
	return false
}

// retire closes the subflows of an address that have nothing in flight, and withdraws it when none is open.
func (c *Conn) retire(now sim.Time, id uint8) {
	if !c.paths.isRetired(id) {
		return
	}
	open := false
	for _, sf := range c.live {
		if sf.localID != id || sf.state >= subflowClosing {
			continue
		}
		if !c.livesWithout(id) || sf.state == subflowEstablished && sf.e.SndUna() < sf.e.SndNxt() {
			open = true
			continue
		}
		if sf.reason == "" {
			sf.reason = "address given up"
		}
		sf.blame(CauseLocalGone)
		c.closeSubflow(now, sf)
	}
	if open {
		c.addTask(pathTask{at: now.Add(c.longestRTO()), kind: taskRetire, local: id})
		return
	}
	c.withdraw(now, id)
}
