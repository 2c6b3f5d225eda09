package tcp

import (
	"testing"

	"mpsim/model/link"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// TestSmallQueues: a first slow start overflows the queue of the sender's own interface, unless small queues keep
// the packets in the socket; the link is full either way, and little waits in its queue.
func TestSmallQueues(t *testing.T) {
	const rate = 1_000_000_000
	for _, limit := range []unit.Duration{0, unit.Millisecond, 10 * unit.Microsecond} {
		data := link.Config{Rate: rate, Delay: 100 * unit.Microsecond, Queue: link.Queue{Packets: 500}}
		c := Config{Congestion: "newreno", SmallQueues: limit}
		n := newTestNet(t, 1, data, data, c, c)
		_, b := n.connect(1<<50, 0)
		from := sim.Time(20 * unit.Millisecond)
		var octets int64
		b.onBytes = func(now sim.Time, k int64) {
			if now >= from {
				octets += k
			}
		}
		n.run(120 * unit.Millisecond)
		k := n.net.Counters(n.ab)
		use := float64(octets) * 8 / 0.1 / rate * 1500 / 1448
		t.Logf("limit %v: peak of %d packets, %d dropped, %.3f of the rate", limit, k.PeakPackets,
			k.DroppedQueue.Packets, use)
		if limit == 0 {
			if k.DroppedQueue.Packets == 0 {
				t.Error("nothing was dropped without small queues: the test shows nothing")
			}
			continue
		}
		// What may wait is the limit's octets, rounded down to segments of fewer octets, or two segments.
		most := max(int(limit)*rate/8/int(unit.Second)/1448+1, 2)
		if k.DroppedQueue.Packets != 0 || k.PeakPackets > most {
			t.Errorf("limit %v: peak of %d packets, want at most %d; %d dropped", limit, k.PeakPackets, most,
				k.DroppedQueue.Packets)
		}
		if limit == unit.Millisecond && use < 0.99 {
			t.Errorf("limit %v: %.3f of the rate", limit, use)
		}
	}
}
