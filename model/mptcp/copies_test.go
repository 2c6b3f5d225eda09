package mptcp

import (
	"testing"

	"mpsim/model/mptcp/sched"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// redundant has every segment sent on all subflows that have room.
type redundant struct{ copies []int }

func (*redundant) Name() string { return "redundant" }

func (r *redundant) Pick(_ sim.Time, views []sched.View, want sched.Want) int {
	r.copies = r.copies[:0]
	best := -1
	for i, v := range views {
		if !v.Usable || v.Room <= 0 || want.Reinject && v.ID == want.From {
			continue
		}
		r.copies = append(r.copies, i)
		if best < 0 || v.SRTT < views[best].SRTT {
			best = i
		}
	}
	return best
}

func (r *redundant) Copies() []int { return r.copies }

// TestCopies: with a redundant scheduler each octet of a short message goes over both paths, and a message
// needs no retransmission where one of the paths loses it.
func TestCopies(t *testing.T) {
	paths := twoPaths()
	paths[0].loss = unit.Ratio{Num: 1, Den: 10}
	for _, copies := range []bool{false, true} {
		n, _, _ := newNet(t, netConfig{seed: 1, paths: paths})
		if copies {
			n.cs.SetSchedulers(func() sched.Scheduler { return &redundant{} })
		}
		client, server := n.connect(1000, 0) // the join waits for data
		client.keepOpen, server.keepOpen = true, true
		n.run(10 * unit.Second)
		c, s := n.conns(client, server)
		slow := 0
		for range 200 {
			before, start := server.read, n.w.Now()
			client.left = 1000
			client.notify(start, 0)
			n.run(500 * unit.Millisecond)
			if server.read != before+1000 {
				t.Fatalf("copies %v: %d octets of 1000 arrived within 0.5 s", copies, server.read-before)
			}
			if server.lastRead.Sub(start) > 60*unit.Millisecond { // the longer path takes 41 ms
				slow++
			}
		}
		i := c.Info()
		if copies && (i.BytesReinjected < 180_000 || i.BytesReinjected > 215_000) || !copies && i.BytesReinjected > 60_000 {
			t.Errorf("copies %v: %d octets were sent twice", copies, i.BytesReinjected)
		}
		if copies && slow > 0 || !copies && slow < 5 {
			t.Errorf("copies %v: %d of 200 messages needed a retransmission", copies, slow)
		}
		if got := s.Info(); got.BytesReceived != i.BytesSent {
			t.Errorf("copies %v: %d octets received, %d sent", copies, got.BytesReceived, i.BytesSent)
		}
	}
}
