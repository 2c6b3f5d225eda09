package tcp

import (
	"fmt"
	"math"
	"testing"

	"mpsim/model/link"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// TestDCTCPQueue: long flows of DCTCP through a port that marks above K keep its queue near K and the link
// busy, and alpha is what the analysis says (Alizadeh et al. 2010 section 3.3): windows swing between
// W = (C RTT + K)/N and W+1, alpha is close to sqrt(2/W). Every segment is acknowledged: of segments that
// leave in pairs, as for delayed ACKs, the first would find the queue shorter and only half be marked.
func TestDCTCPQueue(t *testing.T) {
	for _, c := range []struct {
		rate  unit.Bitrate
		k     int
		flows int
	}{
		{1_000_000_000, 20, 2}, {10_000_000_000, 65, 2}, {10_000_000_000, 65, 1},
	} {
		t.Run(fmt.Sprintf("%d bit/s, %d flows", c.rate, c.flows), func(t *testing.T) {
			testDCTCPQueue(t, c.rate, c.k, c.flows)
		})
	}
}

func testDCTCPQueue(t *testing.T, rate unit.Bitrate, k, flows int) {
	const oneWay = 50 * unit.Microsecond
	data := link.Config{Rate: rate, Delay: oneWay, Queue: link.Queue{Packets: 1000},
		Discipline: link.Discipline{Kind: link.Threshold, Mark: link.Queue{Packets: k}}}
	c := Config{Congestion: "dctcp", ACKEvery: 1, MinRTO: 10 * unit.Millisecond}
	n := newTestNet(t, 1, data, link.Config{Rate: rate, Delay: oneWay}, c, c)
	var read int64
	err := n.sb.ListenStream(wire.Addr{}, 80, func(_ sim.Time, s *Stream) {
		(&peer{t: t, n: n, onBytes: func(_ sim.Time, x int64) { read += x }}).attach(s)
	})
	if err != nil {
		t.Fatal(err)
	}
	var senders []*peer
	for range flows {
		s, err := n.sa.DialStream(n.w.Now(), n.a.addr, n.b.addr, 80)
		if err != nil {
			t.Fatal(err)
		}
		p := &peer{t: t, n: n, toSend: 1 << 50}
		p.attach(s)
		senders = append(senders, p)
	}
	n.run(100 * unit.Millisecond) // slow start is over
	before, from := read, n.w.Now()
	var sum, most, samples, alpha float64
	for n.w.Now() < from.Add(100*unit.Millisecond) {
		n.run(10 * unit.Microsecond)
		q := float64(n.net.Queued(n.ab).Packets)
		sum, most, samples = sum+q, max(most, q), samples+1
		alpha += senders[0].s.Endpoint().Controller().(interface{ Alpha() float64 }).Alpha()
	}
	goodput := float64(read-before) * 8 / 0.1
	window := (float64(rate)*2*float64(oneWay)/1e9/8/1500 + float64(k)) / float64(flows)
	wantAlpha := math.Sqrt(2 / window)
	t.Logf("queue mean %.1f, most %.0f; goodput %.3f of the rate; alpha %.3f, analysis %.3f; %d marked",
		sum/samples, most, goodput/float64(rate), alpha/samples, wantAlpha, n.net.Counters(n.ab).Marked.Packets)
	if goodput < 0.94*float64(rate) {
		t.Errorf("goodput %.3f of the rate", goodput/float64(rate))
	}
	if mean := sum / samples; mean < 0.4*float64(k) || mean > 1.2*float64(k) {
		t.Errorf("the queue's mean is %.1f packets, K is %d", mean, k)
	}
	if limit := float64(k) + 1.5*float64(flows) + 0.5*window; most > limit {
		t.Errorf("the queue reached %.0f packets, want at most %.0f", most, limit)
	}
	if got := alpha / samples; got < 0.7*wantAlpha || got > 1.2*wantAlpha {
		t.Errorf("alpha %.3f, the analysis says %.3f", got, wantAlpha)
	}
	if d := n.net.Counters(n.ab).DroppedQueue.Packets; d != 0 {
		t.Errorf("%d packets dropped", d)
	}
}
