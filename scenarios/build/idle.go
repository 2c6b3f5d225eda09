package build

import (
	"fmt"

	"mpsim/model/tcp"
	"mpsim/scenarios/spec"
	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"
)

// IdleCost is what a connection takes that is established and has carried one octet, which is when it may have
// further subflows (RFC 8684 section 3.2). Octets, both ends together.
type IdleCost struct {
	TCP     int64 // a plain TCP connection
	MPTCP   int64 // a Multipath TCP connection of one subflow; 0: the host does not speak it
	Subflow int64 // each further subflow
}

// idleText is a world of two hosts with nothing to do.
const idleText = `
duration: 10s
topology: {kind: dumbbell, pairs: 1, delay: 1us}
applications: []
`

// Idle measures connections between two hosts that are as the scenario's first one, in a world of their own.
func Idle(s *spec.Scenario) (IdleCost, error) {
	var c IdleCost
	const few, many, subflows = 32, 96, 8
	cost := func(network sockapi.Network, n, subflows int) (int64, error) {
		w, err := idleWorld(s, network, n, subflows)
		if err != nil {
			return 0, err
		}
		defer w.Close()
		return w.Memory().Sum, nil
	}
	each := func(network sockapi.Network, subflows int) (int64, error) {
		low, err := cost(network, few, subflows)
		if err != nil {
			return 0, err
		}
		high, err := cost(network, many, subflows)
		return (high - low) / (many - few), err
	}
	var err error
	if c.TCP, err = each(sockapi.TCP, 1); err != nil {
		return c, err
	}
	if !firstHost(s).MPTCP.Enabled {
		return c, nil
	}
	if c.MPTCP, err = each(sockapi.MPTCP, 1); err != nil {
		return c, err
	}
	all, err := each(sockapi.MPTCP, subflows)
	c.Subflow = (all - c.MPTCP) / (subflows - 1)
	return c, err
}

func firstHost(s *spec.Scenario) *spec.Host {
	if s.Topology != nil {
		return &s.Topology.Host
	}
	return &s.Hosts[0]
}

// idleWorld opens n connections and waits until all are established.
func idleWorld(s *spec.Scenario, network sockapi.Network, n, subflows int) (*World, error) {
	idle, problems := spec.Load("idle", []byte(idleText), nil)
	if problems != nil {
		return nil, problems
	}
	idle.Topology.Host = *firstHost(s)
	idle.Topology.Host.MPTCP.SubflowLimit = max(idle.Topology.Host.MPTCP.SubflowLimit, subflows)
	idle.Topology.Host.MPTCP.Endpoints = nil
	w, err := New(idle, Options{})
	if err != nil {
		return nil, err
	}
	const port = 80
	client, server := w.hosts[0], w.hosts[1]
	settings := sockapi.FlowConfig{Network: network, Subflows: subflows}
	var flows []sockapi.Flow // as a workload keeps them
	err = server.api.ListenFlows(settings, server.topo.Addrs()[0], port, func(sim.Time, sockapi.Flow) {})
	for range n {
		if err != nil {
			return nil, err
		}
		var f sockapi.Flow
		f, err = client.api.OpenFlow(w.Now(), &settings, client.topo.Addrs()[0], server.topo.Addrs()[0], port,
			func(sim.Time, tcp.Ready) {})
		flows = append(flows, f)
		w.Run(w.Now().Add(unit.Millisecond))
		f.Fill(w.Now(), 1)
	}
	w.Run(w.Now().Add(unit.Second))
	if have, want := w.Stats().Endpoints, uint64(2*n*subflows); err == nil && have != want {
		err = fmt.Errorf("%d idle connections of %d subflows have %d endpoints, not %d", n, subflows, have, want)
	}
	_ = flows
	return w, err
}
