package pm

import (
	"slices"

	"mpsim/sim"
)

// linux is the kernel's own path manager (Linux 6.18, net/mptcp/pm_kernel.c): endpoints with flags, each used
// once in a connection, and two limits. Both ends of a connection act alike.
type linux struct {
	base
	used     idSet // endpoints announced or used for a subflow, and the first subflow's
	sources  idSet // endpoints used for a subflow
	told     idSet // endpoints announced
	answered idSet // the peer's address IDs that an ADD_ADDR led to subflows to
	accepted int   // ADD_ADDR that were answered by a subflow
}

// Name implements Manager.
func (*linux) Name() string { return "linux" }

// Handle implements Manager.
func (m *linux) Handle(_ sim.Time, c Conn, e Event) {
	switch e.Kind {
	case Established:
		m.established = true
		m.used.add(0) // the endpoint of the first subflow is spoken for
		m.tellPriority(c)
	case Closed:
		m.over = true
	case SubflowEstablished:
		m.settle(e.Subflow)
	case SubflowClosed:
		m.ended(e.Subflow)
	case Removed:
		m.removed.add(e.Remote.ID)
		if m.answered.has(e.Remote.ID) {
			m.answered.remove(e.Remote.ID)
			m.accepted--
		}
	case LocalDown:
		m.removeEndpoint(c, e.Local)
	case Created, Announced, LocalUp, SubflowPriority, SubflowStale, SubflowRecovered, RetryDue, TimerDue,
		SubflowTimeout:
	}
	if !m.established || m.over {
		return
	}
	if e.Kind == Announced {
		m.answer(c, e.Remote)
		return
	}
	m.announceNext(c)
	m.openNext(c)
	if e.Kind == Established { // an ADD_ADDR may be what the peer sent first
		for _, r := range c.Remotes() {
			if r.ID != 0 || r.PortGiven {
				m.answer(c, r)
			}
		}
	}
}

// tellPriority asks the peer by MP_PRIO to take the first subflow for a backup if its address is one.
func (m *linux) tellPriority(c Conn) {
	for _, s := range c.Subflows() {
		for _, l := range c.Locals() {
			if l.ID == s.LocalID && m.backup(l) && !s.Backup {
				c.SetBackup(s.ID, true)
			}
		}
	}
}

func (m *linux) backup(l Local) bool {
	return l.Backup || slices.ContainsFunc(m.config.Endpoints,
		func(e Endpoint) bool { return e.Addr == l.Addr && e.Backup })
}

// each calls f for the endpoints that are addresses of the host which are up, in the order of the endpoints.
func (m *linux) each(c Conn, f func(e *Endpoint, l Local)) {
	locals := c.Locals()
	for i := range m.config.Endpoints {
		e := &m.config.Endpoints[i]
		for _, l := range locals {
			if l.Addr == e.Addr && l.Up {
				l.Port = e.Port
				f(e, l)
			}
		}
	}
}

// announceNext announces the endpoints with Signal. One with Subflow as well is used for a subflow, too.
func (m *linux) announceNext(c Conn) {
	m.each(c, func(e *Endpoint, l Local) {
		if !e.Signal || m.used.has(l.ID) {
			return
		}
		m.used.add(l.ID)
		m.told.add(l.ID)
		c.Announce(l)
		if e.Subflow {
			m.openFrom(c, e, l)
		}
	})
}

// openNext opens subflows from the endpoints with Subflow that are not used yet.
func (m *linux) openNext(c Conn) {
	if m.reserved(c) {
		return
	}
	m.each(c, func(e *Endpoint, l Local) {
		if e.Subflow && !m.used.has(l.ID) && m.extra(c) < m.config.Limit {
			m.used.add(l.ID)
			m.openFrom(c, e, l)
		}
	})
}

// reserved tells that endpoints wait for an ADD_ADDR: the peer takes no joins at its first address.
func (m *linux) reserved(c Conn) bool {
	return !c.RemoteAllowsInitialAddress() &&
		!slices.ContainsFunc(m.config.Endpoints, func(e Endpoint) bool { return e.FullMesh })
}

