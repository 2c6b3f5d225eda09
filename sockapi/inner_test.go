package sockapi_test

import (
	"testing"

	"mpsim/model/mptcp"
	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"
	"mpsim/sockapi/abi"
)

// innerOptions are the options of a subflow: their numbers, values before, and values in and out of range.
var innerOptions = []struct {
	name        string
	option      sockapi.Option
	level, no   int
	before      int64
	set, out    int64 // a value, and how it reads back
	bad         []int64
	onlyInDraft bool
}{
	{"TCP_NODELAY", sockapi.NoDelay, abi.IPPROTO_TCP, abi.TCP_NODELAY, 0, 1, 1, nil, false},
	{"TCP_MAXSEG", sockapi.MaxSeg, abi.IPPROTO_TCP, abi.TCP_MAXSEG, 1448, 500, 488, []int64{87, 32768, -1}, false},
	{"TCP_KEEPIDLE", sockapi.KeepIdle, abi.IPPROTO_TCP, abi.TCP_KEEPIDLE, 7200, 10, 10, []int64{0, 32768}, false},
	{"TCP_KEEPINTVL", sockapi.KeepInterval, abi.IPPROTO_TCP, abi.TCP_KEEPINTVL, 75, 2, 2, []int64{0, 32768}, false},
	{"TCP_KEEPCNT", sockapi.KeepCount, abi.IPPROTO_TCP, abi.TCP_KEEPCNT, 9, 3, 3, []int64{0, 128}, false},
	{"TCP_SYNCNT", sockapi.SYNCount, abi.IPPROTO_TCP, abi.TCP_SYNCNT, 6, 2, 2, []int64{0, 128}, false},
	{"TCP_USER_TIMEOUT", sockapi.UserTimeout, abi.IPPROTO_TCP, abi.TCP_USER_TIMEOUT, 0, 1500, 1500, []int64{-1}, false},
	{"TCP_QUICKACK", sockapi.QuickACK, abi.IPPROTO_TCP, abi.TCP_QUICKACK, 0, 1, 1, nil, false},
	{"TCP_NOTSENT_LOWAT", sockapi.NotSentLowat, abi.IPPROTO_TCP, abi.TCP_NOTSENT_LOWAT, 0, 9000, 9000, nil, false},
	{"IP_TOS", sockapi.TOS, abi.IPPROTO_IP, abi.IP_TOS, 0, 0xb9, 0xb8, []int64{256, -1}, false}, // two bits are ECN's
	{"IP_TTL", sockapi.TTL, abi.IPPROTO_IP, abi.IP_TTL, 64, 9, 9, []int64{0, 256}, false},
	{"SO_KEEPALIVE", sockapi.KeepAlive, abi.SOL_SOCKET, abi.SO_KEEPALIVE, 0, 1, 1, nil, true},
}

// TestInnerOptions sets each on one of two subflows, typed or as octets: it reads back there, and not on the other.
func TestInnerOptions(t *testing.T) {
	bothAPIs(t, func(t *testing.T, api sockapi.API) {
		for _, raw := range []bool{false, true} {
			established(t, apiOptions{api: api}, func(p *sim.Proc, w *apiWorld, s *sockapi.Socket) {
				for _, o := range innerOptions {
					get := func(id uint8) (int64, error) { return s.SubOption(id, o.option) }
					set := func(v int64) error { return s.SetSubOption(2, o.option, v) }
					if raw {
						get = func(id uint8) (int64, error) {
							b, mem, value, length := innerGet(id, o.level, o.no, abi.IntSize)
							err := getRaw(s, abi.MPTCP_SUB_GETSOCKOPT, mem, b)
							v, _ := abi.Int(value)
							if n, _ := abi.Int(length); err == nil && n != abi.IntSize {
								t.Errorf("%s has %d octets", o.name, n)
							}
							return int64(v), err
						}
						set = func(v int64) error {
							b, mem := innerSet(2, o.level, o.no, abi.AppendInt(nil, int(v)))
							return s.SetSockOpt(abi.IPPROTO_TCP, abi.MPTCP_SUB_SETSOCKOPT, mem, b)
						}
					}
					if o.onlyInDraft && api == sockapi.APILinuxFork {
						if got := errno(t, set(1)); got != sockapi.ENOPROTOOPT {
							t.Errorf("%s: %s", o.name, name(got))
						}
						continue
					}
					is := func(id uint8, want int64) {
						t.Helper()
						if v, err := get(id); v != want || err != nil {
							t.Errorf("%s of subflow %d is %d, %v, want %d", o.name, id, v, err, want)
						}
					}
					is(1, o.before)
					is(2, o.before)
					for _, v := range o.bad {
						if got := errno(t, set(v)); got != sockapi.EINVAL {
							t.Errorf("%s %d: %s", o.name, v, name(got))
						}
					}
					is(2, o.before)
					if err := set(o.set); err != nil {
						t.Errorf("%s: %v", o.name, err)
					}
					is(1, o.before)
					is(2, o.out)
				}
			})
		}
	})
}

