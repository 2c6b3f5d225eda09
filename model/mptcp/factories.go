package mptcp

import (
	"mpsim/model/mptcp/pm"
	"mpsim/model/mptcp/sched"
	"mpsim/sim"
)

// Schedulers and path managers that have no name in packages sched and pm: scripts, and daemons that manage
// the connections of a host.

// SetManagers makes f give every connection made from now on its path manager, in place of
// Config.PathManager (nil: back to that). f returns a fresh manager each time.
func (s *Stack) SetManagers(f func() pm.Manager) { s.managers = f }

// SetSchedulers does for schedulers what SetManagers does for path managers.
func (s *Stack) SetSchedulers(f func() sched.Scheduler) { s.schedulers = f }

func (s *Stack) newManager() pm.Manager {
	if s.managers != nil {
		return s.managers()
	}
	m, _ := pm.New(s.cfg.PathManager, s.cfg.Paths) // Config.check has tried it
	return m
}

func (s *Stack) newScheduler() sched.Scheduler {
	if s.schedulers != nil {
		return s.schedulers()
	}
	sc, _ := sched.New(s.cfg.Scheduler) // Config.check has tried it
	return sc
}

// SetScheduler replaces the connection's scheduler (nil: by the host's), at any time: it decides from the next
// segment on.
func (c *Conn) SetScheduler(now sim.Time, s sched.Scheduler) {
	if s == nil {
		s = c.s.newScheduler()
	}
	c.useScheduler(s)
	c.push(now, nil)
}

func (c *Conn) useScheduler(s sched.Scheduler) {
	c.sched = s
	c.eager, _ = s.(sched.Eager)
}
