package mptcp

import (
	"slices"
	"strings"
	"testing"

	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// one is a net with two easy paths of which the path manager uses the first only.
func one() netConfig {
	easy := pathConfig{rate: 20 * unit.MbitPerSecond, delay: 10 * unit.Millisecond}
	c := netConfig{seed: 1, paths: []pathConfig{easy, easy}}
	c.client.PathManager = "none"
	return c
}

func expect(t *testing.T, lines []string, want string) {
	t.Helper()
	got := strings.Join(lines, "\n")
	want = strings.TrimSpace(strings.ReplaceAll(want, "\t", ""))
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestOpenWithData: data that waits when the SYN/ACK comes rides on the third packet (RFC 8684 section 2.1,
// exchange 1), the last data carries the DATA_FIN, and the subflow closes after both DATA_FINs.
func TestOpenWithData(t *testing.T) {
	n, _, _ := newNet(t, one())
	lines := n.record(false)
	n.connect(3000, 10)
	n.run(10 * unit.Second)
	expect(t, *lines, `
		> S capable4 v1 flags 01
		< S. capable12 v1 flags 01
		> . len 1424 capable22 v1 flags 01 dll 1424
		> . len 1424 dss ack4 map ssn 1425 dll 1577 fin
		> P. len 152 dss ack4 map ssn 1425 dll 1577 fin
		< P. len 10 dss ack8 map ssn 1 dll 11 fin
		< . dss ack8
		> . dss ack8
		> F. dss ack8
		< F. dss ack8
		< . dss ack8
		> . dss ack8`)
}

// TestOpenThenWrite: without data the third packet has both keys, and the first data repeats them (exchange
// 2).
func TestOpenThenWrite(t *testing.T) {
	n, _, _ := newNet(t, one())
	lines := n.record(false)
	client, server := n.connect(0, 0)
	client.keepOpen, server.keepOpen = true, true
	n.run(50 * unit.Millisecond)
	client.s.Queue(n.w.Now(), 100)
	n.run(100 * unit.Millisecond)
	client.s.Queue(n.w.Now(), 100)
	n.run(100 * unit.Millisecond)
	client.s.CloseWrite(n.w.Now())
	n.run(100 * unit.Millisecond)
	server.s.CloseWrite(n.w.Now())
	n.run(100 * unit.Millisecond)
	expect(t, *lines, `
		> S capable4 v1 flags 01
		< S. capable12 v1 flags 01
		> . capable20 v1 flags 01
		> P. len 100 capable22 v1 flags 01 dll 100
		< . dss ack8
		> P. len 100 dss ack4 map ssn 101 dll 100
		< . dss ack8
		> . dss ack4 map ssn 0 dll 1 fin
		< . dss ack8
		< . dss ack8 map ssn 0 dll 1 fin
		> F. dss ack4
		< F. dss ack8
		< . dss ack8
		> . dss ack4`)
}

// TestServerFirst: a DATA_ACK with the acceptor's data proves that the keys arrived; then the opener's
// first data needs MP_CAPABLE no more (exchange 3 and section 3.1).
func TestServerFirst(t *testing.T) {
	n, _, _ := newNet(t, one())
	lines := n.record(false)
	client, server := n.connect(0, 100)
	client.keepOpen, server.keepOpen = true, true
	n.run(200 * unit.Millisecond)
	client.s.Queue(n.w.Now(), 50)
	n.run(200 * unit.Millisecond)
	expect(t, *lines, `
		> S capable4 v1 flags 01
		< S. capable12 v1 flags 01
		> . capable20 v1 flags 01
		< P. len 100 dss ack4 map ssn 1 dll 100
		> . dss ack8
		> P. len 50 dss ack8 map ssn 1 dll 50
		< . dss ack8`)
}

// dropNth drops the n-th segment, counted from 0, of which f is true.
func dropNth(h *tapped, nth int, f func(seg *wire.Segment) bool) {
	old := h.drop
	h.drop = func(now sim.Time, seg *wire.Segment) bool {
		if old != nil && old(now, seg) {
			return true
		}
		if !f(seg) {
			return false
		}
		nth--
		return nth == -1
	}
}

// TestKeysSurviveLoss drops the segments that carry the opener's keys, one, the other, or both.
func TestKeysSurviveLoss(t *testing.T) {
	for lost := range 4 {
		for _, quick := range []bool{false, true} {
			n, ch, _ := newNet(t, one())
			if lost&1 != 0 {
				dropNth(ch, 0, func(s *wire.Segment) bool {
					return s.Opts&wire.OptCapable != 0 && s.Capable.Form == wire.CapableKeys
				})
			}
			if lost&2 != 0 {
				dropNth(ch, 0, func(s *wire.Segment) bool {
					return s.Opts&wire.OptCapable != 0 && s.Capable.Form == wire.CapableData
				})
			}
			lines := n.record(false)
			size := int64(0)
			if quick {
				size = 20_000
			}
			client, server := n.connect(size, 0)
			client.keepOpen = true
			n.run(100 * unit.Millisecond)
			client.left += 5000
			client.keepOpen = false
			client.notify(n.w.Now(), 0)
			n.run(10 * unit.Second)
			c, s := n.conns(client, server)
			if c.Fallback() || s.Fallback() || int64(server.read) != size+5000 || !server.eof {
				t.Errorf("lost %d quick %v: fallback %v %v, read %d\n%s", lost, quick, c.Fallback(), s.Fallback(),
					server.read, strings.Join(*lines, "\n"))
			}
		}
	}
}

// TestJoin: four packets, HMACs, the third one again until the fourth has come (section 3.2).
func TestJoin(t *testing.T) {
	for _, lost := range []string{"none", "third", "fourth"} {
		c := one()
		c.client.PathManager = "fullmesh"
		n, ch, sh := newNet(t, c)
		second := n.client.Addrs()[1]
		switch lost {
		case "third":
			dropNth(ch, 0, func(s *wire.Segment) bool {
				return s.Opts&wire.OptJoin != 0 && s.Join.Form == wire.JoinACK
			})
		case "fourth":
			dropNth(sh, 0, func(s *wire.Segment) bool { return s.Dst == second && s.Opts&wire.OptJoin == 0 })
		}
		var lines []string
		n.taps = append(n.taps, func(now sim.Time, seg *wire.Segment, up bool) {
			if (seg.Src == second || seg.Dst == second) && now < sim.Time(400*unit.Millisecond) {
				lines = append(lines, describe(seg, up))
			}
		})
		client, server := n.connect(100, 0)
		client.keepOpen, server.keepOpen = true, true
		n.run(2 * unit.Second)
		third := "> . join24 id 0\n"
		fourth := "< . dss ack8"
		want := "> S join12 id 2\n< S. join16 id 0\n" + third
		switch lost {
		case "none":
			want += fourth
		case "third": // both TCPs repeat what was not answered; the acceptor's SYN/ACK brings an ACK
			want += third + fourth
		case "fourth":
			want += fourth + "\n" + third + fourth
		}
		expect(t, lines, want)
		a, b := n.conns(client, server)
		if a.Info().Subflows != 2 || b.Info().Subflows != 2 {
			t.Errorf("lost %s: %d and %d subflows", lost, a.Info().Subflows, b.Info().Subflows)
		}
	}
}

// TestNoDataBeforeFourth: a subflow carries nothing while pre-established (section 3.2).
func TestNoDataBeforeFourth(t *testing.T) {
	c := one()
	c.client.PathManager = "fullmesh"
	n, _, sh := newNet(t, c)
	second := n.client.Addrs()[1]
	mute := true
	sh.drop = func(_ sim.Time, s *wire.Segment) bool { return mute && s.Dst == second && s.Flags&wire.SYN == 0 }
	early := 0
	n.taps = append(n.taps, func(_ sim.Time, seg *wire.Segment, up bool) {
		if up && seg.Src == second && seg.Payload.Len > 0 && mute {
			early++
		}
	})
	client, server := n.connect(20_000_000, 0)
	n.run(300 * unit.Millisecond)
	if a, _ := n.conns(client, server); early > 0 || a.subs[1].state != subflowPreEstablished {
		t.Errorf("%d data segments, state %v", early, a.subs[1].state)
	}
	mute = false
	n.run(20 * unit.Second)
	if server.read != 20_000_000 {
		t.Errorf("read %d", server.read)
	}
	if i, _ := client.s.(*Conn).Subflow(1); i.BytesNew == 0 {
		t.Error("the second subflow was never used")
	}
}

// joinFailures damage one of the packets of a join.
var joinFailures = []struct {
	name   string
	damage func(seg *wire.Segment, up bool)
	reset  string // what the RST says
	count  func(c, s *Counters) int64
}{
	{"token", func(s *wire.Segment, _ bool) {
		if s.Opts&wire.OptJoin != 0 && s.Join.Form == wire.JoinSYN {
			s.Join.Token++
		}
	}, "< R. rst reason 1", func(_, s *Counters) int64 { return s.JoinNoTokenFound }},
	{"HMAC of SYN/ACK", func(s *wire.Segment, _ bool) {
		if s.Opts&wire.OptJoin != 0 && s.Join.Form == wire.JoinSYNACK {
			s.Join.HMAC[3] ^= 1
		}
	}, "> R. rst reason 1", func(c, _ *Counters) int64 { return c.JoinSynAckHMacFailure }},
	{"HMAC of ACK", func(s *wire.Segment, _ bool) {
		if s.Opts&wire.OptJoin != 0 && s.Join.Form == wire.JoinACK {
			s.Join.HMAC[19] ^= 1
		}
	}, "< R. rst reason 1", func(_, s *Counters) int64 { return s.JoinAckHMacFailure }},
	{"SYN/ACK without option", func(s *wire.Segment, _ bool) {
		if s.Opts&wire.OptJoin != 0 && s.Join.Form == wire.JoinSYNACK {
			s.Opts &^= wire.OptJoin
		}
	}, "> R. rst reason 1", func(_, _ *Counters) int64 { return 1 }},
	{"ACK without option", func(s *wire.Segment, up bool) {
		if s.Opts&wire.OptJoin != 0 && s.Join.Form == wire.JoinACK {
			s.Opts &^= wire.OptJoin
		}
	}, "< R. rst reason 1", func(_, _ *Counters) int64 { return 1 }},
	{"SYN without option", func(s *wire.Segment, _ bool) { // the listener takes it for a new connection
		if s.Opts&wire.OptJoin != 0 && s.Join.Form == wire.JoinSYN {
			s.Opts &^= wire.OptJoin
		}
	}, "> R. rst reason 1", func(_, _ *Counters) int64 { return 1 }},
}

// TestJoinFailures: every error in a join resets its subflow and leaves the connection alone (sections 3.2,
// 3.8).
func TestJoinFailures(t *testing.T) {
	for _, f := range joinFailures {
		t.Run(f.name, func(t *testing.T) {
			c := one()
			c.client.PathManager = "fullmesh"
			n, _, _ := newNet(t, c)
			second := n.client.Addrs()[1]
			var lines []string
			n.taps = append(n.taps, func(_ sim.Time, seg *wire.Segment, up bool) {
				f.damage(seg, up)
				if seg.Src == second || seg.Dst == second {
					lines = append(lines, describe(seg, up))
				}
			})
			client, server := n.connect(1_000_000, 1_000_000)
			n.run(10 * unit.Second)
			if server.read != 1_000_000 || client.read != 1_000_000 {
				t.Errorf("read %d and %d", server.read, client.read)
			}
			if !slices.Contains(lines, f.reset) {
				t.Errorf("no %q in\n%s", f.reset, strings.Join(lines, "\n"))
			}
			if f.count(&n.cs.count, &n.ss.count) == 0 {
				t.Error("not counted")
			}
			a, b := n.conns(client, server)
			if a.Fallback() || b.Fallback() {
				t.Error("fell back")
			}
		})
	}
}

// TestFirstDSSBeforeJoin: no subflow is opened before a DSS has come over the first path (section 3.1).
func TestFirstDSSBeforeJoin(t *testing.T) {
	c := one()
	c.client.PathManager = "fullmesh"
	n, _, _ := newNet(t, c)
	lines := n.record(false)
	client, server := n.connect(0, 0)
	client.keepOpen, server.keepOpen = true, true
	n.run(unit.Second)
	if got := strings.Join(*lines, "\n"); strings.Contains(got, "join") {
		t.Errorf("joined without DSS:\n%s", got)
	}
	server.s.Queue(n.w.Now(), 10)
	n.run(unit.Second)
	if got := strings.Join(*lines, "\n"); !strings.Contains(got, "join24") {
		t.Errorf("not joined after a DSS:\n%s", got)
	}
}

// TestNoJoinHere: the C flag keeps the peer from joining the first address; announced ones are free
// (section 3.1).
func TestNoJoinHere(t *testing.T) {
	c := one()
	c.client.PathManager = "fullmesh"
	c.server.NoJoinHere = tcp.On
	n, _, _ := newNet(t, c)
	lines := n.record(false)
	client, server := n.connect(10_000, 0)
	client.keepOpen = true
	n.run(unit.Second)
	got := strings.Join(*lines, "\n")
	if strings.Contains(got, "join") || !strings.Contains(got, "< S. capable12 v1 flags 21") {
		t.Errorf("C flag: \n%s", got)
	}
	if c, s := n.conns(client, server); c.Info().SubflowsTotal != 1 || s.Info().SubflowsTotal != 1 {
		t.Error("subflows were opened")
	}
}

// TestUniqueTokens: a key whose token is in use is not given out (section 3.1).
func TestUniqueTokens(t *testing.T) {
	var table tokenTable
	table.init()
	draws := []uint64{7, 7, 7, 8}
	draw := func() uint64 {
		k := draws[0]
		draws = draws[1:]
		return k
	}
	a, b := &Conn{}, &Conn{}
	ka, ta := table.newKey(draw, 1, a)
	kb, tb := table.newKey(draw, 1, b)
	if ka != 7 || kb != 8 || table.find(ta) != a || table.find(tb) != b || len(draws) != 0 {
		t.Errorf("keys %d %d", ka, kb)
	}
	table.remove(ta)
	if table.find(ta) != nil {
		t.Error("token found after its removal")
	}
}

// TestJoinRefused: more subflows than the acceptor allows are refused with reason 0x02 (sections 3.2
// and 3.6), in the profile linux with 0x03 as Linux 6.18 does.
func TestJoinRefused(t *testing.T) {
	for profile, reason := range map[string]string{"rfc": "< R. rst reason 2", "linux": "< R. rst reason 3"} {
		c := one()
		c.client.PathManager = "fullmesh"
		c.server.Profile, c.server.MaxSubflows = profile, 1
		n, _, _ := newNet(t, c)
		lines := n.record(false)
		client, server := n.connect(1_000_000, 0)
		n.run(10 * unit.Second)
		if contains(*lines, reason) != 1 || n.ss.count.JoinRefused != 1 || server.read != 1_000_000 {
			t.Errorf("%s: %d refused, read %d", profile, n.ss.count.JoinRefused, server.read)
		}
		if c, _ := n.conns(client, server); c.Info().Subflows > 1 || c.Fallback() {
			t.Errorf("%s: %+v", profile, c.Info())
		}
	}
}

// TestKeysOnRepeatedAnswer: the SYN/ACK that comes again, since the third packet with data was lost, is answered
// by both keys, not by a DSS that the acceptor cannot use (section 3.1).
func TestKeysOnRepeatedAnswer(t *testing.T) {
	n, ch, _ := newNet(t, one())
	lines := n.record(false)
	lost := 0
	ch.drop = func(_ sim.Time, s *wire.Segment) bool {
		if s.Payload.Len == 0 || lost >= 6 {
			return false
		}
		lost++
		return true
	}
	client, server := n.connect(3000, 10)
	n.run(60 * unit.Second)
	if server.read != 3000 || client.read != 10 || contains(*lines, "> . capable20") != 1 {
		t.Errorf("read %d and %d, %v", server.read, client.read, *lines)
	}
}
