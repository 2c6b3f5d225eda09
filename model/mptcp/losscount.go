package mptcp

import (
	"mpsim/model/tcp"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// What the upstream kernel does about subflows that lose, if Config.PotentiallyFailed is off (Linux 6.18,
// net/mptcp/protocol.c: __mptcp_retrans, mptcp_subflow_get_retrans; pm_kernel.c:
// mptcp_pm_nl_subflow_chk_stale). A retransmission timeout of a subflow changes nothing for the others. The
// data-level timer counts for each subflow with octets in flight the periods in which nothing came from the
// peer. With more than Config.StaleRTOs of them the subflow is stale and its octets go out on others.
// Before that the timer sends the first missing octets on a subflow that has nothing in flight; on a backup
// if every other one has been silent for more than one period. A lossy subflow from which acknowledgements
// trickle in is never stale.

// upstream tells that subflows are judged so.
func (c *Conn) upstream() bool { return c.s.cfg.PotentiallyFailed == tcp.Off }

// lookStale counts one more period for a subflow with octets in flight.
func (c *Conn) lookStale(now sim.Time, sf *subflow) {
	heard := sf.e.HeardAt()
	switch {
	case sf.silent == 0:
		sf.silent, sf.heardAt = 1, heard
	case sf.heardAt != heard:
		sf.silent = 0
		c.revive(now, sf)
	default:
		if sf.silent < 255 {
			sf.silent++
		}
		if int(sf.silent) > c.s.cfg.StaleRTOs && !sf.stale && c.alternative(sf) {
			sf.suspect = true
			c.touchViews()
			c.reinjectSubflow(sf, true)
			c.markStale(now, sf)
		}
	}
}

// alternative tells that another subflow answers.
func (c *Conn) alternative(sf *subflow) bool {
	for _, other := range c.live {
		if other != sf && other.usable() && !other.stale && !other.down && int(other.silent) < c.s.cfg.StaleRTOs {
			return true
		}
	}
	return false
}

// revive ends what a subflow has against it: the peer has sent something on it.
func (c *Conn) revive(now sim.Time, sf *subflow) {
	sf.silent = 0
	if sf.suspect || sf.stale {
		c.subflowProgress(now, sf)
	}
}

// retransmitData is the data-level timeout: what is missing first goes out on a subflow that has nothing in
// flight.
func (c *Conn) retransmitData(now sim.Time) {
	pick, backup, least := -1, -1, uint8(255)
	for i := 0; i < len(c.live); i++ {
		sf := c.live[i]
		switch {
		case !sf.usable() || sf.down:
		case sf.e.SndUna() != sf.e.SndNxt():
			c.lookStale(now, sf)
			least = min(least, sf.silent)
		case sf.backupIn || sf.backupOut:
			if backup < 0 {
				backup = i
			}
		case pick < 0:
			pick = i
		}
	}
	if pick < 0 && least > 1 {
		pick = backup
	}
	if pick >= 0 {
		c.resendHead(now, pick)
	}
	c.push(now, nil)
}

// headRun is the most that one data-level timeout sends again, octets: the kernel sends the first fragment
// of its queue, which is a page of 32 KiB at most.
const headRun = 32 << 10

// resendHead sends the first octets that are not acknowledged again, on the i-th live subflow.
func (c *Conn) resendHead(now sim.Time, i int) {
	c.renewViews()
	pos := c.snd.Una()
	end := min(c.snd.Nxt(), pos+headRun)
	for pos < end && c.views[i].Room > 0 {
		sf := c.live[i]
		n := min(sf.e.MSS(), int64(end-pos), sf.subflowWindow())
		if n <= 0 {
			return
		}
		c.resend(now, i, pos, n)
		pos += uint64(n)
	}
}

// silentRTO is the data-level timeout: the longest of the subflows that are not being counted, not doubled
// (mptcp_timeout_from_subflow, __mptcp_set_timeout).
func (c *Conn) silentRTO() unit.Duration {
	rto := unit.Duration(0)
	for _, sf := range c.live {
		if sf.usable() && sf.silent == 0 && sf.e.SndUna() != sf.e.SndNxt() {
			rto = max(rto, sf.e.RTO())
		}
	}
	return min(max(rto, c.s.cfg.MinDataRTO), c.s.cfg.MaxDataRTO)
}

// watched tells that the timer runs on though all that was sent is acknowledged: a subflow that does not answer
// holds up the rest (__mptcp_clean_una).
func (c *Conn) watched() bool { return c.upstream() && c.snd.Unsent() > 0 }

// vain tells that a data-level timeout counts towards giving up: for a DATA_FIN, and for octets that are missing
// though all was acknowledged on subflows and one of them could carry data. Others come at even intervals while
// TCP has not given up, while the peer's window is shut, and while there is no subflow at all (breakTimeout).
func (c *Conn) vain() bool {
	if c.snd.Una() == c.snd.Nxt() {
		return c.snd.Unsent() == 0
	}
	usable := false
	for _, sf := range c.live {
		if sf.e != nil && sf.e.SndUna() != sf.e.SndNxt() {
			return false
		}
		usable = usable || sf.usable()
	}
	return usable
}
