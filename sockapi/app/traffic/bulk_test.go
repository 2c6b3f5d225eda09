package traffic_test

import (
	"testing"

	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"
	"mpsim/sockapi/app/traffic"
)

// In a permutation over one switch no two flows meet: each fills its host's link.
func TestBulkPermutation(t *testing.T) {
	each(t, func(t *testing.T, tr traffic.Transport) {
		w := star(6, 1, 1)
		g := w.add(traffic.Group{
			Name: "perm", Transport: tr, Jitter: 10 * unit.Millisecond, Stop: sim.Time(unit.Second),
			MeasureFrom: sim.Time(500 * unit.Millisecond),
		})
		w.run(10 * unit.Second)
		flows := g.Flows()
		if err := g.Err(); err != nil || len(flows) != 6 {
			t.Fatalf("%d flows: %v", len(flows), err)
		}
		for i, f := range flows {
			subflows := max(tr.Subflows, 1)
			if f.Failed || f.Received != f.Queued || f.Ended == sim.Never || f.Subflows != subflows {
				t.Errorf("flow %d: %+v", i, f)
			}
			if f.Started < 0 || f.Started >= sim.Time(10*unit.Millisecond) || f.Connected < f.Started.Add(4*oneWay) {
				t.Errorf("flow %d: started %v, connected %v", i, f.Started, f.Connected)
			}
			// 100 Mbit/s for half a second less headers.
			if f.Measured < 5_000_000 || f.Measured > 6_250_000 {
				t.Errorf("flow %d: %d octets measured", i, f.Measured)
			}
		}
	})
}

// A flow of a size carries that many octets, and its connection goes.
func TestBulkBytes(t *testing.T) {
	each(t, func(t *testing.T, tr traffic.Transport) {
		w := star(4, 1, 2)
		g := w.add(traffic.Group{Name: "perm", Transport: tr, Bytes: 1_000_000})
		w.run(20 * unit.Second)
		for i, f := range g.Flows() {
			if !f.Completed() || f.Received != 1_000_000 {
				t.Errorf("flow %d: %+v", i, f)
			}
		}
		if err := g.Err(); err != nil {
			t.Error(err)
		}
		for _, h := range w.hosts {
			n := 0
			for e := range h.API.TCP().EachEndpoint {
				n++
				t.Logf("endpoint %v", e.State())
			}
			for range h.API.MPTCP().EachConn {
				n++
			}
			if n > 0 || len(h.API.PlainConns()) > 0 {
				t.Errorf("host %s: %d endpoints and connections are left", h.API.Name(), n)
			}
		}
	})
}

// Subflows go over all interfaces when told so, over the first ones when not.
func TestBulkInterfaces(t *testing.T) {
	for _, paths := range []traffic.Paths{traffic.Spread, traffic.FirstAddress} {
		w := star(4, 2, 3)
		g := w.add(traffic.Group{
			Name: "perm", MeasureFrom: sim.Time(2 * unit.Second),
			Transport: traffic.Transport{Network: sockapi.MPTCP, Subflows: 4, Congestion: "lia", Paths: paths},
		})
		w.run(3 * unit.Second)
		for i, f := range g.Flows() {
			links := int64(2)
			if paths == traffic.FirstAddress {
				links = 1
			}
			if got := f.Measured * 8; got < links*70_000_000 || got > links*100_000_000 || f.Subflows != 4 {
				t.Errorf("%v: flow %d received %d bits over %d subflows", paths, i, got, f.Subflows)
			}
		}
		if err := g.Err(); err != nil {
			t.Error(err)
		}
	}
}