// openFrom opens subflows from one address: to the peer's first address, or with FullMesh to each address
// that a subflow leads to.
func (m *linux) openFrom(c Conn, e *Endpoint, l Local) {
	var remotes []Remote
	for _, r := range c.Remotes() {
		switch {
		case r.ID == 0 && !r.PortGiven:
			remotes = append(remotes, r)
		case e.FullMesh && slices.ContainsFunc(c.Subflows(), func(s Subflow) bool { return s.Remote == r.Addr }):
			remotes = append(remotes, r)
		}
	}
	for _, r := range remotes {
		if m.extra(c) < m.config.Limit && m.possible(c, l, r) {
			m.sources.add(l.ID)
			m.open(c, l, r, m.backup(l))
		}
	}
}

// extra counts the subflows beyond the first, those being opened included.
func (m *linux) extra(c Conn) int {
	n := m.total(c)
	if slices.ContainsFunc(m.alive(c), func(s Subflow) bool { return s.ID == 0 }) {
		n--
	}
	return n
}

// answer opens subflows to an announced address, within the limits, unless one leads there already.
func (m *linux) answer(c Conn, r Remote) {
	m.removed.remove(r.ID)
	if r.ID != 0 && m.accepted >= m.config.Accept || m.extra(c) >= m.config.Limit {
		return
	}
	for _, s := range m.alive(c) {
		if s.Remote == r.Addr && s.RemotePort == r.Port {
			return
		}
	}
	opened := false
	for _, l := range m.answerers(c, r) {
		if m.extra(c) < m.config.Limit && m.possible(c, l, r) {
			m.open(c, l, r, m.backup(l))
			opened = true
		}
	}
	if opened && r.ID != 0 && !m.answered.has(r.ID) {
		m.answered.add(r.ID)
		m.accepted++
	}
}

// answerers are the addresses that answer an ADD_ADDR: all endpoints with FullMesh; without any, the next one
// with Laminar, or with Subflow if the peer takes no joins at its first address; without any, the one that
// routing picks: here the first that is up.
func (m *linux) answerers(c Conn, r Remote) []Local {
	var mesh, single []Local
	reserved := m.reserved(c)
	m.each(c, func(e *Endpoint, l Local) {
		switch {
		case l.Addr.Is4() != r.Addr.Is4():
		case e.FullMesh:
			mesh = append(mesh, l)
		case len(single) == 0 && (e.Laminar || e.Subflow && reserved) && (l.ID == 0 || !m.used.has(l.ID)):
			single = append(single, l)
		}
	})
	switch {
	case len(mesh) > 0:
		for _, l := range mesh {
			m.take(l)
		}
		return mesh
	case len(single) > 0:
		m.take(single[0])
		return single
	}
	for _, l := range c.Locals() {
		if l.Up && l.Addr.Is4() == r.Addr.Is4() && (len(single) == 0 || l.ID == 0) {
			single = append(single[:0], l)
		}
	}
	return single
}

func (m *linux) take(l Local) {
	m.used.add(l.ID)
	m.sources.add(l.ID)
}

// removeEndpoint is an address that went down, for which the host's network manager removes the endpoint.
func (m *linux) removeEndpoint(c Conn, l Local) {
	withdraw := m.told.has(l.ID) || m.sources.has(l.ID)
	for _, s := range c.Subflows() {
		withdraw = withdraw || s.LocalID == l.ID
	}
	m.used.remove(l.ID)
	m.told.remove(l.ID)
	m.sources.remove(l.ID)
	if withdraw && m.established && !m.over {
		c.Withdraw(l.ID)
	}
	m.opening = slices.DeleteFunc(m.opening, func(p pair) bool { return p.localID == l.ID })
	for _, s := range c.Subflows() {
		if s.LocalID == l.ID {
			m.close(c, s)
		}
	}
}
