package traffic_test

import (
	"testing"

	"mpsim/model/link"
	"mpsim/sim/unit"
	"mpsim/sockapi/app/traffic"
)

// BenchmarkBulk is 16 endless flows over one switch: ns for each packet that a link takes, everything
// included.
func BenchmarkBulk(b *testing.B) {
	eachBench(b, func(b *testing.B, tr traffic.Transport) {
		w := star(16, 1, 1)
		w.add(traffic.Group{Name: "perm", Transport: tr})
		w.run(unit.Second)
		b.ReportAllocs()
		b.ResetTimer()
		start := hops(w)
		for hops(w)-start < int64(b.N) {
			w.Run(w.Now().Add(unit.Millisecond))
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(hops(w)-start), "ns/hop")
	})
}

// BenchmarkShort is short flows of 4000 octets over one switch: ns for each flow, from its arrival to its
// record.
func BenchmarkShort(b *testing.B) {
	eachBench(b, func(b *testing.B, tr traffic.Transport) {
		w := star(16, 1, 1)
		g := short("short", tr, 10*unit.Millisecond)
		g.Sizes = fixed(4000)
		tf := w.add(g)
		w.run(2 * unit.Second)
		b.ReportAllocs()
		b.ResetTimer()
		start := tf.Started()
		for tf.Started()-start < b.N {
			w.Run(w.Now().Add(unit.Millisecond))
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(tf.Started()-start), "ns/flow")
	})
}

func hops(w *world) (n int64) {
	for id := range w.net.NumLinks() {
		n += w.net.Counters(link.ID(id)).Accepted.Packets
	}
	return n
}

func eachBench(b *testing.B, f func(b *testing.B, tr traffic.Transport)) {
	for _, tr := range transports() {
		b.Run(tr.Network.String(), func(b *testing.B) { f(b, tr) })
	}
}
