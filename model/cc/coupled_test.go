package cc

import (
	"math"
	"testing"

	"mpsim/sim/unit"
)

// bigMSS makes the rounding of windows to octets negligible.
const bigMSS = 1_000_000

// increments lets each flow of a group of the named controller see one ACK of one segment, the others being as
// they were, and returns by how many segments its window grew.
func increments(name string, windows []float64, rtts []unit.Duration, prepare func(*Group)) []float64 {
	var grown []float64
	for i := range windows {
		var flows []*Flow
		for k, w := range windows {
			flows = append(flows, &Flow{
				Cwnd: int64(w * bigMSS), Ssthresh: bigMSS, MSS: bigMSS, SRTT: rtts[k], CwndLimited: true, Established: true,
			})
		}
		g := siblings(flows...)
		if prepare != nil {
			prepare(g)
		}
		c, err := New(name)
		if err != nil {
			panic(err)
		}
		before := flows[i].Cwnd
		c.OnAck(0, flows[i], bigMSS)
		grown = append(grown, float64(flows[i].Cwnd-before)/bigMSS)
	}
	return grown
}

// TestIncreases compares the windows' growth by one ACK with the formulas of the papers, worked out by hand.
func TestIncreases(t *testing.T) {
	const ms = unit.Millisecond
	same, two := []unit.Duration{50 * ms, 50 * ms}, []unit.Duration{20 * ms, 100 * ms}
	best := func(octets ...int64) func(*Group) {
		return func(g *Group) {
			for i, o := range octets {
				g.interval(g.Flows[i]).between = o * 1000 * bigMSS
			}
		}
	}
	for _, c := range []struct {
		name, what string
		windows    []float64
		rtts       []unit.Duration
		prepare    func(*Group)
		want       []float64
	}{
		{"ewtcp", "1/(n^2 w)", []float64{10, 20}, same, nil, []float64{1.0 / 40, 1.0 / 80}},
		{"coupled", "1/w_total", []float64{10, 20}, two, nil, []float64{1.0 / 30, 1.0 / 30}},
		{"balia", "equal paths", []float64{10, 10}, same, nil, []float64{0.025, 0.025}},
		// x = 500 and 200 a second, alpha = 1 and 2.5.
		{"balia", "unequal paths", []float64{10, 20}, two, nil,
			[]float64{0.1 * 25 / 49, 0.05 * 4 / 49 * 1.75 * 1.3}},
		{"olia", "equal paths", []float64{10, 10}, same, nil, []float64{0.025, 0.025}},
		{"olia", "the best path has the small window", []float64{10, 20}, same, best(100, 50),
			[]float64{0.1 * (1.0/9 + 0.5), 0.05 * (4.0/9 - 0.5)}},
		{"olia", "the best path has the large window", []float64{10, 20}, same, best(50, 100),
			[]float64{0.1 / 9, 0.05 * 4 / 9}},
		{"olia", "quality counts the round trip squared", []float64{10, 20}, two, best(100, 2400),
			[]float64{0.1 * (25.0/49 + 0.5), 0.05 * (4.0/49 - 0.5)}},
		{"olia", "three paths, two largest", []float64{10, 20, 20}, append(same, 50*ms), best(9, 1, 1),
			[]float64{0.1 * (1.0/25 + 1.0/3), 0.05 * (4.0/25 - 1.0/6), 0.05 * (4.0/25 - 1.0/6)}},
	} {
		for i, got := range increments(c.name, c.windows, c.rtts, c.prepare) {
			if math.Abs(got-c.want[i]) > 3e-6 {
				t.Errorf("%s, %s: path %d grows by %.6f, want %.6f", c.name, c.what, i, got, c.want[i])
			}
		}
	}
}

// TestDecreases: what a loss takes.
func TestDecreases(t *testing.T) {
	const ms = unit.Millisecond
	for _, c := range []struct {
		name    string
		windows [2]int64
		rtts    [2]unit.Duration
		want    [2]int64
	}{
		{"ewtcp", [2]int64{10, 20}, [2]unit.Duration{50 * ms, 50 * ms}, [2]int64{5, 10}},
		{"olia", [2]int64{10, 20}, [2]unit.Duration{50 * ms, 50 * ms}, [2]int64{5, 10}},
		{"coupled", [2]int64{10, 40}, [2]unit.Duration{50 * ms, 50 * ms}, [2]int64{2, 15}}, // less 25, at least 2
		{"balia", [2]int64{16, 20}, [2]unit.Duration{50 * ms, 50 * ms}, [2]int64{6, 10}},   // alpha 1.25 and 1
		{"balia", [2]int64{16, 80}, [2]unit.Duration{50 * ms, 50 * ms}, [2]int64{4, 40}},   // at most 1.5
	} {
		for i := range c.windows {
			g := siblings(member(c.windows[0], c.rtts[0]), member(c.windows[1], c.rtts[1]))
			ctrl, _ := New(c.name)
			if got := ctrl.OnLoss(0, g.Flows[i]); got != c.want[i]*mss {
				t.Errorf("%s: path %d of windows %v is left with %d, want %d segments", c.name, i, c.windows, got,
					c.want[i])
			}
		}
	}
}

// TestAloneIsReno: without siblings each of them is one TCP.
func TestAloneIsReno(t *testing.T) {
	for _, name := range []string{"balia", "coupled", "dctcp", "ewtcp", "olia"} {
		p := newPath(name, 50*unit.Millisecond, 10)
		group(p)
		p.lose = every(1000)
		p.run(20 * unit.Second)
		p.resetMeans()
		p.run(600 * unit.Second)
		within(t, name, p.meanSegments(), math.Sqrt(1500), 0.04)
	}
}

