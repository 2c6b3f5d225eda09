package build

import (
	"cmp"
	"slices"
	"strconv"

	"mpsim/model/mptcp"
	"mpsim/model/wire"
	"mpsim/sim"
)

// Subflows are named by their paths. Of several that live on one path each gets a number when it is opened:
// the least that no other has then (when one end has closed, its number is free: the other may be waiting for
// late segments). Who opened a subflow knows it first, so the name is found from what both ends know: they
// give a subflow the same name, and it keeps that for life.

// connView is what is known of one end of a connection for tables: found once, so that it stays the same when
// a NAT on the way forgets.
type connView struct {
	number int64    // of the connection in the run; 0: not yet given
	labels []string // of subflows, by ID
}

// view returns what is known of a connection's end.
func (w *World) view(c *mptcp.Conn) *connView {
	v := w.views[c]
	if v == nil {
		v = &connView{}
		w.views[c] = v
	}
	return v
}

// labelOf names one subflow.
func (w *World) labelOf(c *mptcp.Conn, subflow uint32) string {
	v := w.view(c)
	if int(subflow) >= len(v.labels) {
		v.labels = w.nameSubflows(c, v.labels)
	}
	return v.labels[subflow]
}

// port is one end of a subflow.
type port struct {
	addr wire.Addr
	port uint16
}

// lifetime is one subflow as both ends tell it.
type lifetime struct {
	path           string
	client, server port
	opened, closed sim.Time // where it was known first; closed 0: both ends have it
	byServer       bool     // the server opened it
	id             uint32   // of the end that opened it
	number         int      // among those of its path, from 1
}

// nameSubflows adds the names of the subflows that have none.
func (w *World) nameSubflows(c *mptcp.Conn, known []string) []string {
	all := w.lifetimes(c)
	c.EachSubflow(func(s mptcp.SubflowInfo) bool {
		if int(s.ID) < len(known) {
			return true
		}
		name := w.label(s.Local, s.Remote, c.Client())
		if f := sameOf(all, w.lifetime(c, &s)); f != nil && f.number > 1 {
			name += "#" + strconv.Itoa(f.number)
		}
		known = append(known, name)
		return true
	})
	return known
}

// lifetimes lists the subflows that either end of a connection knows, numbered.
func (w *World) lifetimes(c *mptcp.Conn) []lifetime {
	var all []lifetime
	ends := []*mptcp.Conn{c}
	if p := w.peerOf(c); p != nil {
		ends = append(ends, p)
	}
	for _, end := range ends {
		end.EachSubflow(func(s mptcp.SubflowInfo) bool {
			one := w.lifetime(end, &s)
			if f := sameOf(all, one); f != nil {
				f.merge(&one)
			} else {
				all = append(all, one)
			}
			return true
		})
	}
	slices.SortFunc(all, func(a, b lifetime) int {
		return cmp.Or(cmp.Compare(a.opened, b.opened), cmp.Compare(truth(a.byServer), truth(b.byServer)),
			cmp.Compare(a.id, b.id))
	})
	for i := range all {
		all[i].number = free(all[:i], &all[i])
	}
	return all
}

// lifetime is a subflow as one end tells it.
func (w *World) lifetime(c *mptcp.Conn, s *mptcp.SubflowInfo) lifetime {
	l := lifetime{
		path: w.label(s.Local, s.Remote, c.Client()), opened: s.Opened, closed: s.Closed,
		client: port{s.Local, s.LocalPort}, server: port{s.Remote, s.RemotePort},
		byServer: c.Client() != s.Opener, id: s.ID,
	}
	if !c.Client() {
		l.client, l.server = l.server, l.client
		l.client.addr, l.client.port = w.behindNAT(l.client.addr, l.client.port, l.server.addr, l.server.port)
		l.path = w.label(l.client.addr, l.server.addr, true)
	}
	return l
}

// sameOf returns the same subflow as the other end tells it, or nil.
func sameOf(all []lifetime, one lifetime) *lifetime {
	for i := range all {
		f := &all[i]
		if f.client == one.client && f.server == one.server && f.overlaps(&one) {
			return f
		}
	}
	return nil
}

func (l *lifetime) overlaps(o *lifetime) bool {
	return (l.closed == 0 || l.closed >= o.opened) && (o.closed == 0 || o.closed >= l.opened)
}

// merge takes what the other end tells of the same subflow.
func (l *lifetime) merge(o *lifetime) {
	if o.opened < l.opened {
		l.opened, l.byServer, l.id = o.opened, o.byServer, o.id
	}
	if l.closed == 0 || o.closed != 0 && o.closed < l.closed {
		l.closed = o.closed
	}
}

// free is the least number that no earlier subflow of the path has when l is opened.
func free(earlier []lifetime, l *lifetime) int {
	for n := 1; ; n++ {
		taken := slices.ContainsFunc(earlier, func(e lifetime) bool {
			return e.number == n && e.path == l.path && (e.closed == 0 || e.closed > l.opened)
		})
		if !taken {
			return n
		}
	}
}

func truth(b bool) int {
	if b {
		return 1
	}
	return 0
}

// peerOf finds the other end of a connection among the hosts, or nil.
func (w *World) peerOf(c *mptcp.Conn) *mptcp.Conn {
	i := c.Info()
	if i.RemoteToken == 0 && i.LocalToken == 0 {
		return nil
	}
	remote, rport := c.Remote()
	if !c.Client() {
		local, lport := c.Local()
		remote, _ = w.behindNAT(remote, rport, local, lport)
	}
	owner, _ := w.graph.Owner(remote)
	if owner == nil {
		return nil
	}
	m := w.byName[owner.Name()].api.MPTCP()
	if m == nil {
		return nil
	}
	if p := m.Find(i.RemoteToken); p != nil && p.Info().RemoteToken == i.LocalToken {
		return p
	}
	return w.formerPeer(m, i.LocalToken, i.RemoteToken)
}

// tokenPair names the end of a connection, at the host that it belongs to.
type tokenPair struct {
	stack         *mptcp.Stack
	local, remote uint32
}

// formerPeer finds a connection that has closed. The host's connections are listed once at a time.
func (w *World) formerPeer(m *mptcp.Stack, remote, local uint32) *mptcp.Conn {
	if at, ok := w.listed[m]; !ok || at != w.Now() {
		w.listed[m] = w.Now()
		m.EachConn(func(c *mptcp.Conn) bool {
			i := c.Info()
			w.ended[tokenPair{m, i.LocalToken, i.RemoteToken}] = c
			return true
		})
	}
	return w.ended[tokenPair{m, local, remote}]
}
