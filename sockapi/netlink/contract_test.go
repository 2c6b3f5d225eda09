package netlink_test

import (
	"fmt"
	"testing"

	"mpsim/model/mptcp"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"
	"mpsim/sockapi/netlink"
)

// scene is an established connection with a subflow from the client's second address, which has ID 5, and
// the daemon at the client.
type scene struct {
	*world
	p     *sim.Proc
	s     *netlink.Socket
	conn  *mptcp.Conn
	token uint32
	sub   netlink.Tuple
}

// contract runs checks on a scene of the family.
func contract(t *testing.T, f netlink.Family, check func(c *scene)) {
	w := newWorld(t, setting{})
	done := false
	w.traffic(200_000, 20*unit.Second)
	w.daemon(w.client, f, 0, func(p *sim.Proc, s *netlink.Socket) {
		must(0, p.Sleep(500*ms))
		c := &scene{world: w, p: p, s: s, conn: w.dial.MPTCP()}
		c.token = c.conn.LocalToken()
		w.expect(p, "scene", c.create(5, w.local[1]), nil)
		must(0, p.Sleep(200*ms))
		i, _ := c.conn.Subflow(1)
		c.sub = netlink.Tuple{Local: i.Local, Remote: i.Remote, LocalPort: i.LocalPort, RemotePort: i.RemotePort}
		check(c)
		done = true
	})
	w.Run(sim.Time(30 * unit.Second))
	w.Close()
	if !done {
		t.Error("the daemon did not come to its end")
	}
}

// create opens a subflow from an address to the server's first.
func (c *scene) create(id uint8, local wire.Addr) error {
	return c.s.CreateSubflow(c.p, c.token, netlink.Subflow{Local: netlink.Address{ID: id, Addr: local},
		Remote: netlink.Address{Addr: c.remote[0], Port: port}})
}

// row is a command with what it must return. The message begins as a good one; spoil changes it.
type row struct {
	name  string
	cmd   netlink.Command
	spoil func(c *scene, m *netlink.Message)
	want  error
}

// good is a message with which the command succeeds.
func (c *scene) good(f netlink.Family, cmd netlink.Command) netlink.Message {
	m := netlink.Message{Token: c.token, Family: netlink.Inet, Has: netlink.AttrToken}
	const pair = netlink.AttrFamily | netlink.AttrLocalAddr | netlink.AttrRemoteAddr | netlink.AttrLocalPort |
		netlink.AttrRemotePort
	switch cmd {
	case netlink.CmdAnnounce:
		m.Has |= netlink.AttrFamily | netlink.AttrLocalID | netlink.AttrLocalAddr | netlink.AttrFlags
		m.LocalID, m.Local, m.Flags = 7, c.local[2], netlink.AddrSignal
	case netlink.CmdRemove:
		m.Has |= netlink.AttrLocalID
		m.LocalID = 5
	case netlink.CmdSubflowCreate:
		m.Has |= pair&^netlink.AttrLocalPort | netlink.AttrLocalID | netlink.AttrRemoteID
		m.LocalID, m.Local, m.Remote, m.RemotePort = 7, c.local[2], c.remote[0], port
	case netlink.CmdSubflowDestroy, netlink.CmdSetPriority:
		m.Has |= pair | netlink.AttrBackup | netlink.AttrFlags
		m.Local, m.Remote, m.LocalPort, m.RemotePort = c.sub.Local, c.sub.Remote, c.sub.LocalPort, c.sub.RemotePort
		m.Backup, m.Flags = true, netlink.AddrBackup
	case netlink.CmdSetFilter:
		m.Has, m.Flags = netlink.AttrFlags, uint32(netlink.AllEvents)
	default:
	}
	return m
}

func without(a netlink.Attrs) func(*scene, *netlink.Message) {
	return func(_ *scene, m *netlink.Message) { m.Has &^= a }
}

func asIs(*scene, *netlink.Message) {}

