package pm

import (
	"slices"

	"mpsim/sim"
)

// ndiffPorts opens several subflows over the first pair of addresses, for networks that spread flows over
// equal paths by their ports (RFC 8684 section 3.9.1).
type ndiffPorts struct {
	base
	localID uint8 // of the first subflow
}

// Name implements Manager.
func (*ndiffPorts) Name() string { return "ndiffports" }

// Handle implements Manager.
func (m *ndiffPorts) Handle(_ sim.Time, c Conn, e Event) {
	if !m.handle(c, e) || !c.Client() {
		return
	}
	if first := c.Subflows(); e.Kind == Established && len(first) > 0 {
		m.localID = first[0].LocalID
	}
	m.reviveIfEmpty(c)
	m.fill(c)
}

// fill opens what is missing over the first pair.
func (m *ndiffPorts) fill(c Conn) {
	locals, remotes := c.Locals(), c.Remotes()
	i := slices.IndexFunc(locals, func(l Local) bool { return l.ID == m.localID })
	j := slices.IndexFunc(remotes, func(r Remote) bool { return r.ID == 0 })
	if i < 0 || j < 0 || !m.possible(c, locals[i], remotes[j]) || m.failed(locals[i], remotes[j]) {
		return
	}
	want := min(m.config.Subflows, m.config.Limit+1)
	for range want - m.total(c) {
		m.open(c, locals[i], remotes[j], locals[i].Backup)
	}
}
