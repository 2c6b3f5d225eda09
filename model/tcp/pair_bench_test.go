package tcp

import (
	"fmt"
	"syscall"
	"testing"

	"mpsim/model/link"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// loopback joins two hosts without links: what is sent waits in a queue, and a round delivers what waits. It
// costs next to nothing, so that a benchmark over it shows the endpoints' cost alone.
type loopback struct {
	w     *sim.World
	net   *link.Net
	queue []inTransit
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
	peer    *loopHost
	handler func(now sim.Time, p link.PacketID, iface int32)
}

func (h *loopHost) Name() string                                        { return h.name }
func (h *loopHost) Component() sim.Component                            { return h.comp }
func (h *loopHost) Path(_, _ wire.Addr, _, _ uint16) (link.Path, error) { return link.Path{}, nil }
func (h *loopHost) SetHandler(f func(sim.Time, link.PacketID, int32))   { h.handler = f }
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
		t.to.handler(now, t.p, 0)
	}
	l.queue = l.queue[:copy(l.queue, l.queue[n:])]
}

func newLoopback() *loopback {
	w := sim.NewWorld(1)
	l := &loopback{w: w, net: link.NewNet(w)}
	l.a = &loopHost{l: l, name: "a", comp: w.Component("host/a")}
	l.b = &loopHost{l: l, name: "b", comp: w.Component("host/b")}
	l.a.peer, l.b.peer = l.b, l.a
	return l
}

// bulk opens a connection over a loopback with a fixed window and returns a function that carries at
// least so many data segments.
func bulk(tb testing.TB, c Config) (carry func(segments int), client *Stream) {
	l := newLoopback()
	arena := NewArena(l.w, l.net)
	sa, sb := arena.NewStack(l.a, c), arena.NewStack(l.b, c)
	if err := sb.ListenStream(wire.Addr{}, 80, func(_ sim.Time, s *Stream) {
		s.SetNotify(func(now sim.Time, r Ready) {
			for s.Readable() > 0 {
				s.Read(now, 1<<30)
			}
		})
	}); err != nil {
		tb.Fatal(err)
	}
	client, err := sa.DialStream(0, addr("10.0.0.1"), addr("10.0.0.2"), 80)
	if err != nil {
		tb.Fatal(err)
	}
	client.SetNotify(func(now sim.Time, r Ready) {
		if r&Writable != 0 {
			client.Queue(now, client.SendSpace())
		}
	})
	return func(segments int) {
		start := client.Info().SegmentsSent
		for client.Info().SegmentsSent-start < int64(segments) {
			l.round()
		}
	}, client
}

// cpuTime returns the user and system time of this process, ns: the measure on a machine that others
// use, too.
func cpuTime() int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return u.Utime.Nano() + u.Stime.Nano()
}

// BenchmarkPair measures the cost of both endpoints, plain streams, for one data segment and its
// acknowledgement: "every" says how many data segments one ACK answers.
func BenchmarkPair(b *testing.B) {
	for _, every := range []int{1, 2} {
		b.Run(fmt.Sprintf("every=%d", every), func(b *testing.B) {
			c := Config{ReceiveBuffer: 64 << 10, ReceiveBufferMax: 64 << 10, SendBuffer: 256 << 10,
				SendBufferMax: 256 << 10, ACKEvery: every, Congestion: "newreno"}
			carry, _ := bulk(b, c)
			carry(10000)
			b.ReportAllocs()
			b.ResetTimer()
			start := cpuTime()
			carry(b.N)
			b.ReportMetric(float64(cpuTime()-start)/float64(b.N), "cpu-ns/pair")
		})
	}
}

// TestNoAllocation: no packet allocates once buffers have their size.
func TestNoAllocation(t *testing.T) {
	c := Config{ReceiveBuffer: 64 << 10, ReceiveBufferMax: 64 << 10, SendBuffer: 256 << 10,
		SendBufferMax: 256 << 10}
	carry, _ := bulk(t, c)
	carry(10000)
	if n := testing.AllocsPerRun(10, func() { carry(1000) }); n != 0 {
		t.Errorf("%v allocations per 1000 data segments, want none", n)
	}
}
