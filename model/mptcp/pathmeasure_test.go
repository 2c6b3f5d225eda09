package mptcp

import (
	"testing"

	"mpsim/model/mptcp/pm"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// wakeful is a path manager that sets timers, measures, and watches timeouts.
type wakeful struct {
	watches  bool
	due      []sim.Time
	timers   []uint32
	measured []pm.Measurement
	timeouts []pm.Measurement
	unknown  bool
}

func (*wakeful) Name() string            { return "wakeful" }
func (m *wakeful) WatchesTimeouts() bool { return m.watches }

func (m *wakeful) Handle(now sim.Time, c pm.Conn, e pm.Event) {
	switch e.Kind {
	case pm.Established:
		t := c.(pm.Timers)
		t.After(300*unit.Millisecond, 7)
		t.After(100*unit.Millisecond, 3)
		t.After(-1, 1)
		t.After(100*unit.Millisecond, 3)
	case pm.TimerDue:
		m.due, m.timers = append(m.due, now), append(m.timers, e.Timer)
		f, _ := c.(pm.Measurer).Measure(0)
		m.measured = append(m.measured, f)
		_, known := c.(pm.Measurer).Measure(9)
		m.unknown = m.unknown || known
	case pm.SubflowTimeout:
		f, _ := c.(pm.Measurer).Measure(e.Subflow.ID)
		m.timeouts = append(m.timeouts, f)
	}
}

// TestManagerTimers: timers come when they are due, measurements are the endpoint's, and each retransmission
// timeout is told, with the RTO that follows, to who watches.
func TestManagerTimers(t *testing.T) {
	for _, watches := range []bool{true, false} {
		m := &wakeful{watches: watches}
		n, ch, sh := newNet(t, netConfig{seed: 1, paths: twoPaths()[:1], client: Config{PathManager: "none"}})
		n.cs.SetManagers(func() pm.Manager { return m })
		client, _ := n.connect(4_000_000, 0)
		n.run(2 * unit.Second)
		c := client.s.(*Conn)
		established := c.Info().EstablishedAt
		if len(m.due) != 4 || m.timers[0] != 1 || m.timers[1] != 3 || m.timers[2] != 3 || m.timers[3] != 7 {
			t.Fatalf("timers %v", m.timers)
		}
		for i, wait := range []unit.Duration{0, 100, 100, 300} {
			if d := m.due[i].Sub(established) - wait*unit.Millisecond; d < 0 || d > 25*unit.Millisecond {
				t.Errorf("timer %d is due %v after the connection was established", m.timers[i], m.due[i].Sub(established))
			}
		}
		f := m.measured[3]
		if f.SRTT < 20*unit.Millisecond || f.SRTT > 70*unit.Millisecond || f.RTO < f.SRTT || f.Acked < 100_000 ||
			f.Sent < f.Acked || f.Cwnd < f.InFlight || f.PacingRate < 500_000 || f.Stale || m.unknown {
			t.Errorf("measured %+v", f)
		}
		silence(n, ch, sh, 0)
		n.run(10 * unit.Second)
		info, _ := c.Subflow(0)
		if want := info.TCP.RTOs; watches && int64(len(m.timeouts)) != want || want < 3 || !watches && m.timeouts != nil {
			t.Fatalf("%d timeouts told, %d happened", len(m.timeouts), want)
		}
		for i, f := range m.timeouts {
			if f.Backoff != i+1 || i > 0 && f.RTO != 2*m.timeouts[i-1].RTO {
				t.Errorf("timeout %d: %+v", i, f)
			}
		}
	}
}
