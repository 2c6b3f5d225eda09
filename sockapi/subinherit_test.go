package sockapi_test

import (
	"testing"

	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"
)

// handedOn are options of the socket that each subflow has.
var handedOn = []struct {
	name   string
	option sockapi.Option
	value  int64
	out    int64
}{
	{"TOS", sockapi.TOS, 0x28, 0x28}, {"TTL", sockapi.TTL, 33, 33}, {"UserTimeout", sockapi.UserTimeout, 4000, 4000},
	{"SYNCount", sockapi.SYNCount, 2, 2}, {"QuickACK", sockapi.QuickACK, 1, 1}, {"KeepAlive", sockapi.KeepAlive, 1, 1},
	{"KeepIdle", sockapi.KeepIdle, 30, 30}, {"KeepInterval", sockapi.KeepInterval, 5, 5},
	{"KeepCount", sockapi.KeepCount, 4, 4}, {"NoDelay", sockapi.NoDelay, 1, 1},
	{"NotSentLowat", sockapi.NotSentLowat, 7000, 7000},
}

func setAll(t *testing.T, s *sockapi.Socket) {
	t.Helper()
	for _, o := range handedOn {
		if err := s.SetOption(o.option, o.value); err != nil {
			t.Errorf("%s: %v", o.name, err)
		}
	}
	if err := s.SetCongestion("olia"); err != nil {
		t.Error(err)
	}
}

func haveAll(t *testing.T, what string, s *sockapi.Socket, ids ...uint8) {
	t.Helper()
	for _, id := range ids {
		for _, o := range handedOn {
			if v, err := s.SubOption(id, o.option); v != o.out || err != nil {
				t.Errorf("%s: %s of subflow %d is %d, %v", what, o.name, id, v, err)
			}
		}
		if c := must(s.SubCongestion(id)); c != "olia" {
			t.Errorf("%s: subflow %d has controller %s", what, id, c)
		}
	}
}

// TestInherit: options of the socket reach the subflow that opens the connection, those that live and those to come,
// at the side that asked and at one that accepts. The profiles do not differ here.
func TestInherit(t *testing.T) {
	t.Run("before connect", func(t *testing.T) {
		w := newAPIWorld(apiOptions{})
		w.serve()
		w.run(t, func(p *sim.Proc) {
			s := w.client.Socket(sockapi.MPTCP)
			setAll(t, s)
			must(0, s.Connect(p, w.wifi, w.remote, port, true))
			w.talk(p, s)
			must(s.OpenSub(over(w.cell)))
			haveAll(t, "at once", s, 1, 2)
			for _, syn := range since(w.sent, 0, func(x *wire.Segment) bool { return x.Flags&wire.SYN != 0 }) {
				if syn.TOS&^3 != 0x28 || syn.TTL != 33 {
					t.Errorf("SYN from %s has TOS %#x, TTL %d", syn.Src, syn.TOS, syn.TTL)
				}
			}
			pause(p, 100*ms)
			haveAll(t, "later", s, 1, 2)
			_ = s.Close()
		})
	})
	t.Run("after connect", func(t *testing.T) {
		established(t, apiOptions{}, func(p *sim.Proc, w *apiWorld, s *sockapi.Socket) {
			setAll(t, s)
			haveAll(t, "those that live", s, 1, 2)
			must(s.OpenSub(over(w.wifi)))
			haveAll(t, "and one to come", s, 1, 2, 3)
		})
	})
	t.Run("accepted", func(t *testing.T) {
		w := newAPIWorld(apiOptions{})
		w.Go(w.Component("server"), "server", func(p *sim.Proc) {
			l := w.server.Socket(sockapi.MPTCP)
			setAll(t, l)
			must(0, l.Bind(wire.Addr{}, port))
			must(0, l.Listen(10))
			s := must(l.Accept(p, true))
			haveAll(t, "accepted", s, 1)
			must(s.Recv(p, make([]byte, 10), 0, true))
			must(s.Send(p, []byte("welcome"), 0, true))
			pause(p, 500*ms)
			haveAll(t, "and the peer's join", s, 1, 2)
			must(0, s.SetOption(sockapi.UserTimeout, 9000)) // from now on its own
			pause(p, 500*ms)
			if v := must(s.SubOption(3, sockapi.UserTimeout)); v != 9000 {
				t.Errorf("the next join has a user timeout of %d", v)
			}
			_ = s.Close()
		})
		w.run(t, func(p *sim.Proc) {
			s := w.connect(p)
			before := len(w.got)
			r := over(w.cell)
			must(s.OpenSub(r))
			pause(p, 550*ms)
			answers := since(w.got, before, func(x *wire.Segment) bool { return x.Flags&wire.SYN != 0 })
			if len(answers) != 1 || answers[0].TOS&^3 != 0x28 {
				t.Errorf("SYN/ACK of the join: %+v", answers)
			}
			must(s.OpenSub(r))
			pause(p, unit.Second)
			_ = s.Close()
		})
	})
}

