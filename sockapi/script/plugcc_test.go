package script

import (
	"testing"

	"pgregory.net/rapid"

	"mpsim/model/cc"
	"mpsim/sim"
	"mpsim/sim/unit"
)

func controllers(t testing.TB, p *Program, args ...Arg) func() cc.Controller {
	t.Helper()
	f, err := Controller(p, PlugConfig{Args: args, Error: func(err *Error) { t.Fatal(err.Backtrace()) }})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// happen draws one event of a flow and applies it as an endpoint does.
func happen(t *rapid.T, now sim.Time, kind int, acked int64, flows []*cc.Flow, ctrl []cc.Controller) {
	for i, f := range flows {
		c := ctrl[i]
		f.InFlight = f.Cwnd / 2
		f.FlightSize = f.Cwnd * 3 / 4
		switch kind {
		case 0:
			f.Ssthresh = c.OnLoss(now, f)
			f.Cwnd = f.Ssthresh
			f.InRecovery = true
		case 1:
			f.Ssthresh = c.OnRTO(now, f)
			f.Cwnd, f.InRecovery = f.MSS, false
		case 2:
			f.InRecovery = false
			c.OnRecovered(now, f)
		case 3:
			c.OnUndo(now, f)
		case 4:
			c.OnIdle(now, f)
		default:
			c.OnAck(now, f, acked)
		}
	}
	if a, b := flows[0], flows[1]; a.Cwnd != b.Cwnd || a.Ssthresh != b.Ssthresh {
		t.Fatalf("after event %d of %d octets: the script has cwnd %d, ssthresh %d; package cc %d, %d", kind, acked,
			a.Cwnd, a.Ssthresh, b.Cwnd, b.Ssthresh)
	}
}

// TestPlugNewReno: NewReno as a script has the windows of that in Go, after each of a sequence of events.
func TestPlugNewReno(t *testing.T) {
	factory := controllers(t, shipped(t, "newreno"))
	rapid.Check(t, func(t *rapid.T) {
		var flows []*cc.Flow
		start := cc.Flow{
			MSS: 1460, Cwnd: 14600,
			Ssthresh:    rapid.SampledFrom([]int64{cc.InfiniteSsthresh, 14600, 40000}).Draw(t, "ssthresh"),
			InitialCwnd: rapid.SampledFrom([]int64{0, 4380}).Draw(t, "initial"), Established: true, SRTT: 20 * ms,
		}
		for range 2 {
			f := start
			flows = append(flows, &f)
		}
		builtIn, _ := cc.New("newreno")
		ctrl := []cc.Controller{factory(), builtIn}
		for i := range rapid.IntRange(1, 200).Draw(t, "events") {
			limited := rapid.IntRange(0, 5).Draw(t, "limited") > 0
			flows[0].CwndLimited, flows[1].CwndLimited = limited, limited
			kind := rapid.IntRange(0, 30).Draw(t, "event")
			happen(t, sim.Time(i), kind, rapid.Int64Range(0, 6*1460).Draw(t, "acked"), flows, ctrl)
		}
	})
}

// TestPlugNewRenoWithoutHooks: what a script leaves out is NewReno's.
func TestPlugNewRenoWithoutHooks(t *testing.T) {
	factory := controllers(t, compiled(t, "none.star", `
def on_ack(f, acked):
    pass
`))
	rapid.Check(t, func(t *rapid.T) {
		a := &cc.Flow{MSS: 1000, Cwnd: 50_000, Ssthresh: 90_000, Established: true}
		b := &cc.Flow{MSS: 1000, Cwnd: 50_000, Ssthresh: 90_000, Established: true}
		builtIn, _ := cc.New("newreno")
		ctrl := []cc.Controller{factory(), builtIn}
		for i := range 20 {
			happen(t, sim.Time(i), rapid.IntRange(0, 4).Draw(t, "event"), 0, []*cc.Flow{a, b}, ctrl)
		}
	})
}

// pair is a connection of flows under one script.
func pair(factory func() cc.Controller, flows ...*cc.Flow) []cc.Controller {
	g := &cc.Group{Flows: flows}
	var ctrl []cc.Controller
	for i, f := range flows {
		f.Group, f.Index, f.Established, f.CwndLimited = g, i, true, true
		ctrl = append(ctrl, factory())
	}
	return ctrl
}

// TestPlugLIA: LIA as a script grows as that in Go does; alpha is computed more often, so not to the octet.
func TestPlugLIA(t *testing.T) {
	var sums [2]int64
	for i, factory := range []func() cc.Controller{
		controllers(t, shipped(t, "lia")),
		func() cc.Controller { c, _ := cc.New("lia"); return c },
	} {
		a := &cc.Flow{MSS: 1000, Cwnd: 20_000, Ssthresh: 10_000, SRTT: 20 * ms}
		b := &cc.Flow{MSS: 1000, Cwnd: 40_000, Ssthresh: 10_000, SRTT: 80 * ms}
		ctrl := pair(factory, a, b)
		for n := range 4000 {
			f, c := a, ctrl[0]
			if n%3 == 2 {
				f, c = b, ctrl[1]
			}
			f.Touch()
			c.OnAck(sim.Time(n), f, 1000)
			f.Touch()
		}
		sums[i] = a.Cwnd + b.Cwnd
	}
	if d := sums[0] - sums[1]; d > 1000 || d < -1000 || sums[0] < 65_000 {
		t.Errorf("windows of the script %d, of package cc %d octets", sums[0], sums[1])
	}
}

// TestPlugVegas: the window stays where 2 to 4 segments queue.
func TestPlugVegas(t *testing.T) {
	c := controllers(t, shipped(t, "vegas"))()
	const base, capacity = 50 * ms, 100_000 // octets that fit the path without a queue
	f := &cc.Flow{MSS: 1000, Cwnd: 10_000, Ssthresh: cc.InfiniteSsthresh, CwndLimited: true, Established: true,
		MinRTT: base}
	for n := range 50_000 {
		f.LastRTT = max(base, base*unit.Duration(f.Cwnd)/capacity)
		f.SRTT = f.LastRTT
		c.OnAck(sim.Time(n), f, 1000)
	}
	if f.Cwnd < 101_000 || f.Cwnd > 106_000 {
		t.Errorf("window %d octets on a path of %d", f.Cwnd, capacity)
	}
}

// TestPlugSiblings: flows of a connection see each other and each other's state, and only those that may
// carry data.
func TestPlugSiblings(t *testing.T) {
	factory := controllers(t, compiled(t, "s.star", `
def on_ack(f, acked):
    f.state["count"] = f.state.get("count", 0) + 1
    total = f.state["count"]
    for g in f.siblings:
        total += g.state.get("count", 0)
    f.cwnd = total * f.mss + len(f.siblings)
`))
	a, b, d := &cc.Flow{MSS: 1000, Cwnd: 1}, &cc.Flow{MSS: 1000, Cwnd: 1}, &cc.Flow{MSS: 1000, Cwnd: 1}
	ctrl := pair(factory, a, b, d)
	d.Established = false
	ctrl[0].OnAck(0, a, 1)
	ctrl[1].OnAck(0, b, 1)
	ctrl[0].OnAck(0, a, 1)
	if a.Cwnd != 3001 || b.Cwnd != 2001 {
		t.Errorf("windows %d, %d", a.Cwnd, b.Cwnd)
	}
	d.Established = true
	ctrl[1].OnAck(0, b, 1)
	if b.Cwnd != 4002 {
		t.Errorf("window %d", b.Cwnd)
	}
	next := factory() // the endpoint is another subflow's of the connection
	next.OnAck(0, b, 1)
	if b.Cwnd != 3002 {
		t.Errorf("window of a new subflow %d", b.Cwnd)
	}
	again := pair(factory, a) // the endpoint is another connection's now
	again[0].OnAck(0, a, 1)
	if a.Cwnd != 1000 {
		t.Errorf("window of a new connection %d", a.Cwnd)
	}
}

func BenchmarkOnAck(b *testing.B) {
	for _, name := range []string{"newreno", "lia", "vegas"} {
		b.Run(name, func(b *testing.B) {
			x := &cc.Flow{MSS: 1000, Cwnd: 100_000, Ssthresh: 50_000, SRTT: 20 * ms, MinRTT: 10 * ms, LastRTT: 20 * ms}
			y := *x
			ctrl := pair(controllers(b, shipped(b, name)), x, &y)
			b.ReportAllocs()
			for b.Loop() {
				ctrl[0].OnAck(0, x, 1000)
				x.Cwnd = 100_000
			}
		})
	}
}
