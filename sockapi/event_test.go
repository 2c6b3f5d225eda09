package sockapi_test

import (
	"slices"
	"strings"
	"testing"

	"mpsim/model/mptcp"
	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"
)

// told is one connection with what its two sockets have told.
type told struct {
	*world
	client, server []sockapi.SocketEvent
	isolated       bool // the server never learns of the end
}

// tell runs a client on a connection without path manager; both ends are subscribed from the beginning. The server
// reads until the end, then closes, too. act comes 100 ms after the connection was established.
func tell(t *testing.T, o options, act func(p *sim.Proc, x *told, s, peer *sockapi.Socket)) *told {
	t.Helper()
	if o.mptcp.PathManager == "" {
		o.mptcp.PathManager = "none"
	}
	x := &told{world: newWorld(o)}
	var peer *sockapi.Socket
	sv := x.process(t, "server", func(p *sim.Proc) error {
		l := x.world.server.Socket(sockapi.MPTCP)
		check(t, l.Bind(wire.Addr{}, port))
		if !o.plainServer {
			check(t, l.Subscribe(sockapi.AllEvents, 0))
		}
		check(t, l.Listen(1))
		s, err := l.Accept(p, true)
		peer = s
		b := make([]byte, 1000)
		for err == nil {
			_, err = s.Recv(p, b, 0, true)
		}
		_ = s.Shutdown(true, true)
		x.server = drain(p, s, x.server)
		return s.Close() // the listener stays: joins come to it
	})
	c := x.process(t, "client", func(p *sim.Proc) error {
		s := x.world.client.Socket(sockapi.MPTCP)
		check(t, s.Subscribe(sockapi.AllEvents, 0))
		check(t, s.Connect(p, x.local, x.remote, port, true))
		_, err := s.Send(p, []byte("hello"), 0, true)
		check(t, err)
		check(t, p.Sleep(100*ms))
		act(p, x, s, peer)
		_ = s.Shutdown(true, true)
		x.client = drain(p, s, x.client)
		_ = s.Close()
		return nil
	})
	x.Run(sim.Time(5000 * unit.Second))
	if !c.Ended() || !sv.Ended() && !x.isolated {
		t.Error("a process still blocks")
	}
	x.Close()
	return x
}

// drain takes what a socket tells until there is nothing more to come.
func drain(p *sim.Proc, s *sockapi.Socket, list []sockapi.SocketEvent) []sockapi.SocketEvent {
	for {
		e, err := s.RecvEvent(p, true)
		if err != nil {
			return list
		}
		list = append(list, e)
	}
}

// brief writes the events of some kinds, without ports.
func brief(list []sockapi.SocketEvent, mask sockapi.EventMask) []string {
	var lines []string
	for _, e := range list {
		if !mask.Has(e.Kind) {
			continue
		}
		e.LocalPort, e.RemotePort = 0, 0
		lines = append(lines, e.String())
	}
	return lines
}

