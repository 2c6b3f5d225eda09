package sockapi_test

import (
	"testing"

	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"
)

// connected is a connection over links of 10 us without a rate, both ends idle.
type connected struct {
	*world
	comp           sim.Component
	client, server *sockapi.Socket
}

// connect makes the connection and comes back 100 ms later.
func connect(t testing.TB, n sockapi.Network) *connected {
	x := &connected{world: newWorld(options{})}
	for _, id := range x.links {
		x.net.SetRate(id, 0)
		x.net.SetDelay(id, 5*unit.Microsecond)
	}
	x.comp = x.Component("both")
	x.Go(x.comp, "set-up", func(p *sim.Proc) {
		l := x.world.server.Socket(n)
		err := l.Bind(wire.Addr{}, port)
		if err == nil {
			err = l.Listen(1)
		}
		x.client = x.world.client.Socket(n)
		if err == nil {
			err = x.client.Connect(p, x.local, x.remote, port, true)
		}
		if err == nil {
			_, err = x.client.Send(p, []byte("hello"), 0, true)
		}
		if err == nil {
			x.server, err = l.Accept(p, true)
		}
		if err == nil {
			_, err = x.server.Recv(p, make([]byte, 10), 0, true)
		}
		if err != nil {
			t.Error(err)
		}
	})
	x.Run(sim.Time(100 * ms))
	return x
}

// echo makes a process answer each octet by an octet, n times; first sends one before.
func (x *connected) echo(t testing.TB, name string, s *sockapi.Socket, first bool, n int) {
	x.Go(x.comp, name, func(p *sim.Proc) {
		b := make([]byte, 1)
		for i := range n {
			if first || i > 0 {
				if _, err := s.Send(p, b, 0, true); err != nil {
					t.Error(err)
				}
			}
			if _, err := s.Recv(p, b, 0, true); err != nil {
				t.Error(err)
			}
		}
	})
}

// echoHere does the same without a process, by an event after that of the transport as processes run: answers inside
// it would carry the ACK and save a segment.
func (x *connected) echoHere(s *sockapi.Socket, first bool, n int) {
	sock := endOf(s)
	b := make([]byte, 1)
	kind := x.NewKind("answer", func(now sim.Time, _ uint32) {
		if n--; n >= 0 {
			sock.Read(now, 1)
			sock.Write(now, b)
		}
	})
	answer := x.NewEvent(kind, 0, x.comp)
	sock.SetNotify(func(now sim.Time, r tcp.Ready) {
		if r&tcp.Readable != 0 && sock.Readable() > 0 {
			x.Arm(answer, now)
		}
	})
	if first {
		x.Call(x.comp, x.Now(), func(now sim.Time) { sock.Write(now, b) })
	}
}

// transport is what both kinds of connections have.
type transport interface {
	SetNotify(f func(now sim.Time, r tcp.Ready))
	Readable() int64
	Read(now sim.Time, octets int64) wire.Payload
	Write(now sim.Time, b []byte) int
}

func endOf(s *sockapi.Socket) transport {
	if t := s.Conn().TCP(); t != nil {
		return t
	}
	return s.Conn().MPTCP()
}

// BenchmarkEcho is an octet to the server and one back: four calls, two of which block, by processes, and the same
// inside the transport's processing, which is the transport's own cost.
func BenchmarkEcho(b *testing.B) {
	for _, n := range []sockapi.Network{sockapi.TCP, sockapi.MPTCP} {
		b.Run(n.String()+"/processes", func(b *testing.B) {
			x := connect(b, n)
			x.echo(b, "server", x.server, false, b.N+1)
			x.echo(b, "client", x.client, true, b.N)
			before := x.Stats().Events
			sockapi.Timed(b, func() { x.Run(x.Now().Add(unit.Duration(b.N) * ms)) })
			b.ReportMetric(float64(x.Stats().Events-before)/float64(b.N), "events/op")
			x.Close()
		})
		b.Run(n.String()+"/callbacks", func(b *testing.B) {
			x := connect(b, n)
			x.echoHere(x.server, false, b.N)
			x.echoHere(x.client, true, b.N-1)
			before := x.Stats().Events
			sockapi.Timed(b, func() { x.Run(x.Now().Add(unit.Duration(b.N) * ms)) })
			b.ReportMetric(float64(x.Stats().Events-before)/float64(b.N), "events/op")
		})
	}
}

