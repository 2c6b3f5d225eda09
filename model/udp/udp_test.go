package udp_test

import (
	"errors"
	"testing"

	"mpsim/model/link"
	"mpsim/model/topo"
	"mpsim/model/udp"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// two hosts on a link of 8 Mbit/s and 1 ms.
func two() (w *sim.World, net *link.Net, a, b *topo.Host) {
	w = sim.NewWorld(1)
	net = link.NewNet(w)
	g := topo.New(net)
	a, b = must(g.AddHost("a")), must(g.AddHost("b"))
	for _, h := range []*topo.Host{a, b} {
		must(h.AddInterface(topo.InterfaceConfig{}))
	}
	if _, _, err := g.Connect(a.Port(0), b.Port(0),
		link.Config{Name: "ab", Rate: 8 * unit.MbitPerSecond, Delay: unit.Millisecond},
		link.Config{Name: "ba", Rate: 8 * unit.MbitPerSecond, Delay: unit.Millisecond}); err != nil {
		panic(err)
	}
	return w, net, a, b
}

// A datagram arrives at its port with its payload after the link's time; others are counted; packets that
// are none go to the stack that was there before.
func TestDatagrams(t *testing.T) {
	w, net, a, b := two()
	others := 0
	b.SetHandler(func(_ sim.Time, p link.PacketID, _ int32) {
		others++
		net.Free(p)
	})
	sa, sb := udp.Attach(net, a), udp.Attach(net, b)
	payload := wire.Payload{Stream: net.Contents().New(), Pos: 7, Len: 972}
	var got []sim.Time
	if err := sb.Listen(5000, func(now sim.Time, d *wire.Segment) {
		got = append(got, now)
		if d.Payload != payload || d.Src != a.Addrs()[0] || d.SrcPort < 49152 || d.TTL != 64 {
			t.Errorf("received %v", d)
		}
	}); err != nil {
		t.Fatal(err)
	}
	if err := sb.Listen(5000, nil); !errors.Is(err, udp.ErrInUse) {
		t.Errorf("the port twice: %v", err)
	}
	right := must(sa.Open(a.Addrs()[0], b.Addrs()[0], 5000))
	wrong := must(sa.Open(a.Addrs()[0], b.Addrs()[0], 5001))
	w.Call(w.Component("test"), 0, func(now sim.Time) {
		right.Send(now, payload)
		wrong.Send(now, payload)
		p, seg := net.NewPacket()
		seg.Src, seg.Dst = a.Addrs()[0], b.Addrs()[0]
		a.Send(now, p, must(a.Path(seg.Src, seg.Dst, 1, 2)), seg.WireLen())
	})
	w.Run(sim.Time(unit.Second))
	// 1000 octets at 8 Mbit/s and the delay.
	if len(got) != 1 || got[0] != sim.Time(2*unit.Millisecond) || others != 1 {
		t.Errorf("received at %v, %d others", got, others)
	}
	if c := sb.Counters(); c.Received != 2 || c.NoPort != 1 || sa.Counters().Sent != 2 || net.InUse() != 0 {
		t.Errorf("%+v, %+v, %d packets are left", sa.Counters(), c, net.InUse())
	}
	if _, err := sa.Open(a.Addrs()[0], wire.Addr{Lo: 1}, 1); !errors.Is(err, udp.ErrNoRoute) {
		t.Errorf("to nowhere: %v", err)
	}
}

// Sending and receiving takes no memory.
func TestNoAllocation(t *testing.T) {
	w, net, a, b := two()
	sa, sb := udp.Attach(net, a), udp.Attach(net, b)
	n := 0
	must(0, sb.Listen(5000, func(sim.Time, *wire.Segment) { n++ }))
	f := must(sa.Open(a.Addrs()[0], b.Addrs()[0], 5000))
	payload := wire.Payload{Stream: net.Contents().New(), Len: 972}
	allocs := testing.AllocsPerRun(100, func() {
		f.Send(w.Now(), payload)
		w.Run(w.Now().Add(2 * unit.Millisecond))
	})
	if allocs > 0 || n != 101 {
		t.Errorf("%v allocations a datagram, %d received", allocs, n)
	}
}

// TestFlowLabel: where routers choose by flow label, flows between the same hosts take different paths.
func TestFlowLabel(t *testing.T) {
	w := sim.NewWorld(1)
	net := link.NewNet(w)
	g := topo.New(net)
	p := must(topo.LeafSpine(2, 4, 1))
	b := must(g.Build(&p, topo.Maker{
		Interface: func(int, int) topo.InterfaceConfig { return topo.InterfaceConfig{Assign: topo.IPv6} },
		Link:      func(*topo.PlanLink, bool) link.Config { return link.Config{} },
	}))
	must(0, g.SetRouting(topo.Routing{Kind: topo.ECMP, Hash: topo.FlowLabel}))
	x, y := b.Hosts[0], b.Hosts[1]
	from, to := udp.Attach(net, x), udp.Attach(net, y)
	labels := map[uint32]bool{}
	must(0, to.Listen(9, func(_ sim.Time, d *wire.Segment) { labels[d.FlowLabel] = true }))
	for range 32 {
		f := must(from.Open(x.Addrs()[0], y.Addrs()[0], 9))
		f.Send(w.Now(), wire.Payload{Stream: net.Contents().New(), Len: 100})
	}
	w.Run(sim.Time(unit.Second))
	if len(labels) != 32 || labels[0] {
		t.Errorf("%d labels of 32 flows", len(labels))
	}
	for i, l := range p.Links {
		up := b.Links[i][0]
		if l.Layer == "core" && l.Ends[0].Index == 0 && net.Counters(up).Delivered.Packets == 0 {
			t.Errorf("nothing over %s", net.Name(up))
		}
	}
}
