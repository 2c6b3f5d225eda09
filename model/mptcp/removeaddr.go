package mptcp

import (
	"mpsim/model/mptcp/pm"
	"mpsim/model/wire"
	"mpsim/sim"
)

// REMOVE_ADDR (RFC 8684 section 3.4.2). It is not acknowledged; without a subflow to carry it, it waits for
// one.

// withdraw tells the peer that a local address is gone.
func (c *Conn) withdraw(now sim.Time, id uint8) {
	for i := range c.signals.adds {
		if a := &c.signals.adds[i]; a.id == id {
			under := !a.over && a.tries > 0
			c.signals.adds = append(c.signals.adds[:i], c.signals.adds[i+1:]...)
			if under {
				c.clearDeadline(deadlineAddAddr)
				c.nextAnnouncement(now)
			}
			break
		}
	}
	for i := range c.signals.queue {
		if s := &c.signals.queue[i]; s.kind == signalRemoveAddr && s.id == id {
			return
		}
	}
	c.signal(now, signal{kind: signalRemoveAddr, id: id})
}

// takeRemoveAddr closes the subflows that use the removed addresses, at once, as Linux does. Unknown IDs
// are ignored.
func (c *Conn) takeRemoveAddr(now sim.Time, m *wire.RemoveAddr) {
	c.s.count.RmAddr++
	for _, id := range m.List() {
		known := id == 0
		for i := 0; i < len(c.paths.remotes); {
			if c.paths.remotes[i].ID == id {
				c.paths.remotes = append(c.paths.remotes[:i], c.paths.remotes[i+1:]...)
				known = true
				continue
			}
			i++
		}
		for _, sf := range c.live {
			if sf.remoteID != id || sf.kill != killNone {
				continue
			}
			known = true
			c.s.count.RmSubflow++
			if sf.reason == "" {
				sf.reason = "address removed by the peer"
			}
			c.kill(now, sf, killClose)
		}
		if known {
			c.pathEvent(pm.Event{Kind: pm.Removed, Remote: pm.Remote{ID: id}})
		}
	}
}
