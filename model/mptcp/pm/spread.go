package pm

import (
	"mpsim/model/wire"
	"mpsim/sim"
)

// AddrPair is where a subflow may lead.
type AddrPair struct{ Local, Remote wire.Addr }

// Spread returns a manager for one connection that keeps so many subflows open, the first included, over
// the given pairs in their order, and from the first pair on again when there are fewer: other ports of a
// pair make other paths where the network spreads flows by them. pairs[0] is that of the first subflow. The
// opener decides alone, and knows the peer's addresses from elsewhere than ADD_ADDR, as one that works for
// a whole datacenter does. It announces nothing.
func Spread(pairs []AddrPair, subflows int) Manager {
	return &spread{base: base{config: Config{Subflows: subflows, Limit: subflows}}, pairs: pairs}
}

type spread struct {
	base
	pairs []AddrPair // shared by many connections: not to be changed
}

// Name implements Manager.
func (*spread) Name() string { return "spread" }

// Handle implements Manager.
func (m *spread) Handle(_ sim.Time, c Conn, e Event) {
	if !m.handle(c, e) || !c.Client() {
		return
	}
	m.reviveIfEmpty(c)
	m.fill(c)
}

// fill opens what is missing.
func (m *spread) fill(c Conn) {
	locals := c.Locals()
	port := c.Remotes()[0].Port
	have := m.total(c)
	for k := 0; k < m.config.Subflows && have < m.config.Subflows; k++ {
		p := k % len(m.pairs)
		local, found := localOf(locals, m.pairs[p].Local)
		if !found {
			continue
		}
		remote := Remote{ID: m.remoteID(p), Addr: m.pairs[p].Remote, Port: port}
		if !m.possible(c, local, remote) || m.failed(local, remote) || m.count(c, local, remote) > k/len(m.pairs) {
			continue
		}
		m.open(c, local, remote, local.Backup)
		have++
	}
}

// count counts the subflows over a pair, those on their way included.
func (m *spread) count(c Conn, l Local, r Remote) int {
	n := 0
	alive := m.alive(c)
	for _, s := range alive {
		if s.LocalID == l.ID && s.Remote == r.Addr && !s.Incoming {
			n++
		}
	}
	return n + m.unlistedOver(alive, pair{localID: l.ID, remote: r.Addr, port: r.Port})
}

// remoteID is the address ID of a pair's remote address: 0 for that of the first subflow. The others are
// numbered in order of appearance: a peer that announced nothing has given them none.
func (m *spread) remoteID(p int) uint8 {
	for i := range m.pairs {
		if m.pairs[i].Remote == m.pairs[p].Remote {
			return uint8(min(i, 254))
		}
	}
	return 0
}

func localOf(list []Local, a wire.Addr) (Local, bool) {
	for _, l := range list {
		if l.Addr == a {
			return l, true
		}
	}
	return Local{}, false
}
