package netlink

import (
	"slices"

	"mpsim/model/wire"
	"mpsim/sim/unit"
	"mpsim/sockapi"
)

// Plugins that daemons come with, and the controllers of SMAPP. Each is made for one daemon.

// Advertise announces the addresses of a host that has accepted a connection, those beside the first
// subflow's, and takes them back when they go down: mptcpd's addr_adv, for a server behind which clients
// choose paths.
func Advertise() *Plugin {
	x := &Plugin{Name: "advertise"}
	announce := func(c *Connection, local wire.Addr) {
		if c.serverSide && c.Established() && local != c.first.Local {
			_ = c.Announce(local) // refused: the connection is over
		}
	}
	x.ConnectionEstablished = func(c *Connection, _ Event) {
		for _, a := range c.d.Addresses() {
			announce(c, a.Addr)
		}
	}
	x.NewLocalAddress = func(d *Daemon, a LocalAddress) {
		for _, c := range slices.Clone(d.conns) {
			announce(c, a.Addr)
		}
	}
	x.DeleteLocalAddress = func(d *Daemon, a LocalAddress) {
		for _, c := range slices.Clone(d.conns) {
			if c.serverSide && c.Established() {
				_ = c.Remove(a.Addr) // it need not have been announced
			}
		}
	}
	return x
}

// OnePerInterface keeps one subflow over each interface of a host that has opened the connection: mptcpd's
// sspi. A second one over the same interface is closed, whoever has opened it.
func OnePerInterface() *Plugin {
	x := &Plugin{Name: "one-per-interface"}
	fill := func(c *Connection) {
		tried := 0 // interface: its addresses come one after the other
		for _, a := range c.d.Addresses() {
			used := slices.ContainsFunc(c.subflows, func(t Tuple) bool {
				return c.d.interfaceOf(t.Local) == a.IfIndex
			})
			if used || a.IfIndex == tried || !c.Established() || a.Addr.Is4() != c.first.Remote.Is4() {
				continue
			}
			if c.AddSubflow(a.Addr, c.Peer(), false) == nil {
				tried = a.IfIndex
			}
		}
	}
	x.ConnectionEstablished = func(c *Connection, _ Event) {
		if !c.serverSide {
			fill(c)
		}
	}
	x.NewSubflow = func(c *Connection, t Tuple, _ Event) {
		for _, o := range c.subflows {
			if o != t && c.d.interfaceOf(o.Local) == c.d.interfaceOf(t.Local) {
				_ = c.RemoveSubflow(t) // it may have ended meanwhile
				return
			}
		}
	}
	x.NewLocalAddress = func(d *Daemon, _ LocalAddress) {
		for _, c := range slices.Clone(d.conns) {
			if !c.serverSide {
				fill(c)
			}
		}
	}
	return x
}

// interfaceOf returns the interface of a local address, from 1; 0: it is down or no longer the host's.
func (d *Daemon) interfaceOf(a wire.Addr) int {
	for _, x := range d.up {
		if x.Addr == a {
			return x.IfIndex
		}
	}
	return 0
}

// SubflowKeeper opens a subflow from each local address to the peer's first one, and again when it has
// ended: SMAPP's full mesh for connections that live long behind a NAT which forgets them. It waits Refused
// after a RST, Broken otherwise.
type SubflowKeeper struct {
	Refused unit.Duration // 0: 1 s, as in the paper
	Broken  unit.Duration // 0: 10 s; the paper says only that it is longer
}

// Plugin makes the plugin.
func (k SubflowKeeper) Plugin() *Plugin {
	if k.Refused == 0 {
		k.Refused = unit.Second
	}
	if k.Broken == 0 {
		k.Broken = 10 * unit.Second
	}
	x := &Plugin{Name: "subflow-keeper"}
	open := func(c *Connection, local wire.Addr) {
		if c.Established() && !c.Uses(local) && c.d.interfaceOf(local) > 0 && local.Is4() == c.first.Remote.Is4() {
			_ = c.AddSubflow(local, c.Peer(), false)
		}
	}
	x.ConnectionEstablished = func(c *Connection, _ Event) {
		for _, a := range c.d.Addresses() {
			open(c, a.Addr)
		}
	}
	x.SubflowClosed = func(c *Connection, t Tuple, e Event) {
		wait := k.Broken
		if e.Errno == sockapi.ECONNRESET || e.Errno == sockapi.ECONNREFUSED {
			wait = k.Refused
		}
		c.d.After(wait, func() { open(c, t.Local) })
	}
	x.NewLocalAddress = func(d *Daemon, a LocalAddress) {
		for _, c := range slices.Clone(d.conns) {
			open(c, a.Addr)
		}
	}
	return x
}

// SmartBackup is SMAPP's: when the retransmission timeout of a subflow passes MaxRTO, a subflow is opened
// from the next local address, and the old one closed, which re-injects what it held. Backup paths are so
// not opened before they are needed.
type SmartBackup struct {
	MaxRTO unit.Duration // 0: 1 s, as in the paper
}

// Plugin makes the plugin.
func (b SmartBackup) Plugin() *Plugin {
	if b.MaxRTO == 0 {
		b.MaxRTO = unit.Second
	}
	x := &Plugin{Name: "smart-backup"}
	x.Timeout = func(c *Connection, t Tuple, rto unit.Duration, _ int) {
		if rto <= b.MaxRTO || !slices.Contains(c.subflows, t) {
			return
		}
		all := c.d.Addresses()
		at := slices.IndexFunc(all, func(a LocalAddress) bool { return a.Addr == t.Local })
		for i := range all {
			next := all[(at+1+i)%len(all)].Addr
			if next == t.Local || c.Uses(next) || c.AddSubflow(next, c.Peer(), false) != nil {
				continue
			}
			_ = c.RemoveSubflow(t)
			return
		}
	}
	return x
}