// TestNotInner has options that a subflow has not.
func TestNotInner(t *testing.T) {
	established(t, apiOptions{}, func(p *sim.Proc, w *apiWorld, s *sockapi.Socket) {
		for _, o := range []sockapi.Option{sockapi.ReuseAddr, sockapi.SendBuffer, sockapi.ReceiveBuffer, sockapi.Linger,
			sockapi.LastError, sockapi.Cork, sockapi.Linger2, sockapi.DeferAccept, sockapi.FastOpenQueue,
			sockapi.FastOpenConnect, sockapi.IsMPTCP, sockapi.ZeroCopy, 200} {
			if _, err := s.SubOption(1, o); err != sockapi.ENOPROTOOPT {
				t.Errorf("reading option %d: %v", o, err)
			}
			if err := s.SetSubOption(1, o, 1); err != sockapi.ENOPROTOOPT {
				t.Errorf("setting option %d: %v", o, err)
			}
		}
	})
}

// TestInnerOnTheWire: TOS, TTL and the segments' size of one subflow are seen on the wire, the other's are as before.
func TestInnerOnTheWire(t *testing.T) {
	bothAPIs(t, func(t *testing.T, api sockapi.API) {
		established(t, apiOptions{api: api}, func(p *sim.Proc, w *apiWorld, s *sockapi.Socket) {
			must(0, s.SetSubOption(2, sockapi.TOS, 0x28))
			must(0, s.SetSubOption(2, sockapi.TTL, 7))
			must(0, s.SetSubOption(1, sockapi.MaxSeg, 600))
			before := len(w.sent)
			must(s.Send(p, make([]byte, 300_000), 0, true))
			pause(p, unit.Second)
			var n [2]int
			for _, x := range w.sent[before:] {
				i, tos, ttl, most := 0, uint8(0), uint8(64), uint32(600)
				if x.Src == w.cell {
					i, tos, ttl, most = 1, 0x28, 7, 1460
				}
				n[i]++
				if x.TOS&^3 != tos || x.TTL != ttl || x.Payload.Len > most {
					t.Fatalf("from %s: TOS %#x, TTL %d, %d octets", x.Src, x.TOS, x.TTL, x.Payload.Len)
				}
			}
			if n[0] < 50 || n[1] < 50 {
				t.Errorf("%d and %d segments", n[0], n[1])
			}
		})
	})
}

// endedSub returns how subflow uid ended.
func endedSub(t *testing.T, s *sockapi.Socket, uid uint32) mptcp.SubflowInfo {
	t.Helper()
	i, ok := s.Conn().MPTCP().Subflow(uid)
	if !ok || i.Closed == 0 {
		t.Fatalf("subflow %d has not ended: %+v", uid, i)
	}
	return i
}