// TestOwnAndSocket: an option of one subflow stays until the same one of the socket is set.
func TestOwnAndSocket(t *testing.T) {
	established(t, apiOptions{}, func(p *sim.Proc, w *apiWorld, s *sockapi.Socket) {
		must(0, s.SetSubOption(2, sockapi.TTL, 9))
		must(0, s.SetSubOption(2, sockapi.UserTimeout, 100_000))
		must(0, s.SetSubCongestion(2, "lia"))
		is := func(o sockapi.Option, first, second int64) {
			t.Helper()
			if a, b := must(s.SubOption(1, o)), must(s.SubOption(2, o)); a != first || b != second {
				t.Errorf("option %d is %d and %d, want %d and %d", o, a, b, first, second)
			}
		}
		must(0, s.SetOption(sockapi.TOS, 0x10)) // another option
		must(0, s.SetOption(sockapi.SYNCount, 4))
		is(sockapi.TTL, 64, 9)
		is(sockapi.UserTimeout, 0, 100_000)
		is(sockapi.TOS, 0x10, 0x10)
		if c := must(s.SubCongestion(2)); c != "lia" {
			t.Errorf("controller %s", c)
		}
		must(0, s.SetOption(sockapi.TTL, 64))
		must(0, s.SetOption(sockapi.UserTimeout, 50_000))
		must(0, s.SetCongestion("cubic"))
		is(sockapi.TTL, 64, 64)
		is(sockapi.UserTimeout, 50_000, 50_000)
		if c := must(s.SubCongestion(2)); c != "cubic" {
			t.Errorf("controller %s", c)
		}
	})
}

// TestMaxSegLater: TCP_MAXSEG of the socket is what SYNs to come announce.
func TestMaxSegLater(t *testing.T) {
	w := newAPIWorld(apiOptions{})
	w.serve()
	w.run(t, func(p *sim.Proc) {
		s := w.client.Socket(sockapi.MPTCP)
		must(0, s.SetOption(sockapi.MaxSeg, 700))
		must(0, s.Connect(p, w.wifi, w.remote, port, true))
		w.talk(p, s)
		must(s.OpenSub(over(w.cell)))
		must(0, s.SetOption(sockapi.MaxSeg, 800))
		must(s.OpenSub(over(w.wifi)))
		var mss []uint16
		for _, syn := range since(w.sent, 0, func(x *wire.Segment) bool { return x.Flags&wire.SYN != 0 }) {
			mss = append(mss, syn.MSS)
		}
		if len(mss) != 3 || mss[0] != 700 || mss[1] != 700 || mss[2] != 800 {
			t.Errorf("SYNs announce %d", mss)
		}
		_ = s.Close()
	})
}

// TestBuffersOfConnection: SO_SNDBUF and SO_RCVBUF bound what a connection holds.
func TestBuffersOfConnection(t *testing.T) {
	w := newAPIWorld(apiOptions{})
	w.Go(w.Component("server"), "server", func(p *sim.Proc) {
		l := w.server.Socket(sockapi.MPTCP)
		must(0, l.SetOption(sockapi.ReceiveBuffer, 20_000))
		must(0, l.Bind(wire.Addr{}, port))
		must(0, l.Listen(10))
		s := must(l.Accept(p, true)) // and does not read
		pause(p, 5*unit.Second)
		if n := s.Conn().MPTCP().Readable(); n > 20_000+65_536 || n < 20_000 {
			t.Errorf("%d octets wait in a buffer of 20 kB", n)
		}
		_ = s.Close()
	})
	w.run(t, func(p *sim.Proc) {
		s := w.client.Socket(sockapi.MPTCP)
		must(0, s.SetOption(sockapi.SendBuffer, 10_000))
		must(0, s.Connect(p, w.wifi, w.remote, port, true))
		if n, err := s.Send(p, make([]byte, 1_000_000), 0, false); n != 20_000 || err != nil {
			t.Errorf("%d octets taken, %v", n, err)
		}
		must(0, s.SetOption(sockapi.SendBuffer, 1_000_000))
		must(s.Send(p, make([]byte, 1_000_000), 0, false))
		pause(p, 5*unit.Second)
		if v := must(s.Option(sockapi.SendBuffer)); v != 2_000_000 {
			t.Errorf("SO_SNDBUF reads %d", v)
		}
		_ = s.Close()
	})
}
