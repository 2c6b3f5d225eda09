package mptcp

import (
	"fmt"
	"net/netip"
	"syscall"
	"testing"

	"mpsim/model/cc"
	"mpsim/model/link"
	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// loopback joins two hosts without links: what is sent waits in a queue, and a round delivers what waits.
// It costs next to nothing, so that a benchmark over it shows the endpoints' cost alone.
type loopback struct {
	w     *sim.World
	net   *link.Net
	queue []inTransit
	fromA int64 // packets
	a, b  *loopHost
}

type inTransit struct {
	p  link.PacketID
	to *loopHost
}

type loopHost struct {
	l       *loopback
	name    string
	comp    sim.Component
	addrs   []wire.Addr
	peer    *loopHost
	handler func(now sim.Time, p link.PacketID, iface int32)
}

func (h *loopHost) Name() string                                        { return h.name }
func (h *loopHost) Component() sim.Component                            { return h.comp }
func (h *loopHost) Path(_, _ wire.Addr, _, _ uint16) (link.Path, error) { return link.Path{}, nil }
func (h *loopHost) SetHandler(f func(sim.Time, link.PacketID, int32))   { h.handler = f }
func (h *loopHost) Addrs() []wire.Addr                                  { return h.addrs }
func (h *loopHost) InterfaceState(int) (up, backup bool)                { return true, false }
func (h *loopHost) OnInterface(func(sim.Time, int, bool))               {}
func (h *loopHost) InterfaceOf(a wire.Addr) int {
	for i := range h.addrs {
		if h.addrs[i] == a {
			return i
		}
	}
	return -1
}
func (h *loopHost) Send(_ sim.Time, p link.PacketID, _ link.Path, _ int) {
	h.l.queue = append(h.l.queue, inTransit{p, h.peer})
}

// round delivers everything that waits, a millisecond later.
func (l *loopback) round() {
	l.w.Run(l.w.Now().Add(unit.Millisecond))
	now := l.w.Now()
	n := len(l.queue)
	for i := range n {
		t := l.queue[i]
		if t.to == l.b {
			l.fromA++
		}
		t.to.handler(now, t.p, 0)
	}
	l.queue = l.queue[:copy(l.queue, l.queue[n:])]
}

// fixedWindow is congestion control that never changes the window: what limits the flow in the benchmark.
type fixedWindow struct{}

func (fixedWindow) Name() string                        { return "fixed" }
func (fixedWindow) OnAck(sim.Time, *cc.Flow, int64)     {}
func (fixedWindow) OnLoss(_ sim.Time, f *cc.Flow) int64 { return f.Cwnd }
func (fixedWindow) OnRTO(_ sim.Time, f *cc.Flow) int64  { return f.Cwnd }
func (fixedWindow) OnRecovered(_ sim.Time, _ *cc.Flow)  {}
func (fixedWindow) OnUndo(_ sim.Time, _ *cc.Flow)       {}
func (fixedWindow) OnIdle(_ sim.Time, _ *cc.Flow)       {}

// sawtooth is LIA on a path that never loses: it halves a window that has reached most segments, so that the
// window stays what limits the flow and grows as between losses.
type sawtooth struct {
	cc.Controller
	most int64
}

func (s sawtooth) OnAck(now sim.Time, f *cc.Flow, acked int64) {
	s.Controller.OnAck(now, f, acked)
	if f.Cwnd >= s.most*f.MSS {
		f.Cwnd = s.most / 2 * f.MSS
		f.Ssthresh = f.Cwnd
	}
}

// load is what a benchmark's connection looks like.
type load struct {
	scheduler  string
	every      int    // data segments that one ACK answers
	subflows   int    // one address of the client for each
	congestion string // "fixed": a window of 40 segments; else a sawtooth up to that
}

// control gives the subflows their congestion control.
func (x load) control(tb testing.TB, client *Conn) {
	if len(client.live) != x.subflows {
		tb.Fatalf("%d subflows, want %d", len(client.live), x.subflows)
	}
	for _, sf := range client.live {
		sf.e.CC.Cwnd = 40 * sf.e.CC.MSS
		if x.congestion == "fixed" {
			sf.e.SetController(fixedWindow{})
			continue
		}
		control, err := cc.New(x.congestion)
		if err != nil {
			tb.Fatal(err)
		}
		sf.e.SetController(sawtooth{control, 40})
	}
}

// bulk opens a connection over a loopback and returns a function that carries at least so many data segments.
func bulk(tb testing.TB, x load) (carry func(segments int), client *Conn) {
	w := sim.NewWorld(1)
	l := &loopback{w: w, net: link.NewNet(w)}
	addr := func(s string) wire.Addr { return wire.AddrFrom(netip.MustParseAddr(s)) }
	l.a = &loopHost{l: l, name: "a", comp: w.Component("host/a")}
	for i := range x.subflows {
		l.a.addrs = append(l.a.addrs, addr(fmt.Sprintf("10.%d.0.1", i)))
	}
	l.b = &loopHost{l: l, name: "b", comp: w.Component("host/b"), addrs: []wire.Addr{addr("10.0.0.2")}}
	l.a.peer, l.b.peer = l.b, l.a
	arena, layer := tcp.NewArena(w, l.net), NewLayer(w, l.net)
	tc := tcp.Config{ACKEvery: x.every, Congestion: "newreno"}
	c := Config{Scheduler: x.scheduler, MaxSubflows: x.subflows, ReceiveBuffer: 1 << 20, ReceiveBufferMax: 1 << 20, SendBuffer: 2 << 20,
		SendBufferMax: 2 << 20}
	sa, sb := layer.NewStack(arena.NewStack(l.a, tc), l.a, c), layer.NewStack(arena.NewStack(l.b, tc), l.b, c)
	if err := sb.Listen(wire.Addr{}, 80, func(_ sim.Time, s *Conn) {
		s.SetNotify(func(now sim.Time, _ tcp.Ready) {
			for s.Readable() > 0 {
				s.Read(now, 1<<30)
			}
		})
	}); err != nil {
		tb.Fatal(err)
	}
	client, err := sa.Dial(0, l.a.addrs[0], l.b.addrs[0], 80)
	if err != nil {
		tb.Fatal(err)
	}
	client.SetNotify(func(now sim.Time, r tcp.Ready) {
		if r&tcp.Writable != 0 {
			client.Queue(now, client.SendSpace())
		}
	})
	for range 40 {
		l.round()
	}
	x.control(tb, client)
	return func(segments int) {
		for start := l.fromA; l.fromA-start < int64(segments); {
			l.round()
		}
	}, client
}

// cpuTime returns the user and system time of this process, ns: the measure on a machine that others use,
// too.
func cpuTime() int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return u.Utime.Nano() + u.Stime.Nano()
}

