package script

import (
	"os"
	"path/filepath"
	"testing"

	"mpsim/model/cc"
	"mpsim/model/mptcp/pm"
	"mpsim/model/mptcp/sched"
)

// FuzzPlug: no text makes a plug-in panic, whatever it is used as, and what it picks can be sent on.
func FuzzPlug(f *testing.F) {
	files, err := filepath.Glob("testdata/plug/*.star")
	if err != nil || len(files) == 0 {
		f.Fatal(files, err)
	}
	for _, name := range files {
		src, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(src))
	}
	f.Add("def pick(s, w):\n    return [s, w.candidates, -1, None, 1 << 70, s[0].state]\n")
	f.Add("def on_event(c, e):\n    c.state[e] = c\n    c.after(ms(1), c.state)\n    return c.open(c.locals[0], c.remotes)\n")
	f.Add("def on_ack(f, n):\n    f.state[f] = f\n    f.cwnd = -n\ndef on_loss(f):\n    return f.siblings\n")
	f.Fuzz(func(t *testing.T, src string) {
		prog, err := Compile("f.star", []byte(src))
		if err != nil {
			return
		}
		c := PlugConfig{Limits: Limits{StepsAtOnce: 2000}, Args: []Arg{{Name: "factor", Value: 2}}}
		if factory, err := Scheduler(prog, c); err == nil {
			fuzzPicks(t, factory())
		}
		if factory, err := Manager(prog, c); err == nil {
			m, p := factory(), phone()
			for _, kind := range []pm.EventKind{pm.Created, pm.Established, pm.SubflowTimeout, pm.TimerDue, pm.Closed} {
				m.Handle(at, p, pm.Event{Kind: kind, Subflow: p.subflows[0], Local: p.locals[1]})
			}
		}
		if factory, err := Controller(prog, c); err == nil {
			x, y := &cc.Flow{MSS: 1000, Cwnd: 10_000, Ssthresh: cc.InfiniteSsthresh}, &cc.Flow{MSS: 1000, Cwnd: 10_000}
			for range 2 {
				ctrl := pair(factory, x, y)
				ctrl[0].OnAck(at, x, 1000)
				ctrl[1].OnAck(at, y, 1000)
				if n := ctrl[0].OnLoss(at, x); n < 2000 {
					t.Fatalf("ssthresh %d after a loss", n)
				}
				ctrl[0].OnRTO(at, x)
				ctrl[0].OnRecovered(at, x)
				ctrl[0].OnUndo(at, x)
				ctrl[0].OnIdle(at, x)
				if x.Cwnd < 1 || y.Cwnd < 1 || x.Cwnd > maxWindow {
					t.Fatalf("windows %d, %d", x.Cwnd, y.Cwnd)
				}
			}
		}
	})
}

func fuzzPicks(t *testing.T, s sched.Scheduler) {
	views := []sched.View{view(0, 30*ms, 1000), {ID: 1}, view(2, 20*ms, 0), view(3, 0, 500)}
	for i := range 3 {
		n := s.Pick(at, views[i:], sched.Want{Unsent: 5000, SendWindow: 1000, Reinject: i == 1, From: 3})
		if n >= 0 && (!views[i:][n].Usable || views[i:][n].Room <= 0) {
			t.Fatalf("picked %+v", views[i:][n])
		}
		for _, j := range s.(sched.Copier).Copies() {
			if j == n || !views[i:][j].Usable {
				t.Fatalf("copies on %d beside %d", j, n)
			}
		}
	}
}