func wrongToken(_ *scene, m *netlink.Message) { m.Token++ }

func wrongPort(_ *scene, m *netlink.Message) { m.LocalPort++ }

func inet6(_ *scene, m *netlink.Message) { m.Family = netlink.Inet6 }

func (r row) run(t *testing.T, f netlink.Family) {
	t.Run(fmt.Sprintf("%s/%s/%s", f, r.cmd, r.name), func(t *testing.T) {
		contract(t, f, func(c *scene) {
			m := c.good(f, r.cmd)
			r.spoil(c, &m)
			_, err := c.s.Do(c.p, r.cmd, m)
			c.expect(c.p, m.String(), err, r.want)
		})
	})
}

// TestContractOutOfTree is the error contract of each command of the out-of-tree family.
func TestContractOutOfTree(t *testing.T) {
	const (
		announce, remove  = netlink.CmdAnnounce, netlink.CmdRemove
		create, destroy   = netlink.CmdSubflowCreate, netlink.CmdSubflowDestroy
		priority, filter  = netlink.CmdSetPriority, netlink.CmdSetFilter
		exist             = netlink.CmdExist
		token, family     = netlink.AttrToken, netlink.AttrFamily
		localID, remoteID = netlink.AttrLocalID, netlink.AttrRemoteID
		saddr, daddr      = netlink.AttrLocalAddr, netlink.AttrRemoteAddr
		sport, dport      = netlink.AttrLocalPort, netlink.AttrRemotePort
	)
	for _, r := range []row{
		{"good", announce, asIs, nil},
		{"no token", announce, without(token), sockapi.EINVAL},
		{"no family", announce, without(family), sockapi.EINVAL},
		{"no id", announce, without(localID), sockapi.EINVAL},
		{"no address", announce, without(saddr), sockapi.EINVAL},
		{"other family", announce, inet6, sockapi.EINVAL},
		{"unknown token", announce, wrongToken, sockapi.EINVAL},
		{"address has another id", announce, func(c *scene, m *netlink.Message) { m.Local = c.local[1] },
			sockapi.EINVAL},
		{"id is another address's", announce, func(_ *scene, m *netlink.Message) { m.LocalID = 5 }, nil},
		{"table full", announce, fillTable, sockapi.ENOBUFS},

		{"good", remove, asIs, nil},
		{"no token", remove, without(token), sockapi.EINVAL},
		{"no id", remove, without(localID), sockapi.EINVAL},
		{"unknown token", remove, wrongToken, sockapi.EINVAL},
		{"unknown id", remove, func(_ *scene, m *netlink.Message) { m.LocalID = 6 }, sockapi.EINVAL},

		{"good", create, asIs, nil},
		{"no token", create, without(token), sockapi.EINVAL},
		{"no family", create, without(family), sockapi.EINVAL},
		{"no local id", create, without(localID), sockapi.EINVAL},
		{"no remote id", create, without(remoteID), sockapi.EINVAL},
		{"no remote address", create, without(daddr), sockapi.EINVAL},
		{"no remote port", create, without(dport), sockapi.EINVAL},
		{"unknown local id", create, without(saddr), sockapi.EINVAL},
		{"known local id", create, func(_ *scene, m *netlink.Message) { m.LocalID, m.Has = 5, m.Has&^saddr }, nil},
		{"unknown token", create, wrongToken, sockapi.EBADR},
		{"not the host's address", create, func(c *scene, m *netlink.Message) { m.Local = c.remote[1] },
			sockapi.EADDRNOTAVAIL},
		{"no route", create, func(c *scene, m *netlink.Message) { m.Remote = c.nowhere }, sockapi.ENETUNREACH},
		{"port in use", create, func(c *scene, m *netlink.Message) {
			m.Local, m.LocalID, m.LocalPort, m.Has = c.sub.Local, 5, c.sub.LocalPort, m.Has|sport
		}, sockapi.EADDRINUSE},
		{"too many", create, tooMany, sockapi.EPERM},
		{"closed by its application", create, orphan, sockapi.EOWNERDEAD},

		{"good", destroy, asIs, nil},
		{"no token", destroy, without(token), sockapi.EINVAL},
		{"no local address", destroy, without(saddr), sockapi.EINVAL},
		{"no remote port", destroy, without(dport), sockapi.EINVAL},
		{"unknown token", destroy, wrongToken, sockapi.EINVAL},
		{"not found", destroy, wrongPort, sockapi.EINVAL},

		{"good", priority, asIs, nil},
		{"no token", priority, without(token), sockapi.EINVAL},
		{"no local port", priority, without(sport), sockapi.EINVAL},
		{"unknown token", priority, wrongToken, sockapi.EINVAL},
		{"not found", priority, wrongPort, sockapi.EINVAL},
		{"handshake under way", priority, half, sockapi.ENOTCONN},

		{"good", filter, asIs, nil},
		{"no flags", filter, without(netlink.AttrFlags), sockapi.EINVAL},

		{"good", exist, asIs, nil},
		{"no token", exist, without(token), sockapi.EINVAL},
		{"unknown token", exist, wrongToken, sockapi.ENOTCONN},
		{"of upstream", netlink.CmdGetAddr, asIs, sockapi.EOPNOTSUPP},
	} {
		r.run(t, netlink.OutOfTree)
	}
}

