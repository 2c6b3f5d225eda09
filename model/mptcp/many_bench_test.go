package mptcp

import (
	"fmt"
	"net/netip"
	"testing"

	"mpsim/model/cc"
	"mpsim/model/link"
	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// crowd is many connections, each with two hosts of its own. Every direction of every subflow is a queue, and
// the queues are served in turn, one packet each: by the time that a connection has its next packet its state
// has left the caches, as in a large network.
type crowd struct {
	w      *sim.World
	net    *link.Net
	paths  []way
	turn   []int32 // a permutation of paths
	moved  int64   // packets delivered
	client []*Conn
}

// way is one direction of one path.
type way struct {
	to          *crowdHost
	ring        [64]link.PacketID
	first, last uint32
}

type crowdHost struct {
	c       *crowd
	name    string
	comp    sim.Component
	addrs   []wire.Addr
	peer    *crowdHost
	handler func(now sim.Time, p link.PacketID, iface int32)
}

func (h *crowdHost) Name() string                                      { return h.name }
func (h *crowdHost) Component() sim.Component                          { return h.comp }
func (h *crowdHost) SetHandler(f func(sim.Time, link.PacketID, int32)) { h.handler = f }
func (h *crowdHost) Addrs() []wire.Addr                                { return h.addrs }
func (h *crowdHost) InterfaceState(int) (up, backup bool)              { return true, false }
func (h *crowdHost) OnInterface(func(sim.Time, int, bool))             {}
func (h *crowdHost) InterfaceOf(wire.Addr) int                         { return 0 }
func (h *crowdHost) Path(_, _ wire.Addr, _, _ uint16) (link.Path, error) {
	h.c.paths = append(h.c.paths, way{to: h.peer})
	return link.Path{Route: link.Route(len(h.c.paths) - 1)}, nil
}
func (h *crowdHost) Send(_ sim.Time, p link.PacketID, path link.Path, _ int) {
	q := &h.c.paths[path.Route]
	if q.last-q.first == uint32(len(q.ring)) {
		panic("more packets on a path than the window admits")
	}
	q.ring[q.last%uint32(len(q.ring))] = p
	q.last++
}

// round serves every path once, a millisecond after the last round.
func (c *crowd) round() {
	c.w.Run(c.w.Now().Add(unit.Millisecond))
	now := c.w.Now()
	for len(c.turn) < len(c.paths) { // the new ones at places of their own
		c.turn = append(c.turn, int32(len(c.turn)))
		i, j := len(c.turn)-1, len(c.turn)*7919%len(c.turn)
		c.turn[i], c.turn[j] = c.turn[j], c.turn[i]
	}
	for _, i := range c.turn {
		q := &c.paths[i]
		if q.first == q.last {
			continue
		}
		p := q.ring[q.first%uint32(len(q.ring))]
		q.first++
		c.moved++
		q.to.handler(now, p, 0)
	}
}

// newCrowd opens connections of so many subflows, all busy or all idle.
func newCrowd(tb testing.TB, connections, subflows int, scheduler string, busy bool) *crowd {
	w := sim.NewWorld(1)
	c := &crowd{w: w, net: link.NewNet(w)}
	arena, layer := tcp.NewArena(w, c.net), NewLayer(w, c.net)
	tc := tcp.Config{ACKEvery: 1, Congestion: "newreno"}
	mc := Config{Scheduler: scheduler, MaxSubflows: subflows, ReceiveBuffer: 1 << 20, ReceiveBufferMax: 1 << 20,
		SendBuffer: 2 << 20, SendBufferMax: 2 << 20}
	addr := func(i, end, n int) wire.Addr {
		return wire.AddrFrom(netip.AddrFrom4([4]byte{10, byte(i >> 8), byte(i), byte(n<<4 | end)}))
	}
	for i := range connections {
		a := &crowdHost{c: c, name: fmt.Sprint("a", i), comp: w.Component(fmt.Sprint("host/a", i))}
		b := &crowdHost{c: c, name: fmt.Sprint("b", i), comp: w.Component(fmt.Sprint("host/b", i)),
			addrs: []wire.Addr{addr(i, 1, 0)}}
		for n := range subflows {
			a.addrs = append(a.addrs, addr(i, 0, n))
		}
		a.peer, b.peer = b, a
		sa, sb := layer.NewStack(arena.NewStack(a, tc), a, mc), layer.NewStack(arena.NewStack(b, tc), b, mc)
		if err := sb.Listen(wire.Addr{}, 80, func(_ sim.Time, s *Conn) {
			s.SetNotify(func(now sim.Time, _ tcp.Ready) {
				for s.Readable() > 0 {
					s.Read(now, 1<<30)
				}
			})
		}); err != nil {
			tb.Fatal(err)
		}
		client, err := sa.Dial(0, a.addrs[0], b.addrs[0], 80)
		if err != nil {
			tb.Fatal(err)
		}
		client.SetNotify(func(now sim.Time, r tcp.Ready) {
			switch {
			case r&tcp.Writable == 0:
			case busy:
				client.Queue(now, client.SendSpace())
			case client.snd.End() == 0:
				client.Queue(now, 1) // so that the other subflows may be opened
			}
		})
		c.client = append(c.client, client)
	}
	for range 60 {
		c.round()
		for _, client := range c.client {
			c.control(tb, client)
		}
	}
	for _, client := range c.client {
		if len(client.live) != subflows {
			tb.Fatalf("%d subflows, want %d", len(client.live), subflows)
		}
	}
	return c
}

// control gives subflows that have just been opened their congestion control.
func (c *crowd) control(tb testing.TB, client *Conn) {
	for _, sf := range client.live {
		if _, ok := sf.e.Controller().(sawtooth); ok {
			continue
		}
		control, err := cc.New("lia")
		if err != nil {
			tb.Fatal(err)
		}
		sf.e.SetController(sawtooth{control, 12})
	}
}

// carry delivers at least so many packets: data and acknowledgements are the same number.
func (c *crowd) carry(pairs int) {
	for start := c.moved; c.moved-start < 2*int64(pairs); {
		c.round()
	}
}

// BenchmarkPairMany measures the pair in worlds whose endpoints do not fit into the caches: eight subflows a
// connection, one ACK a segment.
func BenchmarkPairMany(b *testing.B) {
	for _, subflows := range []int{1024, 8192} {
		b.Run(fmt.Sprintf("subflows=%d", subflows), func(b *testing.B) {
			c := newCrowd(b, subflows/8, 8, "minrtt", true)
			c.carry(20 * subflows)
			b.ReportAllocs()
			b.ResetTimer()
			start, moved := cpuTime(), c.moved
			c.carry(b.N)
			b.ReportMetric(float64(cpuTime()-start)/(float64(c.moved-moved)/2), "cpu-ns/pair")
		})
	}
}
