package sockapi_test

import (
	"errors"
	"testing"

	"mpsim/model/mptcp/pm"
	"mpsim/model/tcp"
	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"
)

// oneFlow sends octets from the client to the server over a flow of the given settings, closes it, and
// returns what came.
func oneFlow(t *testing.T, w *world, c sockapi.FlowConfig, octets int64,
	during func(f sockapi.Flow)) (got int64) {
	t.Helper()
	var accepted sockapi.Flow
	closer, ended := w.Component("closer"), false
	err := w.server.ListenFlows(c, w.remote, port, func(now sim.Time, f sockapi.Flow) {
		accepted = f
		f.SetNotify(func(now sim.Time, r tcp.Ready) {
			for f.Readable() > 0 {
				got += int64(f.Read(now, f.Readable()).Len)
			}
			if f.EOF() && !ended {
				ended = true
				w.Call(closer, now, func(now sim.Time) { f.Close(now) })
			}
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	left := octets
	var flow sockapi.Flow
	flow, err = w.client.OpenFlow(w.Now(), &c, w.local, w.remote, port, func(now sim.Time, r tcp.Ready) {
		if left > 0 {
			if left -= flow.Fill(now, left); left == 0 {
				w.Call(closer, now, func(now sim.Time) { flow.Close(now) })
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	w.Run(sim.Time(300 * ms))
	if during != nil {
		during(flow)
		during(accepted)
	}
	w.Run(sim.Time(60 * unit.Second))
	return got
}

// A flow has its own controller and its own subflows at both ends, whatever its hosts have.
func TestFlowSettings(t *testing.T) {
	w := newWorld(options{})
	pairs := []pm.AddrPair{{Local: w.local, Remote: w.remote}}
	c := sockapi.FlowConfig{
		Network: sockapi.MPTCP, Congestion: "lia", Subflows: 12, Pairs: pairs, TimeWait: ms, SendBuffer: 1 << 20,
		ReceiveBuffer: 1 << 19,
	}
	got := oneFlow(t, w, c, 1_000_000, func(f sockapi.Flow) {
		info := f.MPTCP().Info()
		if info.Subflows != 12 || info.ReceiveBuffer != 1<<19 {
			t.Errorf("%d subflows, receive buffer %d", info.Subflows, info.ReceiveBuffer)
		}
	})
	if got != 1_000_000 {
		t.Errorf("received %d", got)
	}
	for _, h := range []*sockapi.Host{w.client, w.server} {
		for e := range h.TCP().EachEndpoint {
			t.Errorf("host %s: an endpoint in state %v is left", h.Name(), e.State())
		}
	}
}

// Every subflow of a connection has the controller that was asked for.
func TestFlowCongestion(t *testing.T) {
	for _, n := range []sockapi.Network{sockapi.TCP, sockapi.MPTCP} {
		w := newWorld(options{})
		c := sockapi.FlowConfig{Network: n, Congestion: "newreno", Subflows: 3}
		seen := 0
		oneFlow(t, w, c, 1_000_000, func(sockapi.Flow) {
			for _, h := range []*sockapi.Host{w.client, w.server} {
				for e := range h.TCP().EachEndpoint {
					seen++
					if name := e.Controller().Name(); name != "newreno" {
						t.Errorf("%v: host %s: controller %s", n, h.Name(), name)
					}
				}
			}
		})
		if seen == 0 {
			t.Errorf("%v: no endpoint", n)
		}
	}
}

// Forget leaves nothing in the hosts' lists, and its number is used again; without it the connection stays
// there.
func TestFlowForget(t *testing.T) {
	for _, n := range []sockapi.Network{sockapi.TCP, sockapi.MPTCP} {
		for _, forget := range []bool{false, true} {
			w := newWorld(options{})
			c := sockapi.FlowConfig{Network: n, TimeWait: ms, Forget: forget}
			if got := oneFlow(t, w, c, 1000, nil); got != 1000 {
				t.Fatalf("%v: received %d", n, got)
			}
			for _, h := range []*sockapi.Host{w.client, w.server} {
				left := len(h.PlainConns())
				for range h.MPTCP().EachConn {
					left++
				}
				if (left == 0) != forget {
					t.Errorf("%v, forget %v: host %s has %d connections", n, forget, h.Name(), left)
				}
			}
		}
	}
}

// TIME-WAIT lasts as long as the flow says, not as long as its host does.
func TestFlowTimeWait(t *testing.T) {
	for _, n := range []sockapi.Network{sockapi.TCP, sockapi.MPTCP} {
		w := newWorld(options{})
		waited := -1
		w.Call(w.Component("look"), sim.Time(5*unit.Second), func(sim.Time) {
			waited = 0
			for _, h := range []*sockapi.Host{w.client, w.server} {
				for e := range h.TCP().EachEndpoint {
					if e.State() == tcp.StateTimeWait {
						waited++
					}
				}
			}
		})
		oneFlow(t, w, sockapi.FlowConfig{Network: n, TimeWait: 20 * unit.Second}, 1000, nil)
		left := 0
		for range w.client.TCP().EachEndpoint {
			left++
		}
		if waited == 0 || left > 0 {
			t.Errorf("%v: %d endpoints in TIME-WAIT after 5 s, %d after 60 s", n, waited, left)
		}
	}
}

// Wrong settings and unreachable places are refused at once.
func TestFlowErrors(t *testing.T) {
	w := newWorld(options{})
	open := func(c sockapi.FlowConfig) error {
		_, err := w.client.OpenFlow(0, &c, w.local, w.remote, port, nil)
		return err
	}
	if err := open(sockapi.FlowConfig{Congestion: "none"}); err == nil {
		t.Error("a controller that does not exist is taken")
	}
	for _, c := range []sockapi.FlowConfig{{Subflows: 256}, {Subflows: -1}, {TimeWait: -1}, {SendBuffer: -1}} {
		if err := open(c); !errors.Is(err, sockapi.EINVAL) {
			t.Errorf("%+v: %v", c, err)
		}
		if err := w.server.ListenFlows(c, w.remote, port, nil); !errors.Is(err, sockapi.EINVAL) {
			t.Errorf("%+v: %v", c, err)
		}
	}
	if _, err := w.client.OpenFlow(0, &sockapi.FlowConfig{}, w.local, w.island, port, nil); !errors.Is(err,
		sockapi.ENETUNREACH) {
		t.Errorf("to the island: %v", err)
	}
	if w.client.Reaches(w.local, w.island) || !w.client.Reaches(w.local, w.remote) {
		t.Error("Reaches: the island, or not the server")
	}
	accept := func(sim.Time, sockapi.Flow) {}
	if err := w.server.ListenFlows(sockapi.FlowConfig{}, w.remote, port, accept); err != nil {
		t.Fatal(err)
	}
	err := w.server.ListenFlows(sockapi.FlowConfig{}, w.remote, port, accept)
	if !errors.Is(err, sockapi.EADDRINUSE) {
		t.Errorf("the port twice: %v", err)
	}
}
