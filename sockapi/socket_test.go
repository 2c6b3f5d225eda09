package sockapi_test

import (
	"errors"
	"io"
	"testing"

	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"
)

// sockets runs a server's and a client's body over sockets of a network.
func sockets(t *testing.T, n sockapi.Network, serve, ask func(p *sim.Proc, s *sockapi.Socket)) *world {
	t.Helper()
	w := newWorld(options{})
	defer w.Close()
	comp := w.World.Component("test")
	done := 0
	w.World.Go(comp, "server", func(p *sim.Proc) {
		l := w.server.Socket(n)
		check(t, l.Bind(wire.Addr{}, port))
		check(t, l.Listen(1))
		s, err := l.Accept(p, true)
		check(t, err)
		serve(p, s)
		done++
	})
	w.World.Go(comp, "client", func(p *sim.Proc) {
		s := w.client.Socket(n)
		check(t, s.Connect(p, w.local, w.remote, port, true))
		ask(p, s)
		done++
	})
	w.World.Run(sim.Time(20 * unit.Second))
	if done != 2 {
		t.Errorf("%d of 2 processes came to their end", done)
	}
	return w
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}

func is(t *testing.T, what string, err error, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: %v, want %v", what, err, want)
	}
}

func TestSocketTransfer(t *testing.T) {
	for _, n := range []sockapi.Network{sockapi.TCP, sockapi.MPTCP} {
		t.Run(n.String(), func(t *testing.T) {
			const size = 300_000
			sockets(t, n, func(p *sim.Proc, s *sockapi.Socket) {
				b := make([]byte, size)
				total := 0
				for {
					k, err := s.Recv(p, b[total:], 0, true)
					if err == io.EOF {
						break
					}
					check(t, err)
					total += k
				}
				for i := range b[:total] {
					if b[i] != byte(i) {
						t.Fatalf("octet %d is %d", i, b[i])
					}
				}
				if total != size {
					t.Errorf("%d of %d octets", total, size)
				}
				check(t, s.Close())
			}, func(p *sim.Proc, s *sockapi.Socket) {
				b := make([]byte, size)
				for i := range b {
					b[i] = byte(i)
				}
				k, err := s.Send(p, b, 0, true)
				check(t, err)
				if k != size {
					t.Errorf("%d octets taken", k)
				}
				check(t, s.Shutdown(false, true))
				_, err = s.Send(p, b, 0, true)
				is(t, "send after shutdown", err, sockapi.EPIPE)
				_, err = s.Recv(p, b, 0, true)
				is(t, "the peer closes", err, io.EOF)
				check(t, s.Close())
				is(t, "close again", s.Close(), sockapi.EBADF)
			})
		})
	}
}

func TestSocketNonBlocking(t *testing.T) {
	sockets(t, sockapi.TCP, func(p *sim.Proc, s *sockapi.Socket) {
		_, err := s.Recv(p, make([]byte, 10), 0, false)
		is(t, "nothing to read", err, sockapi.EAGAIN)
		if e := s.Poll(); e != sockapi.PollOut {
			t.Errorf("events %b before data", e)
		}
		check(t, p.Sleep(100*ms))
		if e := s.Poll(); e != sockapi.PollOut|sockapi.PollIn {
			t.Errorf("events %b with data", e)
		}
		k, err := s.Recv(p, make([]byte, 100), 0, false)
		check(t, err)
		if k != 100 {
			t.Errorf("%d octets", k)
		}
	}, func(p *sim.Proc, s *sockapi.Socket) {
		total := 0
		_, err := s.Send(p, make([]byte, 10), 0, false)
		check(t, err)
		for range 10_000 { // nobody reads: both buffers fill
			k, err := s.Send(p, make([]byte, 100_000), 0, false)
			total += k
			if err != nil {
				is(t, "the buffer is full", err, sockapi.EAGAIN)
				break
			}
		}
		if total == 0 || s.Poll()&sockapi.PollOut != 0 {
			t.Errorf("%d octets taken, events %b", total, s.Poll())
		}
		if s.Outstanding() == 0 || s.Unsent() > s.Outstanding() {
			t.Errorf("%d octets outstanding, %d unsent", s.Outstanding(), s.Unsent())
		}
	})
}

