package mptcp

import (
	"slices"
	"testing"

	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// watcher records what a stack's observer is told.
type watcher struct {
	states   []State
	subflows []string
	arrived  int64
	again    int64 // arrived and told to be a reinjection
	resent   int64
	fell     string
}

func (w *watcher) DataArrived(_ sim.Time, _ *Conn, _ uint32, start, end uint64, reinjected bool) {
	w.arrived += int64(end - start)
	if reinjected {
		w.again += int64(end - start)
	}
}
func (w *watcher) Reinjected(_ sim.Time, _ *Conn, _ uint32, start, end uint64) {
	w.resent += int64(end - start)
}
func (w *watcher) SubflowChanged(_ sim.Time, _ *Conn, _ uint32, change SubflowChange, _ string) {
	w.subflows = append(w.subflows, change.String())
}
func (w *watcher) ConnectionChanged(_ sim.Time, _ *Conn, s State) { w.states = append(w.states, s) }
func (w *watcher) FellBack(_ sim.Time, _ *Conn, reason string)    { w.fell = reason }

func watched(t *testing.T, c netConfig) (n *testNet, ch, sh *tapped, cw, sw *watcher) {
	n, ch, sh = newNet(t, c)
	cw, sw = &watcher{}, &watcher{}
	n.cs.SetObserver(cw)
	n.ss.SetObserver(sw)
	return n, ch, sh, cw, sw
}

// TestCloseStates walks through appendix D.
func TestCloseStates(t *testing.T) {
	const ms = unit.Millisecond
	for _, tt := range []struct {
		name           string
		client, server unit.Duration // when each end closes
		cw, sw         []State
	}{
		{"client first", 100 * ms, 300 * ms,
			[]State{SynSent, Established, FinWait1, FinWait2, TimeWait, Closed},
			[]State{SynReceived, Established, CloseWait, LastAck, Closed}},
		{"server first", 300 * ms, 100 * ms,
			[]State{SynSent, Established, CloseWait, LastAck, Closed},
			[]State{SynReceived, Established, FinWait1, FinWait2, TimeWait, Closed}},
		{"together", 100 * ms, 105 * ms,
			[]State{SynSent, Established, FinWait1, Closing, TimeWait, Closed},
			[]State{SynReceived, Established, FinWait1, Closing, TimeWait, Closed}},
	} {
		n, _, _, cw, sw := watched(t, one())
		client, server := n.connect(10, 10)
		client.keepOpen, server.keepOpen = true, true
		comp := n.w.Component("test")
		n.w.Call(comp, sim.Time(tt.client), func(now sim.Time) { client.s.CloseWrite(now) })
		n.w.Call(comp, sim.Time(tt.server), func(now sim.Time) { server.s.CloseWrite(now) })
		n.run(200 * unit.Second)
		if !slices.Equal(cw.states, tt.cw) || !slices.Equal(sw.states, tt.sw) {
			t.Errorf("%s: client %v, server %v", tt.name, cw.states, sw.states)
		}
		c, s := n.conns(client, server)
		if !c.deleted || !s.deleted || len(n.cs.tokens.conns)+len(n.ss.tokens.conns) != 0 ||
			!client.eof || !server.eof {
			t.Errorf("%s: deleted %v %v, eof %v %v", tt.name, c.deleted, s.deleted, client.eof, server.eof)
		}
		if n.cs.count.CurrEstab != 0 || n.ss.count.CurrEstab != 0 {
			t.Errorf("%s: CurrEstab %d %d", tt.name, n.cs.count.CurrEstab, n.ss.count.CurrEstab)
		}
	}
}

// TestHalfClose: DATA_FIN ends one direction; the other goes on (section 3.3.3).
func TestHalfClose(t *testing.T) {
	n, _, _ := newNet(t, netConfig{seed: 1, paths: twoPaths()})
	client, server := n.connect(1000, 0)
	server.keepOpen = true
	n.run(unit.Second)
	if !server.eof {
		t.Fatal("no end of stream")
	}
	server.left, server.keepOpen = 2_000_000, false
	server.notify(n.w.Now(), 0)
	n.run(20 * unit.Second)
	if client.read != 2_000_000 || !client.eof {
		t.Errorf("read %d", client.read)
	}
}

// TestDataFinLoss: a DATA_FIN is sent again until it is acknowledged, on any subflow, also when it was
// alone or with the last data, or when its DATA_ACK is lost.
func TestDataFinLoss(t *testing.T) {
	fin := func(s *wire.Segment) bool { return s.Opts&wire.OptDSS != 0 && s.DSS.Flags&wire.DSSFin != 0 }
	for _, size := range []int64{0, 1, 1424, 1425, 50_000} {
		for lost := range 6 {
			c := one()
			c.client.PathManager = "fullmesh"
			n, ch, sh := newNet(t, c)
			seen := 0
			ch.drop = func(_ sim.Time, s *wire.Segment) bool {
				if fin(s) {
					seen++
				}
				return fin(s) && seen <= lost
			}
			if lost == 5 { // instead lose what acknowledges it
				ch.drop = nil
				acks := 0
				sh.drop = func(_ sim.Time, s *wire.Segment) bool {
					if s.Opts&wire.OptDSS != 0 && s.Payload.Len == 0 && s.DSS.DataAck != 0 && n.ss.l.conns[1].rcvFinDone {
						acks++
						return acks <= 3
					}
					return false
				}
			}
			client, server := n.connect(size, 100_000)
			n.run(100 * unit.Second)
			a, b := n.conns(client, server)
			if int64(server.read) != size || client.read != 100_000 || !server.eof || !client.eof ||
				a.err != nil || b.err != nil {
				dump(t, a)
				dump(t, b)
				t.Fatalf("size %d lost %d: read %d %v, %d %v, errors %v %v", size, lost, server.read, server.eof,
					client.read, client.eof, a.err, b.err)
			}
		}
	}
}

// TestDataFinOtherSubflow: the subflow that carried the DATA_FIN dies.
func TestDataFinOtherSubflow(t *testing.T) {
	for dead := range 2 {
		n, ch, sh := newNet(t, netConfig{seed: 1, paths: twoPaths()})
		client, server := n.connect(100_000, 0)
		client.keepOpen = true
		n.run(3 * unit.Second)
		silence(n, ch, sh, dead)
		client.s.CloseWrite(n.w.Now())
		n.run(10 * unit.Second)
		if !server.eof {
			t.Errorf("path %d dead: no end of stream", dead)
		}
	}
}

// TestCloseDiscards: after Close what arrives is acknowledged and thrown away, and the peer can end.
func TestCloseDiscards(t *testing.T) {
	cc := netConfig{seed: 1, paths: twoPaths()}
	cc.client.ReceiveBufferMax = 100_000
	n, _, _ := newNet(t, cc)
	client, server := n.connect(0, 3_000_000)
	client.keepOpen = true
	n.run(unit.Second)
	client.pause = true
	client.s.Close(n.w.Now())
	n.run(100 * unit.Second)
	c, s := n.conns(client, server)
	if s.Info().BytesAcked != 3_000_000 || !server.eof || c.err != nil || !s.deleted {
		t.Errorf("acknowledged %d, eof %v, error %v", s.Info().BytesAcked, server.eof, c.err)
	}
}

// TestOrphan: a connection that its application has closed and the peer never does ends after a while.
func TestOrphan(t *testing.T) {
	n, _, _ := newNet(t, netConfig{seed: 1, paths: twoPaths()})
	client, server := n.connect(1000, 0)
	client.keepOpen, server.keepOpen = true, true
	n.run(unit.Second)
	client.s.Close(n.w.Now())
	n.run(200 * unit.Second)
	if c, _ := n.conns(client, server); !c.deleted {
		t.Errorf("still there: %+v", c.Info())
	}
}

// TestConnectFailures: nobody listens; nobody answers.
func TestConnectFailures(t *testing.T) {
	n, _, sh := newNet(t, one())
	c := must(n.cs.Dial(0, n.client.Addrs()[0], n.server.Addrs()[0], 81))
	n.run(unit.Second)
	if c.Err() != tcp.ErrRefused || c.ReadyBits()&tcp.Hangup == 0 {
		t.Errorf("refused: %v", c.Err())
	}
	sh.drop = func(sim.Time, *wire.Segment) bool { return true }
	c = must(n.cs.Dial(n.w.Now(), n.client.Addrs()[0], n.server.Addrs()[0], 81))
	n.run(500 * unit.Second)
	if c.Err() != tcp.ErrTimeout || len(n.cs.tokens.conns) != 0 {
		t.Errorf("timed out: %v", c.Err())
	}
}

// TestObserverAndReinjection: what a silent path held goes out again once, and the observers see it.
func TestObserverAndReinjection(t *testing.T) {
	n, ch, sh, cw, sw := watched(t, netConfig{seed: 1, paths: twoPaths(), server: Config{Tail: tcp.Off}})
	client, server := n.connect(0, 5_000_000)
	n.run(2 * unit.Second)
	_, s := n.conns(client, server)
	held, _ := s.Subflow(0)
	silence(n, ch, sh, 0)
	n.run(30 * unit.Second)
	i := s.Info()
	if i.BytesReinjected == 0 || i.BytesReinjected > held.TCP.InFlight+4*1420 ||
		sw.resent != i.BytesReinjected {
		t.Errorf("reinjected %d, in flight were %d, observer saw %d", i.BytesReinjected, held.TCP.InFlight,
			sw.resent)
	}
	if cw.arrived < 5_000_000 || cw.again == 0 || cw.again > i.BytesReinjected {
		t.Errorf("arrived %d, of them reinjected %d of %d", cw.arrived, cw.again, i.BytesReinjected)
	}
	if !slices.Contains(sw.subflows, "stale") || !slices.Contains(cw.subflows, "established") {
		t.Errorf("subflow changes %v, %v", cw.subflows, sw.subflows)
	}
}