// TestInnerKeepalive: the peer of one idle subflow has gone, which that subflow alone finds out.
func TestInnerKeepalive(t *testing.T) {
	bothAPIs(t, func(t *testing.T, api sockapi.API) {
		established(t, apiOptions{api: api}, func(p *sim.Proc, w *apiWorld, s *sockapi.Socket) {
			if api == sockapi.APIDraft {
				must(0, s.SetSubOption(2, sockapi.KeepAlive, 1))
			} else { // the level of the option cannot be reached: it is the socket's
				must(0, s.SetOption(sockapi.KeepAlive, 1))
			}
			must(0, s.SetSubOption(2, sockapi.KeepIdle, 10))
			must(0, s.SetSubOption(2, sockapi.KeepInterval, 2))
			must(0, s.SetSubOption(2, sockapi.KeepCount, 3))
			w.net.SetDown(w.links[3], true)
			start := p.Now()
			pause(p, 30*unit.Second)
			i := endedSub(t, s, 1)
			if after := i.Closed.Sub(start); i.Cause != mptcp.CauseTimeout || after < 15*unit.Second || after > 17*unit.Second {
				t.Errorf("%s after %s", i.Cause, after)
			}
			if len(must(s.SubIDs())) != 1 {
				t.Error("the other subflow has gone, too")
			}
		})
	})
}

// TestInnerUserTimeout: a subflow is given up after its own time, and its data goes over the other one.
func TestInnerUserTimeout(t *testing.T) {
	for _, c := range []struct {
		value    int64 // ms
		least    unit.Duration
		most     unit.Duration
		ofSecond bool
	}{{700, 700 * ms, 710 * ms, true}, {3000, 3000 * ms, 3010 * ms, true}} {
		established(t, apiOptions{}, func(p *sim.Proc, w *apiWorld, s *sockapi.Socket) {
			must(0, s.SetSubOption(2, sockapi.UserTimeout, c.value))
			must(s.Send(p, make([]byte, 500_000), 0, true))
			pause(p, 100*ms)
			w.net.SetDown(w.links[2], true)
			w.net.SetDown(w.links[3], true)
			start := p.Now()
			pause(p, 10*unit.Second)
			i := endedSub(t, s, 1)
			// The time runs from the last acknowledgement, at most a round trip and its queue before.
			if after := i.Closed.Sub(start); i.Cause != mptcp.CauseTimeout || after > c.most || after < c.least-200*ms {
				t.Errorf("user timeout of %d ms: %s after %s", c.value, i.Cause, after)
			}
			if acked := s.Conn().MPTCP().Info().BytesAcked; acked != 500_005 {
				t.Errorf("%d octets acknowledged", acked)
			}
		})
	}
}

// TestInnerSYNCount: the SYN of a subflow that cannot come up is sent so often again.
func TestInnerSYNCount(t *testing.T) {
	for _, n := range []int64{1, 3} {
		w := newAPIWorld(apiOptions{})
		w.serve()
		w.run(t, func(p *sim.Proc) {
			s := w.connect(p)
			w.net.SetDown(w.links[3], true)
			before := len(w.sent)
			id := must(s.OpenSub(over(w.cell)))
			must(0, s.SetSubOption(id, sockapi.SYNCount, n))
			pause(p, 100*unit.Second)
			if syns := since(w.sent, before, isJoinSYN); len(syns) != int(n)+1 {
				t.Errorf("%d SYNs, want 1 and %d", len(syns), n)
			}
			if i := endedSub(t, s, 1); i.Cause != mptcp.CauseTimeout {
				t.Errorf("ended by %s", i.Cause)
			}
			_ = s.Close()
		})
	}
}

