package link

import (
	"testing"

	"mpsim/sim"
	"mpsim/sim/unit"
)

// A departure due at this instant comes before an arrival, also where the arrival's event is handled first.
func TestServedDepartureComesFirst(t *testing.T) {
	for _, d := range idleDisciplines {
		w := sim.NewWorld(1)
		early := w.Component("early")
		n := NewNet(w)
		s := &sink{n: n}
		first, err := n.AddLink(Config{Name: "first"})
		noError(t, err)
		second, err := n.AddLink(Config{Name: "second", Rate: 12 * mbps1, Queue: Queue{Packets: 1}, Discipline: d})
		noError(t, err)
		route := n.AddRoute([]ID{first, second}, n.AddReceiver(s))
		for at := sim.Time(0); at < 5*ms1; at += ms1 {
			w.Call(early, at, func(now sim.Time) {
				if q := n.Queued(second); q != (Count{}) {
					t.Errorf("%v at %v: %+v queued", d.Kind, now, q)
				}
				p, _ := n.NewPacket()
				n.Send(now, p, route, 1500)
			})
		}
		w.Run(100 * ms1)
		if c := n.Counters(second); len(s.at) != 5 || c.DroppedQueue.Packets != 0 || c.PeakPackets != 1 {
			t.Errorf("%v: %d arrived, %+v", d.Kind, len(s.at), c)
		}
	}
}

// BenchmarkServed is the cost of a packet over a link of each discipline, alone and never idle.
func BenchmarkServed(b *testing.B) {
	for _, d := range []Discipline{
		{}, {Kind: Threshold, Mark: Queue{Packets: 100}}, {Kind: RED}, {Kind: CoDel}, {Kind: FQCoDel}, {Kind: PIE},
	} {
		b.Run(d.Kind.String(), func(b *testing.B) {
			x := newBench(b, Config{Rate: 12 * mbps1, Delay: unit.Millisecond, Discipline: d})
			x.route = x.AddRoute([]ID{x.link}, x.AddReceiver(&discard{n: x.Net}))
			now := sim.Time(0)
			x.send(now, 1500)
			for range b.N {
				x.send(now, 1500)
				now += ms1
				x.run(now)
			}
		})
	}
}
