package mptcp

import (
	"testing"

	"mpsim/model/mptcp/pm"
	"mpsim/sim/unit"
)

// TestKernelInfoEndpoints: what Linux tells of its path manager: limits, how many endpoints have each
// flag, what was announced and answered. Two hosts of two addresses; the same commands with "ip mptcp" on
// a 6.18.44 kernel gave the client 2 extra subflows at most, 1 endpoint for subflows and 1 of it used.
func TestKernelInfoEndpoints(t *testing.T) {
	c := netConfig{seed: 1, serverAddrs: 1, paths: twoPaths()}
	c.client.PathManager, c.server.PathManager = "linux", "linux"
	n, _, _ := newNet(t, c)
	cl, sl := n.client.Addrs(), n.server.Addrs()
	endpoints := func(s *Stack, list ...pm.Endpoint) {
		s.cfg.Paths = pm.Config{Limit: 3, Accept: 1, Endpoints: list}
	}
	endpoints(n.cs, pm.Endpoint{Addr: cl[1], Subflow: true}, pm.Endpoint{Addr: cl[0], Laminar: true})
	endpoints(n.ss, pm.Endpoint{Addr: sl[1], Signal: true})
	client, server := n.connect(100_000_000, 1000)
	n.run(unit.Second)
	k := client.s.(*Conn).KernelInfo()
	wantLimits, wantCounts := pm.Limits{Extra: 3, Accepted: 1, Subflow: 1, Laminar: 1}, pm.Counts{Accepted: 1,
		Sources: 1}
	if k.Limits != wantLimits || k.Extra != 2 || k.Counts != wantCounts || !k.FirstSubflow {
		t.Errorf("client: %+v, want %+v and %+v", k, wantLimits, wantCounts)
	}
	k = server.s.(*Conn).KernelInfo()
	if k.Limits != (pm.Limits{Extra: 3, Accepted: 1, Signal: 1}) || k.Counts != (pm.Counts{Announced: 1}) ||
		k.Extra != 2 {
		t.Errorf("server: %+v", k)
	}
	if l := n.cs.ManagerLimits(); l != wantLimits {
		t.Errorf("to come: %+v", l)
	}
}

// TestLimitsOf: the limits of each manager.
func TestLimitsOf(t *testing.T) {
	for _, name := range pm.Names() {
		want := map[string]pm.Limits{"fullmesh": {Extra: 8}, "ndiffports": {Extra: 1}, "linux": {Extra: 8}}[name]
		if got := pm.LimitsOf(name, pm.Config{}); got != want {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
	if got := pm.LimitsOf("script:mine", pm.Config{Limit: 5}); got != (pm.Limits{}) {
		t.Errorf("of a script: %+v", got)
	}
}

// TestKernelInfoCounts: of managers that do not count the connection tells what it has seen.
func TestKernelInfoCounts(t *testing.T) {
	c := netConfig{seed: 1, serverAddrs: 1, paths: twoPaths(), client: Config{PathManager: "fullmesh"}}
	c.server.Paths.Announce = true
	n, _, _ := newNet(t, c)
	client, server := n.connect(100_000_000, 1000)
	for n.ss.Counters().AddAddrTx == 0 {
		n.run(unit.Millisecond)
	}
	if k := server.s.(*Conn).KernelInfo(); k.Announced != 1 || n.ss.Counters().EchoAdd != 0 {
		t.Errorf("server, without echo yet: %+v", k)
	}
	n.run(unit.Second)
	k := client.s.(*Conn).KernelInfo()
	if k.Counts != (pm.Counts{Accepted: 1, Sources: 1}) || k.Extra != 3 {
		t.Errorf("client: %+v", k)
	}
	if k = server.s.(*Conn).KernelInfo(); k.Counts != (pm.Counts{Announced: 1}) {
		t.Errorf("server: %+v", k)
	}
}
