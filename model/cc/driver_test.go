package cc

import (
	"math/rand/v2"

	"mpsim/sim"
	"mpsim/sim/unit"
)

// path is one subflow of the round driver: a window of segments goes out in each round trip, the ACKs
// come back evenly spaced, and each segment may be lost.
type path struct {
	flow     Flow
	ctrl     Controller
	rtt      unit.Duration
	now      sim.Time
	lose     func(segment int64) bool
	segment  int64 // segments sent so far
	recover  int64 // losses of segments sent before this one belong to a loss already answered
	losses   int64
	lost     int64   // segments lost, those of one window counted each
	windowNs float64 // integral of the window, segments times nanoseconds, since resetMeans
	sinceNs  float64
}

func newPath(name string, rtt unit.Duration, cwnd int64) *path {
	ctrl, err := New(name)
	if err != nil {
		panic(err)
	}
	return &path{ctrl: ctrl, rtt: rtt, flow: Flow{
		Cwnd: cwnd * mss, Ssthresh: InfiniteSsthresh, MSS: mss, SRTT: rtt, MinRTT: rtt,
		CwndLimited: true, Established: true,
	}, lose: func(int64) bool { return false }}
}

const mss = 1000

// ack is one segment's ACK, or its loss, after the time in which one segment of the window leaves.
func (p *path) ack() {
	f := &p.flow
	f.Touch()
	defer f.Touch()
	gap := int64(p.rtt) * f.MSS / f.Cwnd
	p.now += sim.Time(gap)
	p.windowNs += float64(gap) * float64(f.Cwnd) / float64(f.MSS)
	p.sinceNs += float64(gap)
	p.segment++
	f.InFlight, f.FlightSize, f.LastRTT = f.Cwnd, f.Cwnd, p.rtt
	if !p.lose(p.segment) {
		p.ctrl.OnAck(p.now, f, f.MSS)
		return
	}
	p.lost++
	if p.segment <= p.recover {
		return
	}
	p.losses++
	p.recover = p.segment + f.Cwnd/f.MSS
	f.Ssthresh = p.ctrl.OnLoss(p.now, f)
	f.Cwnd = f.Ssthresh
	p.ctrl.OnRecovered(p.now, f)
}

func (p *path) run(until unit.Duration) {
	for p.now < sim.Time(until) {
		p.ack()
	}
}

func (p *path) meanSegments() float64 { return p.windowNs / p.sinceNs }
func (p *path) resetMeans()           { p.windowNs, p.sinceNs = 0, 0 }

// every loses each n-th segment.
func every(n int64) func(int64) bool { return func(s int64) bool { return s%n == 0 } }

// bernoulli loses segments independently.
func bernoulli(seed uint64, p float64) func(int64) bool {
	r := rand.New(rand.NewPCG(seed, 1))
	return func(int64) bool { return r.Float64() < p }
}

// runTogether interleaves the paths of a connection in time.
func runTogether(until unit.Duration, paths ...*path) {
	for {
		first := paths[0]
		for _, p := range paths {
			if p.now < first.now {
				first = p
			}
		}
		if first.now >= sim.Time(until) {
			return
		}
		first.ack()
	}
}

func group(paths ...*path) *Group {
	g := &Group{}
	for i, p := range paths {
		p.flow.Group, p.flow.Index = g, i
		g.Flows = append(g.Flows, &p.flow)
	}
	return g
}
