package traffic_test

import (
	"math"
	"testing"

	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"
	"mpsim/sockapi/app/traffic"
)

func cbr(rate unit.Bitrate, on, off unit.Duration) traffic.Group {
	return traffic.Group{
		Name: "cbr", Kind: traffic.CBR, Matrix: traffic.Matrix{Kind: traffic.Fan, N: 1}, Rate: rate, Packet: 1500,
		On: on, Off: off,
	}
}

// A stream that is always on has its rate to the packet.
func TestCBRRate(t *testing.T) {
	w := star(3, 1, 1)
	g := cbr(12*unit.MbitPerSecond, 0, 0)
	g.Start, g.Stop, g.MeasureFrom = sim.Time(unit.Second), sim.Time(3*unit.Second), sim.Time(2*unit.Second)
	tf := w.add(g)
	w.run(4 * unit.Second)
	flows := tf.Flows()
	// 1000 packets a second of 1472 octets of payload. What leaves before 2 s less the way's time is measured
	// later.
	if len(flows) != 1 || flows[0].Queued != 2000*1472 || flows[0].Received != flows[0].Queued ||
		flows[0].Measured != 1000*1472 || flows[0].Started != g.Start {
		t.Errorf("%+v", flows)
	}
	if s := tf.Summary(w.Now()); s.Goodput != 1000*1472*8 || s.Flows != 1 {
		t.Errorf("%+v", s)
	}
}

// Times on and off have their means; what is sent while on is more than the link takes, and the rest is lost.
func TestCBROnOff(t *testing.T) {
	w := star(3, 1, 1)
	tf := w.add(cbr(200*unit.MbitPerSecond, 10*unit.Millisecond, 90*unit.Millisecond))
	w.run(100 * unit.Second)
	f := tf.Flows()[0]
	// On for a tenth of the time: 20 Mbit/s on average. 1000 periods: the share's standard deviation is 4.2 %.
	if share := float64(f.Queued) * 1500 / 1472 * 8 / 100 / 200e6; math.Abs(share-.1) > .013 {
		t.Errorf("on for %.4f of the time", share)
	}
	if loss := 1 - float64(f.Received)/float64(f.Queued); loss < .1 || loss > .5 {
		t.Errorf("loss %.3f at twice the link's rate", loss)
	}
}

// Two links of 100 Mbit/s, one of them disturbed by bursts, and a multipath flow over both: it gets all of
// the quiet link, and what the bursts leave of the other one (NSDI 2011: 83 of 100 Mbit/s with LIA).
func TestCBRDisturbs(t *testing.T) {
	w := star(4, 2, 2)
	from := sim.Time(2 * unit.Second)
	bulk := w.add(traffic.Group{
		Name: "bulk", Hosts: w.hosts[:2], Matrix: traffic.Matrix{Kind: traffic.Fan, N: 1}, MeasureFrom: from,
		Transport: traffic.Transport{Network: sockapi.MPTCP, Subflows: 2, Congestion: "lia"},
	})
	noise := cbr(100*unit.MbitPerSecond, 10*unit.Millisecond, 100*unit.Millisecond)
	noise.Hosts = []traffic.Host{w.hosts[2], w.hosts[bulk.Pairs()[0].To]}
	noise.Transport.Paths = traffic.FirstAddress
	noise.Matrix = traffic.Matrix{Kind: traffic.AllToAll}
	disturb := w.add(noise)
	w.run(12 * unit.Second)
	if err := bulk.Err(); err != nil || disturb.Err() != nil {
		t.Fatal(err, disturb.Err())
	}
	got := bulk.Summary(w.Now()).Goodput
	if got < 140*unit.MbitPerSecond || got > 190*unit.MbitPerSecond {
		t.Errorf("goodput %v beside bursts", got)
	}
	if d := disturb.Summary(w.Now()); d.Flows != 2 || d.Received == 0 {
		t.Errorf("%+v", d)
	}
}