func TestSocketErrors(t *testing.T) {
	w := newWorld(options{})
	defer w.Close()
	w.World.Go(w.World.Component("test"), "p", func(p *sim.Proc) {
		s := w.client.Socket(sockapi.TCP)
		_, err := s.Recv(p, make([]byte, 1), 0, true)
		is(t, "read unconnected", err, sockapi.ENOTCONN)
		_, err = s.Send(p, make([]byte, 1), 0, true)
		is(t, "write unconnected", err, sockapi.EPIPE)
		is(t, "listen unbound", s.Listen(1), sockapi.EINVAL)
		is(t, "shutdown unconnected", s.Shutdown(true, true), sockapi.ENOTCONN)
		is(t, "connect", s.Connect(p, w.local, w.remote, port, false), sockapi.EINPROGRESS)
		is(t, "connect again", s.Connect(p, w.local, w.remote, port, false), sockapi.EALREADY)
		check(t, p.Sleep(unit.Second))
		v, err := s.Option(sockapi.LastError)
		check(t, err)
		if sockapi.Errno(v) != sockapi.ECONNREFUSED {
			t.Errorf("SO_ERROR is %d", v)
		}
		if v, _ = s.Option(sockapi.LastError); v != 0 {
			t.Errorf("SO_ERROR is %d the second time", v)
		}
		l := w.server.Socket(sockapi.TCP)
		check(t, l.Bind(wire.Addr{}, port))
		is(t, "bind again", l.Bind(wire.Addr{}, port), sockapi.EINVAL)
		check(t, l.Listen(1))
		_, err = l.Accept(p, false)
		is(t, "accept", err, sockapi.EAGAIN)
		other := w.server.Socket(sockapi.TCP)
		check(t, other.Bind(wire.Addr{}, port))
		is(t, "listen twice", other.Listen(1), sockapi.EADDRINUSE)
	})
	w.World.Run(sim.Time(5 * unit.Second))
}

func TestSocketOptions(t *testing.T) {
	w := newWorld(options{})
	defer w.Close()
	s := w.client.Socket(sockapi.TCP)
	for _, x := range []struct {
		o    sockapi.Option
		v    int64
		want error
		read int64
	}{
		{sockapi.NoDelay, 1, nil, 1}, {sockapi.MaxSeg, 1000, nil, 1000}, {sockapi.MaxSeg, 10, sockapi.EINVAL, 1000},
		{sockapi.SendBuffer, 20000, nil, 40000}, {sockapi.UserTimeout, -1, sockapi.EINVAL, 0},
		{sockapi.TTL, 0, sockapi.EINVAL, 64}, {sockapi.TTL, 7, nil, 7}, {sockapi.SYNCount, 128, sockapi.EINVAL, 0},
		{sockapi.LastError, 1, sockapi.ENOPROTOOPT, 0}, {sockapi.IsMPTCP, 1, sockapi.ENOPROTOOPT, 0},
		{sockapi.NotSentLowat, 1<<32 - 1, nil, 1<<32 - 1},
	} {
		if err := s.SetOption(x.o, x.v); !errors.Is(err, x.want) {
			t.Errorf("option %d to %d: %v, want %v", x.o, x.v, err, x.want)
		}
		if v, err := s.Option(x.o); err != nil || v != x.read {
			t.Errorf("option %d reads %d (%v), want %d", x.o, v, err, x.read)
		}
	}
	is(t, "congestion control", s.SetCongestion("nothing"), sockapi.ENOENT)
	check(t, s.SetCongestion("newreno"))
	if c := s.Congestion(); c != "newreno" {
		t.Errorf("congestion control %s", c)
	}
	m := w.client.Socket(sockapi.MPTCP)
	if v, _ := m.Option(sockapi.IsMPTCP); v != 1 {
		t.Error("a fresh MPTCP socket is none")
	}
}
