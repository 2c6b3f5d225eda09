package mptcp

import (
	"mpsim/model/mptcp/pm"
	"mpsim/model/tcp"
	"mpsim/sim"
)

// After a RST with MP_FAIL on the only subflow (RFC 8684 section 3.7) the sender may open a new one over the same
// addresses and puts it in single-path mode at once: an infinite mapping from the DSN that MP_FAIL named.

// afterFail notes that the peer's MP_FAIL took the last subflow, if a new one is to take its place. What comes before
// the named octet must have been acknowledged: an infinite mapping would leave the rest out.
func (c *Conn) afterFail(sf *subflow, dsn uint64) {
	pos := dsn - c.localIDSN - 1
	c.single = c.s.cfg.Data.RejoinAfterFail == tcp.On && !c.hasOther(sf) && int64(pos) >= 0 && pos <= c.snd.Una()
	c.singleOn = sf
}

// rejoin opens the new subflow.
func (c *Conn) rejoin(now sim.Time) {
	if !c.single || c.finDone {
		return
	}
	old := c.singleOn
	err := c.join(now, pm.Local{ID: old.localID, Addr: old.local, Up: true},
		pm.Remote{ID: old.remoteID, Addr: old.remote, Port: old.rport}, false)
	if c.single = err == nil; c.single {
		c.singleOn = c.subs[len(c.subs)-1]
	}
}

// enterSingle makes the connection plain TCP on the new subflow, from the first octet that is not acknowledged on.
func (c *Conn) enterSingle(now sim.Time, sf *subflow) {
	if !c.single || sf != c.singleOn || sf.e.SndNxt() > 1 {
		return
	}
	c.single = false
	c.snd.Rewind(c.snd.Una())
	c.stir()
	c.small = c.snd.Una() // Nagle's rule waits for nothing that is on its way
	c.fallBack(now, "single path after MP_FAIL")
	c.infinite = true
	c.setReserve(sf)
}