// A socket that nobody subscribes to has nothing for events, and neither its blocking calls nor what would be an
// event take memory; events that nobody takes change nothing.
func TestNothingIsPaidWithoutSubscription(t *testing.T) {
	each(t, func(t *testing.T, n sockapi.Network) {
		x := connect(t, n)
		x.echo(t, "server", x.server, false, 1<<30)
		x.echo(t, "client", x.client, true, 1<<30)
		step := func() { x.Run(x.Now().Add(ms)) }
		for range 100 {
			step()
		}
		events := x.Stats().Events
		// Octets that are written are kept in chunks; all else is there.
		if a := testing.AllocsPerRun(100, step); a > 1 {
			t.Errorf("%v allocations in %d events", a, (x.Stats().Events-events)/101)
		}
		if n := (x.Stats().Events - events) / 101; n < 100 {
			t.Errorf("%d events each time", n)
		}
		if x.client.Fed() || x.server.Fed() {
			t.Error("there is something for events")
		}
		x.Close()
	})
}

func TestPriorityAllocatesNothingWithoutSubscription(t *testing.T) {
	for _, subscribed := range []bool{false, true} {
		x := connect(t, sockapi.MPTCP)
		if subscribed {
			check(t, x.client.Subscribe(priority, 1))
		}
		backup := false
		toggle := func() {
			backup = !backup
			check(t, x.client.SubPrio(1, backup))
			x.Run(x.Now().Add(ms))
		}
		for range 50 {
			toggle()
		}
		if a := testing.AllocsPerRun(100, toggle); a != 0 {
			t.Errorf("%v allocations, subscribed: %v", a, subscribed)
		}
		x.Close()
	}
}

// Who listens changes nothing: the same world with and without subscriptions.
func TestSubscriptionChangesNothing(t *testing.T) {
	run := func(mask sockapi.EventMask) string {
		w := newWorld(options{})
		listener := w.server.Socket(sockapi.MPTCP)
		check(t, listener.Bind(wire.Addr{}, port))
		check(t, listener.Listen(1))
		check(t, listener.Subscribe(mask, 1))
		c := w.process(t, "client", func(p *sim.Proc) error {
			s := w.client.Socket(sockapi.MPTCP)
			check(t, s.Subscribe(mask, 2))
			check(t, s.Connect(p, w.local, w.remote, port, true))
			_, err := s.Send(p, make([]byte, 100_000), 0, true)
			check(t, err)
			w.setDown(true)
			check(t, p.Sleep(5*unit.Second))
			w.setDown(false)
			check(t, p.Sleep(20*unit.Second))
			check(t, s.Shutdown(false, true))
			return s.Close()
		})
		w.finish(t, 100*unit.Second, c)
		return w.Digest()
	}
	if a, b := run(0), run(sockapi.AllEvents); a != b {
		t.Errorf("digest %s without, %s with subscriptions", a, b)
	}
}

// BenchmarkRecvOctet and BenchmarkSendOctet are calls of one octet that seldom block: the peer sends as fast as it can,
// or reads everything.
func BenchmarkRecvOctet(b *testing.B) {
	x := connect(b, sockapi.TCP)
	x.Go(x.comp, "source", func(p *sim.Proc) { _, _ = x.server.Conn().Transmit(p, -1) })
	x.Go(x.comp, "reader", func(p *sim.Proc) {
		octet := make([]byte, 1)
		for range b.N {
			if _, err := x.client.Recv(p, octet, 0, true); err != nil {
				b.Error(err)
			}
		}
		x.Stop()
	})
	sockapi.Timed(b, func() { x.Run(sim.Never) })
	x.Close()
}

// BenchmarkSendOctet is described with BenchmarkRecvOctet.
func BenchmarkSendOctet(b *testing.B) {
	x := connect(b, sockapi.TCP)
	x.Go(x.comp, "drain", func(p *sim.Proc) {
		_, _ = x.server.Conn().Consume(p, -1, func(sim.Time, wire.Payload) error { return nil })
	})
	x.Go(x.comp, "writer", func(p *sim.Proc) {
		octet := make([]byte, 1)
		for range b.N {
			if _, err := x.client.Send(p, octet, 0, true); err != nil {
				b.Error(err)
			}
		}
		x.Stop()
	})
	sockapi.Timed(b, func() { x.Run(sim.Never) })
	x.Close()
}
