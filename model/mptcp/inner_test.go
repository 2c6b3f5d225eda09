package mptcp

import (
	"strings"
	"testing"

	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// Options of one subflow's endpoint must not touch the others.

// TestUserTimeoutOfSubflow: the subflow whose path goes silent ends after its own user timeout, with
// ETIMEDOUT and a RST, and what it carried arrives over the other one; that one, without timeout, would try
// for minutes.
func TestUserTimeoutOfSubflow(t *testing.T) {
	for _, limit := range []unit.Duration{500 * unit.Millisecond, 3 * unit.Second} {
		k := control(t, netConfig{seed: 1}, 30_000_000, 0)
		id := k.open(1)
		k.c.Endpoint(id).SetUserTimeout(k.w.Now(), limit)
		ch, sh := k.hosts()
		silence(k.testNet, ch, sh, 1)
		start := k.w.Now()
		k.run(20 * unit.Second)
		i, _ := k.c.Subflow(id)
		if took := i.Closed.Sub(start); i.Cause != CauseTimeout || took < limit || took > limit+500*unit.Millisecond {
			t.Errorf("limit %v: closed after %v: %v (%s)", limit, took, i.Cause, i.Reason)
		}
		if o, _ := k.c.Subflow(0); !o.Attached {
			t.Error("the other subflow has closed, too")
		}
		k.run(30 * unit.Second)
		if k.server.read != 30_000_000 {
			t.Errorf("limit %v: %d octets", limit, k.server.read)
		}
	}
}

// hosts returns what stands between the stacks and the network.
func (k *controlled) hosts() (client, server *tapped) {
	return k.ct.Host().(*tapped), k.st.Host().(*tapped)
}

// TestKeepaliveOfSubflow: a translator forgets an idle subflow without telling anybody. The subflow that
// probes finds out; without probes nobody does.
func TestKeepaliveOfSubflow(t *testing.T) {
	for _, x := range []struct {
		name     string
		probe    bool
		limit    unit.Duration
		from, to unit.Duration // when it closes, after the path went silent
	}{
		{"probes", true, 0, 22 * unit.Second, 24 * unit.Second}, // 10 s idle, 3 probes 4 s apart, 4 s
		{"user timeout", true, 15 * unit.Second, 18 * unit.Second, 19 * unit.Second},
		{"nothing", false, 0, 0, 0},
	} {
		t.Run(x.name, func(t *testing.T) {
			k := control(t, netConfig{seed: 1}, 1000, 0)
			id := k.open(1)
			if x.probe {
				k.c.Endpoint(id).SetKeepalive(k.w.Now(), true, 10*unit.Second, 4*unit.Second, 3)
				k.c.Endpoint(id).SetUserTimeout(k.w.Now(), x.limit)
			}
			k.run(20 * unit.Second) // probes are answered
			ch, sh := k.hosts()
			silence(k.testNet, ch, sh, 1)
			start := k.w.Now()
			k.run(60 * unit.Second)
			i, _ := k.c.Subflow(id)
			if !x.probe {
				if !i.Attached {
					t.Errorf("closed: %s", i.Reason)
				}
				return
			}
			if took := i.Closed.Sub(start); i.Cause != CauseTimeout || took < x.from-10*unit.Second || took > x.to {
				t.Errorf("closed after %v: %v (%s)", took, i.Cause, i.Reason)
			}
			o, _ := k.c.Subflow(0)
			if !o.Attached || o.TCP.KeepaliveProbes != 0 || i.TCP.KeepaliveProbes < 3 {
				t.Errorf("probes: %d on the subflow, %d on the other", i.TCP.KeepaliveProbes, o.TCP.KeepaliveProbes)
			}
		})
	}
}

// TestMarksOfSubflow: TOS and TTL of one subflow are on all of its packets from then on, and on no others'.
func TestMarksOfSubflow(t *testing.T) {
	k := control(t, netConfig{seed: 1}, 200_000, 0)
	id := k.open(1)
	k.c.Endpoint(id).SetTOS(0xb8)
	k.c.Endpoint(id).SetTTL(7)
	n := [2]int{}
	k.taps = append(k.taps, func(_ sim.Time, seg *wire.Segment, fromClient bool) {
		if !fromClient {
			return
		}
		marked := seg.TOS&^3 == 0xb8 && seg.TTL == 7
		own := seg.Src == k.address(1)
		if marked != own {
			t.Errorf("segment of %v has TOS %#x, TTL %d", seg.Src.Netip(), seg.TOS, seg.TTL)
		}
		if own {
			n[1]++
		} else {
			n[0]++
		}
	})
	k.client.left = 400_000
	k.client.write(k.w.Now())
	k.run(2 * unit.Second)
	if n[0] < 20 || n[1] < 20 {
		t.Errorf("segments: %v", n)
	}
}

// TestPrepareSubflow: options that are on the SYN, and those of the attempt itself.
func TestPrepareSubflow(t *testing.T) {
	k := control(t, netConfig{seed: 1}, 1000, 0)
	ch, sh := k.hosts()
	silence(k.testNet, ch, sh, 1)
	var syns []wire.Segment
	k.taps = append(k.taps, func(_ sim.Time, seg *wire.Segment, _ bool) {
		if seg.Flags&wire.SYN != 0 {
			syns = append(syns, *seg)
		}
	})
	id := must(k.c.OpenSubflow(k.w.Now(), SubflowRequest{Local: k.address(1), Interface: -1,
		Prepare: func(e *tcp.Endpoint) {
			e.SetTOS(0x28)
			must(0, e.SetMaxSeg(1000))
			e.SetUserTimeout(k.w.Now(), 4*unit.Second)
		}}))
	k.run(10 * unit.Second)
	if len(syns) < 2 || syns[0].TOS != 0x28 || syns[0].MSS != 1000 {
		t.Errorf("SYNs: %+v", syns)
	}
	i, _ := k.c.Subflow(id)
	if took := i.Closed.Sub(i.Opened); i.Cause != CauseTimeout || took != 4*unit.Second {
		t.Errorf("%v after %v", i.Cause, took)
	}
}

// TestMaxSegOfSubflow: a bound set on a live subflow shortens its segments.
func TestMaxSegOfSubflow(t *testing.T) {
	k := control(t, netConfig{seed: 1}, 0, 0)
	k.client.left = 1000
	k.client.write(k.w.Now())
	k.run(unit.Second)
	id := k.open(1)
	must(0, k.c.Endpoint(id).SetMaxSeg(600))
	longest := map[bool]uint32{}
	k.taps = append(k.taps, func(_ sim.Time, seg *wire.Segment, fromClient bool) {
		if fromClient {
			own := seg.Src == k.address(1)
			longest[own] = max(longest[own], seg.Payload.Len)
		}
	})
	k.client.left = 400_000
	k.client.write(k.w.Now())
	k.run(3 * unit.Second)
	if k.server.read != 401_000 || longest[true] == 0 || longest[true] > 600 || longest[false] < 1300 {
		t.Errorf("longest segment of the subflow %d, of the other %d; %d octets", longest[true], longest[false],
			k.server.read)
	}
}

// TestCongestionOfSubflow: one subflow may have another congestion control.
func TestCongestionOfSubflow(t *testing.T) {
	k := control(t, netConfig{seed: 1}, 5_000_000, 0)
	id := k.open(1)
	before := k.c.Endpoint(0).Controller()
	must(0, k.c.Endpoint(id).SetCongestion("lia"))
	if got := k.c.Endpoint(id).Controller().Name(); got != "lia" {
		t.Errorf("congestion control %s", got)
	}
	if err := k.c.Endpoint(id).SetCongestion("vegan"); err == nil || !strings.Contains(err.Error(), "vegan") {
		t.Error(err)
	}
	if k.c.Endpoint(0).Controller() != before || before.Name() == "lia" {
		t.Errorf("the other has %s", k.c.Endpoint(0).Controller().Name())
	}
	k.run(10 * unit.Second)
	if k.server.read != 5_000_000 {
		t.Errorf("%d octets", k.server.read)
	}
}

// TestSubflowRetries: a subflow fails at the timeout after so many retransmissions in a row, alone.
func TestSubflowRetries(t *testing.T) {
	for _, n := range []int{1, 3} {
		k := control(t, netConfig{seed: 1}, 30_000_000, 0)
		id := k.open(1)
		k.c.SetSubflowRetries(n)
		ch, sh := k.hosts()
		silence(k.testNet, ch, sh, 1)
		k.told = nil
		k.run(30 * unit.Second)
		i, _ := k.c.Subflow(id)
		timeouts := strings.Count(strings.Join(k.told, ","), "timeout 2")
		if i.Cause != CauseTimeout || timeouts != n || int(i.TCP.RTOs) != n {
			t.Errorf("%d retries: %v, %d timeouts told, %d counted", n, i.Cause, timeouts, i.TCP.RTOs)
		}
		if o, _ := k.c.Subflow(0); !o.Attached {
			t.Error("the other subflow has closed, too")
		}
	}
}
