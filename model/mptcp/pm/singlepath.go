package pm

import (
	"slices"

	"mpsim/sim"
)

// singlePath keeps one subflow at a time and moves it between addresses, break before make (CellNet 2012).
type singlePath struct{ base }

// Name implements Manager.
func (*singlePath) Name() string { return "single-path" }

// choice is a pair of addresses for the next subflow.
type choice struct {
	local  Local
	remote Remote
	ok     bool
}

// Handle implements Manager.
func (m *singlePath) Handle(_ sim.Time, c Conn, e Event) {
	if !m.handle(c, e) || !c.Client() {
		return
	}
	avoid := noLocal
	switch e.Kind {
	case LocalUp:
		m.giveWay(c, e.Local)
	case SubflowStale:
		m.leave(c, e.Subflow)
	case SubflowRecovered:
		m.forgive(func(f failure) bool { return f.pair == pairOf(e.Subflow) && !f.banned })
	case SubflowClosed:
		avoid = int(e.Subflow.LocalID)
	case Created, Established, Closed, Announced, Removed, SubflowEstablished, SubflowPriority, LocalDown,
		RetryDue, TimerDue, SubflowTimeout:
		// Only what follows.
	}
	if m.total(c) > 0 {
		return
	}
	next := m.best(c, avoid)
	if !next.ok {
		m.reviveIfEmpty(c)
		next = m.best(c, noLocal)
	}
	if next.ok {
		m.open(c, next.local, next.remote, false)
	}
}

// leave closes a stale subflow if another address can take over: one that has not failed, else
// one that worked before. The pair counts as failed until its address comes up anew.
func (m *singlePath) leave(c Conn, stale Subflow) {
	local := stale.LocalID
	if !m.best(c, int(local)).ok {
		m.forgive(func(f failure) bool { return f.joined && !f.banned && f.localID != local })
	}
	m.fail(failure{pair: pairOf(stale), joined: true})
	if !m.best(c, int(local)).ok {
		return
	}
	for _, s := range m.alive(c) {
		if s.ID == stale.ID {
			m.close(c, s)
		}
	}
}

// noLocal avoids no address.
const noLocal = -1

// best is the most preferred pair that has not failed, not from the address avoid: regular before backup,
// then in the order of the lists.
func (m *singlePath) best(c Conn, avoid int) choice {
	for _, backup := range [...]bool{false, true} {
		for _, l := range c.Locals() {
			if l.Backup != backup || int(l.ID) == avoid {
				continue
			}
			if next := m.over(c, l); next.ok {
				return next
			}
		}
	}
	return choice{}
}

// over is the first pair with the local address l that may be tried.
func (m *singlePath) over(c Conn, l Local) choice {
	for _, r := range c.Remotes() {
		if m.possible(c, l, r) && !m.failed(l, r) {
			return choice{local: l, remote: r, ok: true}
		}
	}
	return choice{}
}

// giveWay closes the subflow if the address that came up is preferred to its own, or if it is stale.
func (m *singlePath) giveWay(c Conn, up Local) {
	if !m.over(c, up).ok {
		return
	}
	for _, s := range m.alive(c) {
		p := pairOf(s)
		stale := slices.ContainsFunc(m.failures, func(f failure) bool { return f.pair == p })
		if stale || preferred(c.Locals(), up.ID, s.LocalID) {
			m.close(c, s)
		}
	}
}

// preferred says that the address a comes before the address b: regular before backup, then by order.
func preferred(locals []Local, a, b uint8) bool {
	if a == b {
		return false
	}
	first, firstBackup := noLocal, noLocal
	for _, l := range locals {
		if l.ID != a && l.ID != b {
			continue
		}
		switch {
		case !l.Backup && first == noLocal:
			first = int(l.ID)
		case l.Backup && firstBackup == noLocal:
			firstBackup = int(l.ID)
		}
	}
	if first != noLocal {
		return first == int(a)
	}
	return firstBackup == int(a)
}