// TestInnerCongestion: a controller of one subflow, by the names of both worlds.
func TestInnerCongestion(t *testing.T) {
	established(t, apiOptions{}, func(p *sim.Proc, w *apiWorld, s *sockapi.Socket) {
		set := func(text string) error {
			b, mem := innerSet(2, abi.IPPROTO_TCP, abi.TCP_CONGESTION, []byte(text))
			return s.SetSockOpt(abi.IPPROTO_TCP, abi.MPTCP_SUB_SETSOCKOPT, mem, b)
		}
		get := func() string {
			b, mem, value, length := innerGet(2, abi.IPPROTO_TCP, abi.TCP_CONGESTION, 40)
			must(0, getRaw(s, abi.MPTCP_SUB_GETSOCKOPT, mem, b))
			if n, _ := abi.Int(length); n != abi.CongestionNameSize {
				t.Errorf("the name has %d octets", n)
			}
			return abi.Text(value)
		}
		for _, c := range []struct {
			text, kernel, ours string
			want               sockapi.Errno
		}{
			{"reno", "reno", "newreno", ok}, {"olia\x00junk", "olia", "olia", ok}, {"none", "olia", "olia", sockapi.ENOENT},
			{"balia", "balia", "balia", ok},
		} {
			if got := errno(t, set(c.text)); got != c.want {
				t.Errorf("%q: %s, want %s", c.text, name(got), name(c.want))
			}
			if got, ours := get(), must(s.SubCongestion(2)); got != c.kernel || ours != c.ours {
				t.Errorf("%q reads %q and %q", c.text, got, ours)
			}
		}
		if other := must(s.SubCongestion(1)); other != "cubic" {
			t.Errorf("the other subflow has %q", other)
		}
		must(s.Send(p, make([]byte, 1_000_000), 0, true))
		pause(p, 3*unit.Second)
		if i := must(s.SubInfo(2)); i.BytesAcked < 100_000 {
			t.Errorf("only %d octets over it", i.BytesAcked)
		}
	})
}

// TestInnerIPv6: a subflow over IPv6 has the options of that level, and takes those of level IP, too.
func TestInnerIPv6(t *testing.T) {
	established(t, apiOptions{}, func(p *sim.Proc, w *apiWorld, s *sockapi.Socket) {
		r := over(w.cell6)
		r.Remote = w.remote6
		id := must(s.OpenSub(r))
		pause(p, 100*ms)
		set := func(id uint8, level, no, v int) error {
			b, mem := innerSet(id, level, no, abi.AppendInt(nil, v))
			return s.SetSockOpt(abi.IPPROTO_TCP, abi.MPTCP_SUB_SETSOCKOPT, mem, b)
		}
		get := func(id uint8, level, no int) (int, error) {
			b, mem, value, _ := innerGet(id, level, no, abi.IntSize)
			err := getRaw(s, abi.MPTCP_SUB_GETSOCKOPT, mem, b)
			v, _ := abi.Int(value)
			return v, err
		}
		must(0, set(id, abi.IPPROTO_IPV6, abi.IPV6_TCLASS, 0x40))
		must(0, set(id, abi.IPPROTO_IP, abi.IP_TTL, 11))
		tos, hops := must(get(id, abi.IPPROTO_IP, abi.IP_TOS)), must(get(id, abi.IPPROTO_IPV6, abi.IPV6_UNICAST_HOPS))
		if tos != 0x40 || hops != 11 {
			t.Errorf("traffic class %#x, hop limit %d", tos, hops)
		}
		if err := set(1, abi.IPPROTO_IPV6, abi.IPV6_TCLASS, 0x40); err != sockapi.ENOPROTOOPT {
			t.Errorf("of an IPv4 subflow: %v", err)
		}
		if _, err := get(id, abi.SOL_SOCKET, abi.SO_SNDBUF); err != sockapi.ENOPROTOOPT {
			t.Errorf("level SOL_SOCKET: %v", err)
		}
		before := len(w.sent)
		must(s.Send(p, make([]byte, 300_000), 0, true))
		pause(p, unit.Second)
		n := 0
		for _, x := range w.sent[before:] {
			if x.Src == w.cell6 {
				if n++; x.TOS&^3 != 0x40 || x.TTL != 11 {
					t.Fatalf("TOS %#x, TTL %d", x.TOS, x.TTL)
				}
			}
		}
		if n < 20 {
			t.Errorf("%d segments", n)
		}
	})
}
