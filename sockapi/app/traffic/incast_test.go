package traffic_test

import (
	"testing"

	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"
	"mpsim/sockapi/app/traffic"
)

func incast(tr traffic.Transport, senders int, bytes int64, rounds int) traffic.Group {
	return traffic.Group{
		Name: "incast", Kind: traffic.Incast, Matrix: traffic.Matrix{Kind: traffic.Fan, N: senders}, Transport: tr,
		Bytes: bytes, Limit: rounds, Pause: 5 * unit.Millisecond,
	}
}

// Each round takes as long as the receiver's link needs for all answers, and a little more; the next one
// begins after the pause; the connections go in the end.
func TestIncastRounds(t *testing.T) {
	each(t, func(t *testing.T, tr traffic.Transport) {
		const senders, bytes, rounds = 5, 20000, 20
		w := star(8, 1, 1)
		g := w.add(incast(tr, senders, bytes, rounds))
		w.run(10 * unit.Second)
		if err := g.Err(); err != nil {
			t.Fatal(err)
		}
		flows, list := g.Flows(), g.Rounds()
		if len(flows) != senders*rounds || len(list) != rounds {
			t.Fatalf("%d answers in %d rounds", len(flows), len(list))
		}
		// 100000 octets in 70 packets at 100 Mbit/s.
		least := 100000 * 8 * 10 * unit.Nanosecond
		for i, r := range list {
			if d := r.Finished.Sub(r.Started); d < least || d > least+3*unit.Millisecond {
				t.Errorf("round %d took %v, want at least %v", i, d, least)
			}
			if i > 0 && r.Started != list[i-1].Finished.Add(5*unit.Millisecond) {
				t.Errorf("round %d started at %v, the one before ended at %v", i, r.Started, list[i-1].Finished)
			}
			for _, f := range flows[i*senders : (i+1)*senders] {
				if !f.Completed() || f.Received != bytes || f.Started != r.Started ||
					f.Last > r.Finished || f.To != r.Host {
					t.Errorf("round %d: %+v", i, f)
				}
			}
		}
		if s := g.Summary(w.Now()); s.Rounds.N != rounds || s.Completed != senders*rounds ||
			s.Received != 2_000_000 {
			t.Errorf("%+v", s)
		}
		for _, h := range w.hosts {
			for e := range h.API.TCP().EachEndpoint {
				t.Errorf("host %s: an endpoint in state %v is left", h.API.Name(), e.State())
			}
		}
	})
}

// Many senders overrun the switch's buffer: rounds then wait for timeouts, which is what incast is known for.
func TestIncastCollapse(t *testing.T) {
	longest := func(senders int) unit.Duration {
		w := star(41, 1, 1)
		g := incast(traffic.Transport{Network: sockapi.TCP, Congestion: "newreno"}, senders, 10000, 10)
		tf := w.add(g)
		w.run(30 * unit.Second)
		if err := tf.Err(); err != nil {
			t.Fatal(err)
		}
		s := tf.Summary(w.Now())
		if s.Rounds.N != 10 {
			t.Fatalf("%d senders: %d rounds", senders, s.Rounds.N)
		}
		return s.Rounds.Max
	}
	few, many := longest(4), longest(40)
	if few > 10*unit.Millisecond || many < 200*unit.Millisecond {
		t.Errorf("4 senders: longest round %v; 40 senders: %v", few, many)
	}
}

// Without a number of rounds they go on until Stop, which ends the connections.
func TestIncastStop(t *testing.T) {
	w := star(4, 1, 1)
	g := incast(traffic.Transport{Network: sockapi.TCP}, 3, 10000, 0)
	g.Start, g.Stop = sim.Time(unit.Second), sim.Time(2*unit.Second)
	tf := w.add(g)
	w.run(10 * unit.Second)
	list := tf.Rounds()
	if err := tf.Err(); err != nil || len(list) < 50 {
		t.Fatalf("%d rounds: %v", len(list), err)
	}
	if first, last := list[0], list[len(list)-1]; first.Started < g.Start || last.Started >= g.Stop ||
		last.Finished == sim.Never {
		t.Errorf("first round %+v, last %+v", first, last)
	}
	for _, h := range w.hosts {
		for e := range h.API.TCP().EachEndpoint {
			t.Errorf("host %s: an endpoint in state %v is left", h.API.Name(), e.State())
		}
	}
}