// triangle is three links and three connections; each has a path over one link and another over the two other
// ones (Wischik et al., NSDI 2011, section 2.2). Windows follow their expectation: a link loses a part that
// rises steeply with its load.
type triangle struct {
	flows [3][2]*Flow
	ctrl  [3][2]Controller
}

const (
	triangleRTT  = 100 * unit.Millisecond
	triangleLink = 2000.0 // segments a second
)

func newTriangle(name string) *triangle {
	x := &triangle{}
	for i := range x.flows {
		for k := range x.flows[i] {
			x.flows[i][k] = &Flow{
				Cwnd: 50 * bigMSS, Ssthresh: bigMSS, MSS: bigMSS, SRTT: triangleRTT, CwndLimited: true, Established: true,
			}
			x.ctrl[i][k], _ = New(name)
		}
		siblings(x.flows[i][:]...)
	}
	return x
}

// rate is in segments a second.
func (x *triangle) rate(i, k int) float64 {
	return float64(x.flows[i][k].Cwnd) / bigMSS / seconds(triangleRTT)
}

func (x *triangle) step() {
	var loss [3]float64
	for link := range loss {
		load := x.rate(link, 0) + x.rate((link+1)%3, 1) + x.rate((link+2)%3, 1)
		loss[link] = 1e-3 * math.Pow(load/triangleLink, 20)
	}
	for i := range x.flows {
		for k, f := range x.flows[i] {
			p := loss[i]
			if k == 1 {
				p = loss[(i+1)%3] + loss[(i+2)%3]
			}
			f.Touch()
			x.ctrl[i][k].OnAck(0, f, f.MSS)
			f.FlightSize = f.Cwnd
			left := x.ctrl[i][k].OnLoss(0, f)
			f.Cwnd -= int64(math.Min(p, 1) * float64(f.Cwnd-left))
			f.Touch()
		}
	}
}

// TestTriangle: how much each of them uses the path that takes twice the resources. Of 12 Mbit/s links the paper
// has 5 + 3.5 for EWTCP and, further towards the short paths, what became LIA.
func TestTriangle(t *testing.T) {
	for _, c := range []struct {
		name        string
		least, most float64 // long path's rate over the short one's
	}{
		{"ewtcp", 0.69, 0.72}, // sqrt(1/2): twice the loss
		{"lia", 0.45, 0.55},   // 1/2
		{"balia", 0.2, 0.45},
	} {
		x := newTriangle(c.name)
		for range 200_000 {
			x.step()
		}
		short, long := x.rate(0, 0), x.rate(0, 1)
		t.Logf("%s: %.0f + %.0f segments a second", c.name, short, long)
		if long/short < c.least || long/short > c.most {
			t.Errorf("%s: long over short path %.3f, want %.2f to %.2f", c.name, long/short, c.least, c.most)
		}
	}
}

// TestTheBadPathIsLeft: beside a path with little loss OLIA and COUPLED send hardly more than probes over a bad
// one, where LIA keeps more (CoNEXT 2012, section 4; NSDI 2011, section 2.3).
func TestTheBadPathIsLeft(t *testing.T) {
	share := func(name string) (bad, alone float64) {
		good, lossy := newPath(name, 50*unit.Millisecond, 10), newPath(name, 50*unit.Millisecond, 10)
		group(good, lossy)
		good.lose, lossy.lose = bernoulli(1, 2e-4), bernoulli(2, 8e-4)
		runTogether(100*unit.Second, good, lossy)
		good.resetMeans()
		lossy.resetMeans()
		runTogether(2000*unit.Second, good, lossy)
		return lossy.meanSegments(), good.meanSegments()
	}
	liaBad, liaGood := share("lia")
	for _, name := range []string{"olia", "coupled"} {
		bad, good := share(name)
		t.Logf("%s %.1f + %.1f, LIA %.1f + %.1f segments", name, good, bad, liaGood, liaBad)
		if bad > 0.75*liaBad || good < liaGood {
			t.Errorf("%s has %.1f + %.1f segments on the good and the bad path, LIA %.1f + %.1f",
				name, good, bad, liaGood, liaBad)
		}
	}
}

// TestOneBottleneck: two subflows that meet the same losses, as on one bottleneck, together take about what one
// TCP takes there; two uncoupled ones take twice as much.
func TestOneBottleneck(t *testing.T) {
	const loss = 1e-3
	alone := newPath("newreno", 50*unit.Millisecond, 10)
	alone.lose = bernoulli(1, loss)
	alone.run(1500 * unit.Second)
	one := alone.meanSegments()
	for _, c := range []struct {
		name        string
		least, most float64
	}{
		{"newreno", 1.9, 2.1}, {"ewtcp", 0.95, 1.05}, {"lia", 0.85, 1.15}, {"balia", 0.85, 1.15},
		{"olia", 0.85, 1.15}, {"coupled", 0.85, 1.15},
	} {
		a, b := newPath(c.name, 50*unit.Millisecond, 10), newPath(c.name, 50*unit.Millisecond, 10)
		group(a, b)
		a.lose, b.lose = bernoulli(2, loss), bernoulli(3, loss)
		runTogether(1500*unit.Second, a, b)
		sum := (a.meanSegments() + b.meanSegments()) / one
		t.Logf("%s: %.3f of one TCP, %.2f on the first path", c.name, sum, a.meanSegments()/one/sum)
		if sum < c.least || sum > c.most {
			t.Errorf("%s: %.3f of one TCP, want %.2f to %.2f", c.name, sum, c.least, c.most)
		}
	}
}