func wantLines(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n%s\nwant:\n%s", what, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// second opens a subflow from the client's second address.
func (x *told) second(t *testing.T, p *sim.Proc, s *sockapi.Socket) {
	t.Helper()
	_, err := s.Conn().MPTCP().OpenSubflow(p.Now(), mptcp.SubflowRequest{Local: x.addrs()[1], Remote: x.remote,
		Interface: -1})
	check(t, err)
	check(t, p.Sleep(100*ms))
}

func TestEventsOfALife(t *testing.T) {
	x := tell(t, options{}, func(p *sim.Proc, x *told, s, _ *sockapi.Socket) { x.second(t, p, s) })
	wantLines(t, "client", brief(x.client, sockapi.AllEvents),
		"subflow-tried 1 10.0.0.1 10.0.0.2", "subflow-created 1 10.0.0.1 10.0.0.2", "established",
		"subflow-tried 2 10.1.0.1 10.0.0.2", "subflow-created 2 10.1.0.1 10.0.0.2", "closed: closed",
		"subflow-closed 1 10.0.0.1 10.0.0.2: closed by the peer",
		"subflow-closed 2 10.1.0.1 10.0.0.2: closed by the peer")
	wantLines(t, "server", brief(x.server, sockapi.AllEvents),
		"subflow-tried 1 10.0.0.2 10.0.0.1", "subflow-created 1 10.0.0.2 10.0.0.1", "established",
		"subflow-tried 2 10.0.0.2 10.1.0.1", "subflow-created 2 10.0.0.2 10.1.0.1", "closed: closed",
		"subflow-closed 1 10.0.0.2 10.0.0.1: closed by the peer",
		"subflow-closed 2 10.0.0.2 10.1.0.1: closed by the peer")
	last := sim.Time(0)
	for i, e := range x.client {
		if e.Seq != uint64(i+1) || e.At < last {
			t.Errorf("event %d has number %d and time %s after %s", i+1, e.Seq, e.At, last)
		}
		last = e.At
	}
	syn, up, open := x.client[0], x.client[1], x.client[2]
	if syn.At != 0 || up.At.Sub(syn.At)/ms != 20 || open.At.Sub(up.At)/ms != 20 {
		t.Errorf("tried at %s, created at %s, established at %s", syn.At, up.At, open.At)
	}
	if j := x.client[3]; !j.Opener || !j.Join || j.UID != 1 || j.Interface != 1 || j.LocalID == 0 {
		t.Errorf("the join is %+v", j)
	}
	if j := x.server[3]; j.Opener || !j.Join || j.UID != 1 || j.Interface != 0 || j.RemoteID == 0 {
		t.Errorf("the join at the server is %+v", j)
	}
	if e := x.client[6]; e.Errno != 0 || e.Cause != mptcp.CauseOver {
		t.Errorf("the first subflow has ended by %v, %v", e.Errno, e.Cause)
	}
}

func TestEventsOfAddresses(t *testing.T) {
	x := tell(t, options{}, func(p *sim.Proc, x *told, s, _ *sockapi.Socket) {
		m := s.Conn().MPTCP()
		id, err := m.AnnounceAddress(p.Now(), x.addrs()[1], 0, 0)
		check(t, err)
		check(t, p.Sleep(100*ms))
		check(t, m.WithdrawAddress(p.Now(), id))
		check(t, p.Sleep(100*ms))
		h := x.world.client.MPTCP().Host().(stateHost)
		h.SetInterface(p.Now(), 1, false)
		check(t, p.Sleep(100*ms))
		h.SetInterface(p.Now(), 1, true)
	})
	mask := sockapi.MaskOf(sockapi.EventRemoteAdded, sockapi.EventRemoteRemoved, sockapi.EventLocalUp,
		sockapi.EventLocalDown)
	wantLines(t, "client", brief(x.client, mask), "local-down 10.1.0.1 id 2", "local-up 10.1.0.1 id 2")
	wantLines(t, "server", brief(x.server, mask), "remote-added 10.1.0.1 id 2", "remote-removed 10.1.0.1 id 2")
}

func TestEventsOfPriority(t *testing.T) {
	x := tell(t, options{}, func(p *sim.Proc, x *told, s, peer *sockapi.Socket) {
		check(t, s.SubPrio(1, true))
		check(t, p.Sleep(100*ms))
		check(t, peer.SubPrio(1, true))
		check(t, p.Sleep(100*ms))
		check(t, s.SubPrio(1, false))
	})
	mask := sockapi.MaskOf(sockapi.EventPriority)
	wantLines(t, "client", brief(x.client, mask), "priority 1 10.0.0.1 10.0.0.2 backup",
		"priority 1 10.0.0.1 10.0.0.2 backup by the peer", "priority 1 10.0.0.1 10.0.0.2")
	wantLines(t, "server", brief(x.server, mask), "priority 1 10.0.0.2 10.0.0.1 backup by the peer",
		"priority 1 10.0.0.2 10.0.0.1 backup", "priority 1 10.0.0.2 10.0.0.1 by the peer")
}

// Every timeout tells the next one, which doubles; the last one ends the subflow, and with it the connection.
func TestEventsOfTimeouts(t *testing.T) {
	o := options{}
	o.tcp = tcp.Config{Retries: 4}
	x := tell(t, o, func(p *sim.Proc, x *told, s, _ *sockapi.Socket) {
		x.setDown(true)
		x.isolated = true
		_, err := s.Send(p, make([]byte, 1000), 0, true)
		check(t, err)
	})
	var rto []unit.Duration
	for _, e := range x.client {
		if e.Kind != sockapi.EventTimeout {
			continue
		}
		if rto = append(rto, e.RTO); e.Backoff != len(rto) || e.Sub != 1 {
			t.Errorf("timeout %d is %+v", len(rto), e)
		}
		if n := len(rto); n > 1 && rto[n-1] != 2*rto[n-2] {
			t.Errorf("timeouts of %v", rto)
		}
	}
	if len(rto) < 3 {
		t.Errorf("%d timeouts", len(rto))
	}
	mask := sockapi.MaskOf(sockapi.EventSubflowClosed, sockapi.EventClosed)
	for _, line := range brief(x.client, mask) {
		if !strings.Contains(line, "ETIMEDOUT") {
			t.Error(line)
		}
	}
}

func TestEventsOfResets(t *testing.T) {
	x := tell(t, options{}, func(p *sim.Proc, x *told, s, peer *sockapi.Socket) {
		x.second(t, p, s)
		check(t, peer.CloseSub(2, sockapi.Reset))
		check(t, p.Sleep(100*ms))
		x.second(t, p, s)
		check(t, s.CloseSub(3, sockapi.ShutRdWr))
		check(t, p.Sleep(100*ms))
		check(t, s.Conn().Abort())
	})
	mask := sockapi.MaskOf(sockapi.EventSubflowClosed, sockapi.EventClosed)
	wantLines(t, "client", brief(x.client, mask),
		"subflow-closed 2 10.1.0.1 10.0.0.2 ECONNRESET mp_tcprst 0: reset by the peer: unspecified",
		"subflow-closed 3 10.1.0.1 10.0.0.2: closed by the application",
		"closed ECONNABORTED: tcp: connection aborted",
		"subflow-closed 1 10.0.0.1 10.0.0.2: reset by this host")
	wantLines(t, "server", brief(x.server, mask),
		"subflow-closed 2 10.0.0.2 10.1.0.1: closed by the application",
		"subflow-closed 3 10.0.0.2 10.1.0.1: closed by the peer",
		"closed ECONNRESET: tcp: connection reset by peer",
		"subflow-closed 1 10.0.0.2 10.0.0.1 ECONNRESET mp_tcprst 0: reset by the peer: unspecified")
	for i, want := range []mptcp.Cause{mptcp.CauseLocal, mptcp.CausePeerFIN} {
		for _, e := range x.server {
			if e.Kind == sockapi.EventSubflowClosed && e.Sub == uint8(i+2) && e.Cause != want {
				t.Errorf("subflow %d has ended by %v, want %v", e.Sub, e.Cause, want)
			}
		}
	}
}

// A join to a port at which nobody listens any more is refused.
func TestEventsOfRefusal(t *testing.T) {
	x := tell(t, options{}, func(p *sim.Proc, x *told, s, _ *sockapi.Socket) {
		x.world.server.MPTCP().Unlisten(wire.Addr{}, port)
		x.second(t, p, s)
	})
	wantLines(t, "client", brief(x.client, sockapi.MaskOf(sockapi.EventSubflowClosed))[:1],
		"subflow-closed 2 10.1.0.1 10.0.0.2 ECONNREFUSED: reset by the peer")
}

func TestEventsOfFallback(t *testing.T) {
	x := tell(t, options{plainServer: true}, func(*sim.Proc, *told, *sockapi.Socket, *sockapi.Socket) {})
	wantLines(t, "client", brief(x.client, sockapi.AllEvents), "subflow-tried 1 10.0.0.1 10.0.0.2",
		"fell-back: SYN/ACK without MP_CAPABLE", "subflow-created 1 10.0.0.1 10.0.0.2", "closed: closed",
		"subflow-closed 1 10.0.0.1 10.0.0.2: closed")
}