// TestContractUpstream is the error contract of each command of the upstream family on connections.
func TestContractUpstream(t *testing.T) {
	const (
		announce, remove = netlink.CmdAnnounce, netlink.CmdRemove
		create, destroy  = netlink.CmdSubflowCreate, netlink.CmdSubflowDestroy
		flags            = netlink.CmdSetPriority
		token, family    = netlink.AttrToken, netlink.AttrFamily
		localID          = netlink.AttrLocalID
		saddr, daddr     = netlink.AttrLocalAddr, netlink.AttrRemoteAddr
	)
	noPort := func(remote bool) func(*scene, *netlink.Message) {
		return func(_ *scene, m *netlink.Message) {
			if remote {
				m.RemotePort = 0
			} else {
				m.LocalPort = 0
			}
		}
	}
	for _, r := range []row{
		{"good", announce, asIs, nil},
		{"no token", announce, without(token), sockapi.EINVAL},
		{"no family", announce, without(family), sockapi.EINVAL},
		{"no address", announce, without(saddr), sockapi.EINVAL},
		{"unknown token", announce, wrongToken, sockapi.EINVAL},
		{"id 0", announce, func(_ *scene, m *netlink.Message) { m.LocalID = 0 }, sockapi.EINVAL},
		{"no signal flag", announce, func(_ *scene, m *netlink.Message) { m.Flags = 0 }, sockapi.EINVAL},
		{"address has another id", announce, func(c *scene, m *netlink.Message) { m.Local = c.local[1] },
			sockapi.EINVAL},
		{"id is another address's", announce, func(_ *scene, m *netlink.Message) { m.LocalID = 5 }, sockapi.EINVAL},
		{"refused with another's id, then with its own", announce, func(c *scene, m *netlink.Message) {
			bad := *m
			bad.LocalID = 5
			_, err := c.s.Do(c.p, announce, bad)
			c.expect(c.p, "another's", err, sockapi.EINVAL)
		}, nil},
		{"known with its id", announce, func(c *scene, m *netlink.Message) {
			m.LocalID, m.Local = 5, c.local[1]
		}, nil},

		{"good", remove, asIs, nil},
		{"no token", remove, without(token), sockapi.EINVAL},
		{"no id", remove, without(localID), sockapi.EINVAL},
		{"unknown token", remove, wrongToken, sockapi.EINVAL},
		{"unknown id", remove, func(_ *scene, m *netlink.Message) { m.LocalID = 6 }, sockapi.EINVAL},
		{"id 0 in use", remove, func(_ *scene, m *netlink.Message) { m.LocalID = 0 }, nil},
		{"id 0 not in use", remove, func(c *scene, m *netlink.Message) {
			must(0, c.conn.CloseSubflow(c.Now(), 0, mptcp.CloseReset))
			m.LocalID = 0
		}, sockapi.EINVAL},

		{"good", create, asIs, nil},
		{"no token", create, without(token), sockapi.EINVAL},
		{"no local address", create, without(saddr), sockapi.EINVAL},
		{"no remote address", create, without(daddr), sockapi.EINVAL},
		{"unknown token", create, wrongToken, sockapi.EINVAL},
		{"signal flag", create, func(_ *scene, m *netlink.Message) { m.Flags = netlink.AddrSignal },
			sockapi.EINVAL},
		{"other family", create, inet6, sockapi.EINVAL},
		{"id is another address's", create, func(_ *scene, m *netlink.Message) { m.LocalID = 5 }, sockapi.EINVAL},
		{"not the host's address", create, func(c *scene, m *netlink.Message) { m.Local = c.remote[1] },
			sockapi.EADDRNOTAVAIL},
		{"no route", create, func(c *scene, m *netlink.Message) { m.Remote = c.nowhere }, sockapi.ENETUNREACH},
		{"too many", create, tooMany, sockapi.EPERM},
		{"closed by its application", create, orphan, sockapi.ENOTCONN},

		{"good", destroy, asIs, nil},
		{"no token", destroy, without(token), sockapi.EINVAL},
		{"no local address", destroy, without(saddr), sockapi.EINVAL},
		{"no remote address", destroy, without(daddr), sockapi.EINVAL},
		{"no local port", destroy, noPort(false), sockapi.EINVAL},
		{"no remote port", destroy, noPort(true), sockapi.EINVAL},
		{"unknown token", destroy, wrongToken, sockapi.EINVAL},
		{"other family", destroy, inet6, sockapi.EINVAL},
		{"not found", destroy, wrongPort, sockapi.ESRCH},

		{"good", flags, asIs, nil},
		{"any port", flags, func(_ *scene, m *netlink.Message) { m.LocalPort, m.RemotePort = 0, 0 }, nil},
		{"no local address", flags, without(saddr), sockapi.EINVAL},
		{"no remote address", flags, without(daddr), sockapi.EINVAL},
		{"unknown token", flags, wrongToken, sockapi.EINVAL},
		{"not found", flags, wrongPort, sockapi.EINVAL},

		{"of the other", netlink.CmdExist, asIs, sockapi.EOPNOTSUPP},
		{"of the other", netlink.CmdSetFilter, asIs, sockapi.EOPNOTSUPP},
	} {
		r.run(t, netlink.Upstream)
	}
}

// fillTable announces as many addresses as the kernel keeps; two of the eight are there already.
func fillTable(c *scene, m *netlink.Message) {
	for i := range 6 {
		a := c.local[2]
		a.Lo += uint64(i + 1)
		c.expect(c.p, "fill", c.s.Announce(c.p, c.token, netlink.Address{ID: uint8(10 + i), Addr: a}), nil)
	}
}

// tooMany opens as many subflows as the host allows.
func tooMany(c *scene, _ *netlink.Message) {
	for c.conn.MayOpenSubflow() == nil {
		c.expect(c.p, "fill", c.create(5, c.local[1]), nil)
	}
}

// orphan closes the socket while data is on its way, so that the connection lives on alone.
func orphan(c *scene, _ *netlink.Message) {
	must(0, c.dial.Close())
}

// half aims at a subflow whose SYN is on its way.
func half(c *scene, m *netlink.Message) {
	c.expect(c.p, "half", c.create(7, c.local[2]), nil)
	i, _ := c.conn.Subflow(2)
	m.Local, m.LocalPort = i.Local, i.LocalPort
}
