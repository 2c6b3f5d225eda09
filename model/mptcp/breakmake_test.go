package mptcp

import (
	"errors"
	"strings"
	"testing"

	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// TestCloseLastSubflow, break before make: the last subflow is closed while data is under way in both
// directions, and another opened some seconds later. Every octet arrives.
func TestCloseLastSubflow(t *testing.T) {
	for _, how := range []CloseHow{CloseWrite, CloseBoth, CloseReset, CloseSilent} {
		t.Run(how.String(), func(t *testing.T) {
			k := control(t, netConfig{seed: 1}, 3_000_000, 3_000_000)
			k.run(unit.Second)
			must(0, k.c.CloseSubflow(k.w.Now(), 0, how))
			k.run(5 * unit.Second)
			if got := indices(k.c); got != "" {
				t.Fatalf("subflows %q", got)
			}
			if k.server.read == 3_000_000 || k.client.read == 3_000_000 {
				t.Fatal("nothing was left to carry")
			}
			k.open(1)
			k.run(20 * unit.Second)
			if k.server.read != 3_000_000 || k.client.read != 3_000_000 {
				t.Errorf("server has %d octets, client %d", k.server.read, k.client.read)
			}
			if got := indices(k.c); got != "2" {
				t.Errorf("subflows %q", got)
			}
		})
	}
}

// TestBreakWithoutMake: without another subflow the connection ends after Config.CloseTimeout, on both sides.
func TestBreakWithoutMake(t *testing.T) {
	k := control(t, netConfig{seed: 1}, 3_000_000, 0)
	must(0, k.c.CloseSubflow(k.w.Now(), 0, CloseReset))
	k.run(59 * unit.Second)
	if k.c.Err() != nil || k.s.Err() != nil {
		t.Errorf("after 59 s: %v, %v", k.c.Err(), k.s.Err())
	}
	k.run(2 * unit.Second)
	if !errors.Is(k.c.Err(), ErrNoSubflow) || !errors.Is(k.s.Err(), ErrNoSubflow) {
		t.Errorf("after 61 s: %v, %v", k.c.Err(), k.s.Err())
	}
	want := "subflow-closed 1 (closed locally), closed"
	if got := strings.Join(k.told, ", "); !strings.HasSuffix(got, want) {
		t.Errorf("told %q", got)
	}
	if _, err := k.c.OpenSubflow(k.w.Now(), SubflowRequest{Interface: -1}); !errors.Is(err, ErrClosing) {
		t.Error(err)
	}
}

// TestMakeBeforeBreak: the pause in the reads when a path is changed by opening first is next to nothing.
func TestMakeBeforeBreak(t *testing.T) {
	k := control(t, netConfig{seed: 1}, 0, 6_000_000)
	k.open(1)
	k.run(unit.Second)
	k.client.gap = 0
	must(0, k.c.CloseSubflow(k.w.Now(), 0, CloseReset))
	k.run(10 * unit.Second)
	if k.client.read != 6_000_000 || k.client.gap > 300*unit.Millisecond {
		t.Errorf("%d octets, gap %v", k.client.read, k.client.gap)
	}
}

// TestSilentClose: nothing goes on the wire. The peer's subflow lives on until it sends: an idle one for
// good, a busy one draws a RST at once.
func TestSilentClose(t *testing.T) {
	k := control(t, netConfig{seed: 1}, 1000, 0)
	id := k.open(1)
	sent := 0
	k.taps = append(k.taps, func(_ sim.Time, seg *wire.Segment, _ bool) { sent++ })
	must(0, k.c.CloseSubflow(k.w.Now(), id, CloseSilent))
	k.run(300 * unit.Second)
	if o, _ := k.s.Subflow(1); !o.Attached || sent != 0 {
		t.Errorf("%d segments were sent; %+v", sent, o)
	}
	k.server.keepOpen, k.server.left = true, 500_000
	k.server.write(k.w.Now())
	k.run(5 * unit.Second)
	o, _ := k.s.Subflow(1)
	if o.Attached || o.Cause != CauseReset || o.ResetGiven || k.client.read != 500_000 {
		t.Errorf("%d octets; %+v", k.client.read, o)
	}
}

// TestCloseWhileOpening: a subflow may be closed before it is established. What is still under way for it
// is answered by a RST.
func TestCloseWhileOpening(t *testing.T) {
	for _, how := range []CloseHow{CloseWrite, CloseBoth, CloseReset, CloseSilent} {
		for _, wait := range []unit.Duration{0, 50 * unit.Millisecond, 85 * unit.Millisecond} { // SYN, SYN/ACK, ACK
			k := control(t, netConfig{seed: 1}, 1000, 0)
			id := must(k.c.OpenSubflow(k.w.Now(), SubflowRequest{Local: k.address(1), Interface: -1}))
			k.run(wait)
			must(0, k.c.CloseSubflow(k.w.Now(), id, how))
			k.run(100 * unit.Second)
			if got := indices(k.c); got != "1" {
				t.Errorf("%v after %v: subflows %q", how, wait, got)
			}
			if got := indices(k.s); got != "1" && how != CloseSilent {
				t.Errorf("%v after %v: server's subflows %q", how, wait, got)
			}
		}
	}
}

// TestTimeWaitIsGone: a subflow in TIME-WAIT is closed for the application, its index is free, and it does
// not count in the limit.
func TestTimeWaitIsGone(t *testing.T) {
	c := netConfig{seed: 1, client: Config{MaxSubflows: 2}, server: Config{MaxSubflows: 2}}
	k := control(t, c, 1000, 0)
	for range 5 {
		id := k.open(1)
		if i, _ := k.c.Subflow(id); !i.FullyEstablished {
			t.Fatalf("%+v", i)
		}
		must(0, k.c.CloseSubflow(k.w.Now(), id, CloseWrite))
		k.run(unit.Second)
		if got := k.told[len(k.told)-1]; !strings.HasPrefix(got, "subflow-closed") {
			t.Fatalf("told %s", got)
		}
	}
	if k.c.Attached() != 1 || len(k.c.live) != 6 {
		t.Errorf("%d attached, %d endpoints", k.c.Attached(), len(k.c.live))
	}
}

// TestCallsOnDeadConnection: every call says so, and does nothing.
func TestCallsOnDeadConnection(t *testing.T) {
	for _, x := range []struct {
		name string
		net  netConfig
		kill func(k *controlled)
		want error
	}{
		{"plain", netConfig{plainServer: true}, func(*controlled) {}, ErrPlain},
		{"aborted", netConfig{}, func(k *controlled) { k.c.Abort(k.w.Now()) }, ErrClosing},
		{"aborted by the peer", netConfig{}, func(k *controlled) { k.s.Abort(k.w.Now()) }, ErrClosing},
		{"closed", netConfig{}, func(k *controlled) { k.c.Close(k.w.Now()); k.s.Close(k.w.Now()) }, ErrClosing},
	} {
		t.Run(x.name, func(t *testing.T) {
			x.net.seed = 1
			k := control(t, x.net, 1000, 0)
			x.kill(k)
			k.run(unit.Second)
			now := k.w.Now()
			_, open := k.c.OpenSubflow(now, SubflowRequest{Interface: -1})
			_, announce := k.c.AnnounceAddress(now, k.address(1), 0, 0)
			for name, err := range map[string]error{
				"open": open, "announce": announce, "withdraw": k.c.WithdrawAddress(now, 0),
				"close":      k.c.CloseSubflow(now, 0, CloseReset),
				"prioritise": k.c.PrioritiseSubflow(now, 0, true),
				"add":        k.c.AddLocal(now, k.address(1)), "remove": k.c.RemoveLocal(now, k.address(1)),
			} {
				if !errors.Is(err, x.want) && !(errors.Is(err, ErrUnknownSubflow) && x.name == "closed") {
					t.Errorf("%s: %v", name, err)
				}
			}
			k.c.SetSubflowRetries(3)
			k.c.RestrictLocals(nil)
		})
	}
}

// TestBreakTimeoutAfterFIN: the time without subflow begins when the last one is closed, not with the end of its
// TIME-WAIT.
func TestBreakTimeoutAfterFIN(t *testing.T) {
	k := control(t, netConfig{seed: 1}, 1000, 0)
	must(0, k.c.CloseSubflow(k.w.Now(), 0, CloseWrite))
	k.run(59 * unit.Second)
	if k.c.Err() != nil || k.s.Err() != nil || len(k.c.live) != 1 {
		t.Fatalf("after 59 s: %v, %v, %d endpoints", k.c.Err(), k.s.Err(), len(k.c.live))
	}
	k.run(3 * unit.Second)
	if !errors.Is(k.c.Err(), ErrNoSubflow) || !errors.Is(k.s.Err(), ErrNoSubflow) {
		t.Errorf("after 62 s: %v, %v", k.c.Err(), k.s.Err())
	}
}
