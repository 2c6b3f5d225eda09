package netlink_test

import (
	"fmt"

	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi/netlink"
)

// A daemon opens a second subflow of each connection as soon as that is possible.
func ExampleOpen() {
	w := newWorld(nil, setting{})
	w.traffic(200_000, 2*unit.Second)
	s, err := netlink.Open(w.client, netlink.Upstream, netlink.SMAPPLatency)
	if err != nil {
		fmt.Println(err)
		return
	}
	w.Go(w.Component("daemon"), "daemon", func(p *sim.Proc) {
		for {
			e, err := s.Recv(p, true)
			if err != nil {
				return
			}
			fmt.Println(e.Kind)
			if e.Kind == netlink.EventEstablished {
				local := netlink.Address{ID: 1, Addr: w.local[1]}
				remote := netlink.Address{Addr: e.Remote, Port: e.RemotePort}
				err := s.CreateSubflow(p, e.Token, netlink.Subflow{Local: local, Remote: remote})
				fmt.Println("subflow:", err)
			}
		}
	})
	w.Run(sim.Time(5 * unit.Second))
	w.Close()
	// Output:
	// created
	// established
	// subflow: <nil>
	// subflow-established
	// closed
}

// A plugin makes the second interface's subflow a backup, when it is up and while it is.
func ExampleServe() {
	w := newWorld(nil, setting{})
	w.traffic(200_000, 4*unit.Second)
	x := &netlink.Plugin{
		Name: "spare wheel",
		ConnectionEstablished: func(c *netlink.Connection, _ netlink.Event) {
			fmt.Println("open:", c.AddSubflow(w.local[1], c.Peer(), true))
		},
		NewSubflow: func(c *netlink.Connection, t netlink.Tuple, e netlink.Event) {
			fmt.Println("up, backup:", e.Backup)
			c.Daemon().After(unit.Second, func() { fmt.Println("regular:", c.SetBackup(t, false)) })
		},
		DeleteLocalAddress: func(d *netlink.Daemon, a netlink.LocalAddress) {
			for _, c := range d.Connections() {
				fmt.Println("interface", a.IfIndex, "down, remove:", c.Remove(a.Addr))
			}
		},
	}
	s, _ := netlink.Open(w.client, netlink.Upstream, 0)
	w.Go(w.Component("daemon"), "daemon", func(p *sim.Proc) {
		if err := netlink.Serve(p, s, x); err != nil {
			fmt.Println(err)
		}
	})
	w.Go(w.Component("mobility"), "mobility", func(p *sim.Proc) {
		_ = p.Sleep(2 * unit.Second)
		w.at[0].SetInterface(p.Now(), 1, false)
	})
	w.Run(sim.Time(5 * unit.Second))
	w.Close()
	// Output:
	// open: <nil>
	// up, backup: true
	// regular: <nil>
	// interface 2 down, remove: <nil>
}

// The out-of-tree family sends a daemon only what it wants to hear.
func ExampleSocket_SetFilter() {
	w := newWorld(nil, setting{})
	w.traffic(200_000, unit.Second)
	s, _ := netlink.Open(w.client, netlink.OutOfTree, 0)
	w.Go(w.Component("daemon"), "daemon", func(p *sim.Proc) {
		fmt.Println(s.SetFilter(p, netlink.MaskOf(netlink.EventClosed)))
		e, _ := s.Recv(p, true)
		fmt.Println(e.Kind, "exists:", s.Exist(p, e.Token) == nil)
	})
	w.Run(sim.Time(4 * unit.Second))
	w.Close()
	// Output:
	// <nil>
	// closed exists: true
}
