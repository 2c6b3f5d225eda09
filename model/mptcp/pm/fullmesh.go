package pm

import (
	"slices"

	"mpsim/sim"
)

// fullMesh opens a subflow from each local to each remote address (RFC 8684 sections 3.2 and 3.4).
type fullMesh struct{ base }

// Name implements Manager.
func (*fullMesh) Name() string { return "fullmesh" }

// Handle implements Manager.
func (m *fullMesh) Handle(_ sim.Time, c Conn, e Event) {
	if !m.handle(c, e) {
		return
	}
	if e.Kind == Established {
		markBackups(c)
	}
	if c.Client() || m.config.ServerOpens {
		m.reviveIfEmpty(c)
		m.fill(c)
	}
}

// markBackups asks the peer by MP_PRIO to treat the first subflow as its address's flag says: MP_CAPABLE
// has no B bit (section 3.3.8).
func markBackups(c Conn) {
	locals := c.Locals()
	for _, s := range c.Subflows() {
		i := slices.IndexFunc(locals, func(l Local) bool { return l.ID == s.LocalID })
		if i >= 0 && locals[i].Up && locals[i].Backup && !s.Backup && !s.Incoming {
			c.SetBackup(s.ID, true)
		}
	}
}

// fill opens what is missing in the mesh, up to the limit.
func (m *fullMesh) fill(c Conn) {
	for _, l := range c.Locals() {
		for _, r := range c.Remotes() {
			if !m.possible(c, l, r) || m.failed(l, r) {
				continue
			}
			for range m.config.PerPair - m.connected(c, l, r) {
				if m.total(c) > m.config.Limit {
					return
				}
				m.open(c, l, r, l.Backup)
			}
		}
	}
}

// connected counts the subflows that join the two already. If the peer opened one, the address ID
// decides, since its port is an ephemeral one and its address may be translated; otherwise another port
// makes another subflow (section 3.4.1).
func (m *fullMesh) connected(c Conn, l Local, r Remote) int {
	count := 0
	alive := m.alive(c)
	for _, s := range alive {
		if s.LocalID != l.ID || s.RemoteID != r.ID && s.Remote != r.Addr {
			continue
		}
		if s.Incoming || s.RemotePort == r.Port {
			count++
		}
	}
	return count + m.unlistedOver(alive, pair{localID: l.ID, remote: r.Addr, port: r.Port})
}
