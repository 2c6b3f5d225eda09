package tcp

import (
	"fmt"
	"testing"

	"mpsim/sim"
	"mpsim/sim/unit"
)

// TestThroughput compares the goodput of one flow on a link with a buffer of one bandwidth-delay
// product, after slow start, with the closed form: rate times payload octets over packet octets.
func TestThroughput(t *testing.T) {
	cases := []struct {
		rate     unit.Bitrate
		oneWay   unit.Duration
		from, to unit.Duration
	}{
		{10_000_000, 10 * unit.Millisecond, 5 * unit.Second, 25 * unit.Second},
		{10_000_000, 20 * unit.Millisecond, 5 * unit.Second, 35 * unit.Second},
		{1_000_000_000, 10 * unit.Millisecond, 5 * unit.Second, 10 * unit.Second},
		{1_000_000_000, 20 * unit.Millisecond, 5 * unit.Second, 10 * unit.Second},
	}
	for _, control := range []string{"newreno", "cubic"} {
		for _, profile := range []string{"linux", "rfc"} {
			for _, c := range cases {
				if c.rate > 100_000_000 && (testing.Short() || profile == "rfc") {
					continue
				}
				t.Run(fmt.Sprintf("%s/%s/%d/%d", control, profile, c.rate, c.oneWay), func(t *testing.T) {
					got := goodput(t, Config{Profile: profile, Congestion: control}, c.rate, c.oneWay, c.from, c.to)
					want := float64(c.rate) * 1448 / 1500
					t.Logf("goodput %.4f of the closed form", got/want)
					if got < 0.99*want || got > 1.0001*want {
						t.Errorf("goodput %.0f bit/s, want %.0f within 1%%", got, want)
					}
				})
			}
		}
	}
}

func goodput(t *testing.T, c Config, rate unit.Bitrate, oneWay, from, to unit.Duration) float64 {
	link := duplex(rate, oneWay)
	n := newTestNet(t, 1, link, link, c, c)
	a, b := n.connect(1<<50, 0)
	_ = a
	var bytes int64
	b.onBytes = func(now sim.Time, k int64) {
		if now > sim.Time(from) {
			bytes += k
		}
	}
	n.run(to)
	i := a.s.Info()
	t.Logf("cwnd %d ssthresh %d srtt %d retransmits %d recoveries %d RTOs %d rcvbuf %d", i.Cwnd, i.Ssthresh,
		i.SRTT, i.Retransmits, i.FastRecoveries, i.RTOs, b.s.RecvBuffer().Size())
	return float64(bytes) * 8 * float64(unit.Second) / float64(to-from)
}
