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
	if c.Client() {
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
			if m.total(c) > m.config.Limit {
				return
			}
			if m.possible(c, l, r) && !m.failed(l, r) && !m.connected(c, l, r) {
				m.open(c, l, r, l.Backup)
			}
		}
	}
}

// connected says that a subflow joins the two already. If the peer opened it, the address ID
// decides, since its port is an ephemeral one and its address may be translated; otherwise another port
// makes another subflow (section 3.4.1).
func (m *fullMesh) connected(c Conn, l Local, r Remote) bool {
	for _, s := range m.alive(c) {
		if s.LocalID != l.ID || s.RemoteID != r.ID && s.Remote != r.Addr {
			continue
		}
		if s.Incoming || s.RemotePort == r.Port {
			return true
		}
	}
	return slices.Contains(m.opening, pair{localID: l.ID, remote: r.Addr, port: r.Port})
}
