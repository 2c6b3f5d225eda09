package mptcp

import (
	"mpsim/model/mptcp/pm"
	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim"
)

// What a connection does about its paths at a later time.

type pathTaskKind uint8

const (
	taskProbe   pathTaskKind = iota // keepalive of a subflow whose address the peer removed
	taskRetry                       // a join after a transient reset
	taskRefresh                     // announcements again
	taskRetire                      // an address that is to be given up: are its subflows empty?
	taskSignals                     // options that waited so as not to make a row of ACKs
	taskTimer                       // the path manager's
)

type pathTask struct {
	at    sim.Time
	kind  pathTaskKind
	sf    *subflow   // taskProbe
	local uint8      // taskRetire: address ID
	timer uint32     // taskTimer: the manager's number
	retry pm.Subflow // taskRetry
}

// retryCount is how often a pair of addresses was tried again after transient resets, in a row.
type retryCount struct {
	local, remote wire.Addr
	port          uint16
	n             int
}

func (c *Conn) addTask(t pathTask) {
	c.paths.tasks = append(c.paths.tasks, t)
	c.armPaths()
}

// armPaths sets the deadline of the first task and of the joins that wait.
func (c *Conn) armPaths() {
	at := sim.Never
	for i := range c.paths.tasks {
		at = min(at, c.paths.tasks[i].at)
	}
	for i := range c.paths.waiting {
		a := &c.paths.waiting[i]
		switch {
		case a.drawn:
			at = min(at, a.at)
		case c.s.cfg.Policy.JoinAfter > 0 && c.sawDSS:
			at = min(at, c.stats.establishedAt.Add(c.s.cfg.Policy.JoinAfter))
		}
	}
	c.clearDeadline(deadlinePath)
	if at != sim.Never {
		c.setDeadline(deadlinePath, max(at, c.s.w.Now()))
	}
}

// pathTimeout does what is due.
func (c *Conn) pathTimeout(now sim.Time) {
	p := &c.paths
	if c.plain || c.over() {
		p.tasks, p.waiting = p.tasks[:0], p.waiting[:0]
		return
	}
	for i := 0; i < len(p.tasks); {
		t := p.tasks[i]
		if t.at > now {
			i++
			continue
		}
		p.tasks = append(p.tasks[:i], p.tasks[i+1:]...)
		switch t.kind {
		case taskProbe:
			c.probeRemoved(now, t.sf)
		case taskRetry:
			c.pathEvent(pm.Event{Kind: pm.RetryDue, Subflow: t.retry})
		case taskRefresh:
			c.refreshAnnouncements(now)
		case taskRetire:
			c.retire(now, t.local)
		case taskSignals:
			c.wake(now)
		case taskTimer:
			c.pathEvent(pm.Event{Kind: pm.TimerDue, Timer: t.timer})
		}
	}
	c.startJoins(now)
}

// noteReset keeps what the peer's RST said of a subflow, if this host pays heed to it.
func (c *Conn) noteReset(sf *subflow, r wire.Reset) {
	if c.s.cfg.Policy.ObeyReset != tcp.On {
		return
	}
	sf.reset = pm.Reset{Given: true, Transient: r.Transient, Reason: r.Reason}
}

// retryLater plans another join over the pair of a subflow that ended by a transient reset (section 3.6): the
// wait depends on the reason and doubles for each one in a row.
func (c *Conn) retryLater(sf *subflow) {
	if !sf.opener || !sf.reset.Transient || c.plain || c.over() {
		return
	}
	r := c.retriesOf(sf)
	if r.n >= c.s.cfg.Policy.RetryLimit {
		return
	}
	wait := resetBackOff(sf.reset.Reason) << min(r.n, 16)
	r.n++
	c.addTask(pathTask{at: c.s.w.Now().Add(wait), kind: taskRetry, retry: c.pathSubflow(sf)})
}

func (c *Conn) retriesOf(sf *subflow) *retryCount {
	p := &c.paths
	for i := range p.retries {
		if r := &p.retries[i]; r.local == sf.local && r.remote == sf.remote && r.port == sf.rport {
			return r
		}
	}
	p.retries = append(p.retries, retryCount{local: sf.local, remote: sf.remote, port: sf.rport})
	return &p.retries[len(p.retries)-1]
}