// BenchmarkPair measures the cost of both endpoints for one data segment in order and its acknowledgement:
// over two subflows with a fixed window, and over eight with linked increases.
func BenchmarkPair(b *testing.B) {
	for _, scheduler := range []string{"minrtt", "roundrobin"} {
		for _, x := range []load{
			{scheduler, 1, 2, "fixed"}, {scheduler, 2, 2, "fixed"}, {scheduler, 1, 8, "lia"}, {scheduler, 2, 8, "lia"},
		} {
			b.Run(fmt.Sprintf("%s/%dx%s/every=%d", scheduler, x.subflows, x.congestion, x.every), func(b *testing.B) {
				carry, client := bulk(b, x)
				carry(20000)
				for _, sf := range client.live {
					if i := sf.info(true); i.BytesNew < 1_000_000 {
						b.Fatalf("subflow %d carried %d octets", i.ID, i.BytesNew)
					}
				}
				b.ReportAllocs()
				b.ResetTimer()
				start := cpuTime()
				carry(b.N)
				b.ReportMetric(float64(cpuTime()-start)/float64(b.N), "cpu-ns/pair")
			})
		}
	}
}

// TestNoAllocation: no packet allocates once buffers have their size.
func TestNoAllocation(t *testing.T) {
	for _, x := range []load{{"minrtt", 2, 2, "fixed"}, {"roundrobin", 2, 2, "fixed"}, {"minrtt", 1, 8, "lia"}} {
		carry, client := bulk(t, x)
		carry(20000)
		if n := testing.AllocsPerRun(10, func() { carry(1000) }); n != 0 {
			t.Errorf("%+v: %v allocations per 1000 data segments, want none", x, n)
		}
		if i := client.Info(); i.Subflows != x.subflows || i.BytesReinjected != 0 {
			t.Errorf("%+v: %+v", x, i)
		}
	}
}
