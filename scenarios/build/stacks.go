package build

import (
	"mpsim/model/mptcp"
	"mpsim/model/mptcp/pm"
	"mpsim/model/tcp"
	"mpsim/model/topo"
	"mpsim/scenarios/spec"
	"mpsim/sim/unit"
	"mpsim/sockapi"
)

// addStacks puts TCP, and MPTCP where it is enabled, on every host. One arena holds all endpoints
// of a part of the world, one layer all its connections.
func (w *World) addStacks() error {
	for _, h := range w.hosts {
		part := w.parts[h.part]
		path := "hosts." + h.name
		if w.fabric != nil && h.spec == &w.spec.Topology.Host {
			path = "topology.host"
		}
		tc := tcpConfig(h.spec, smallestMTU(h.topo))
		if tc.SmallQueues < 0 {
			tc.SmallQueues = 0
			if w.fabric != nil && h.spec == &w.spec.Topology.Host {
				tc.SmallQueues = smallQueues
			}
		}
		if err := tc.Validate(); err != nil {
			return w.problem(path+".tcp", err)
		}
		ts := part.arena.NewStack(h.topo, tc)
		var ms *mptcp.Stack
		if h.spec.MPTCP.Enabled {
			mc := mptcpConfig(h.spec, ts.Config())
			mc.Paths.Endpoints = endpoints(h)
			if err := mc.Validate(); err != nil {
				return w.problem(path+".mptcp", err)
			}
			ms = part.layer.NewStack(ts, mptcpHost{h.topo}, mc)
		}
		h.api = sockapi.NewHost(h.name, part.net.World(), ts, ms)
		h.api.SetAPI(apiOf(h.spec.API))
		if err := w.addPlugins(path, h, ts, ms); err != nil {
			return err
		}
	}
	return nil
}

// smallQueues is the limit of small queues in hosts of a topology: Linux allows a millisecond of the pacing
// rate.
const smallQueues = unit.Millisecond

func on(b bool) tcp.Switch {
	if b {
		return tcp.On
	}
	return tcp.Off
}

// tcpConfig takes every value from the scenario: the decoder has filled in the profile's defaults.
func tcpConfig(h *spec.Host, mtu int) tcp.Config {
	s := &h.TCP
	c := tcp.Config{
		Profile:       h.Profile,
		Congestion:    builtIn(s.Congestion, "newreno"),
		MTU:           mtu,
		InitialWindow: int(s.InitialWindow),
		InitialRTO:    s.InitialRTO,
		MinRTO:        s.MinRTO,
		MaxRTO:        s.MaxRTO,
		SYNRetries:    s.SYNRetries,
		Retries:       s.Retries,
		UserTimeout:   s.UserTimeout,
		DelayedACK:    s.DelayedACK,
		SACK:          on(s.SACK),
		Timestamps:    on(s.Timestamps),
		WindowScaling: on(s.WindowScale),
		ECN:           on(s.ECN),
		Pacing:        on(s.Pacing),
		SmallQueues:   s.SmallQueues,
		Nagle:         on(s.Nagle),
		Keepalive:     on(s.Keepalive != nil),

		ReceiveBufferMax: int64(s.ReceiveBuffer),
		SendBufferMax:    int64(s.SendBuffer),
	}
	if s.DelayedACK == 0 {
		c.DelayedACK, c.ACKEvery = unit.Nanosecond, 1
	}
	if k := s.Keepalive; k != nil {
		c.KeepaliveIdle, c.KeepaliveInterval, c.KeepaliveProbes = k.Idle, k.Interval, k.Count
	}
	return c
}

func smallestMTU(h *topo.Host) int {
	mtu := h.MTU(0)
	for i := range h.NumInterfaces() {
		mtu = min(mtu, h.MTU(int32(i)))
	}
	return mtu
}

// versions is the set of protocol versions that a host speaks.
func versions(s *spec.MPTCP) mptcp.Versions {
	v := mptcp.V0
	if s.Version == 1 {
		v = mptcp.V1
		if s.OlderVersions {
			v |= mptcp.V0
		}
	}
	return v
}

// orNever writes a time of nothing as package mptcp does: 0 there stands for the profile's value.
func orNever(d unit.Duration) unit.Duration {
	if d == 0 {
		return -1
	}
	return d
}

// mptcpConfig takes its buffers from what TCP can express: without window scaling that is 65535 octets.
func mptcpConfig(h *spec.Host, t tcp.Config) mptcp.Config {
	s := &h.MPTCP
	return mptcp.Config{
		Profile:        h.Profile,
		Versions:       versions(s),
		RetryOlder:     on(s.RetryOlder),
		VersionMemory:  orNever(s.VersionMemory),
		BlackHole:      orNever(s.BlackHole),
		SYNsCapable:    s.SYNsWithOption,
		Stateless:      on(s.StatelessListener),
		NoJoinHere:     on(s.NoJoinHere),
		RefuseChecksum: on(s.RefuseChecksum),
		SamePort:       on(s.SamePort),
		CloseTimeout:   s.CloseTimeout,
		Checksum:       on(s.Checksum),
		Opportunistic:  on(s.Opportunistic),
		Penalise:       on(s.Penalisation),
		Scheduler:      builtIn(s.Scheduler, "minrtt"),
		PathManager:    builtIn(s.PathManager, "none"),
		Paths: pm.Config{
			Subflows: s.Subflows, Limit: s.SubflowLimit, Announce: s.AnnounceAddresses,
			ServerOpens: s.BothOpen, PerPair: s.SubflowsPerPair, Accept: s.AddAddrAccepted,
		},
		MaxSubflows: s.SubflowLimit + 1,

		PotentiallyFailed: on(s.PotentiallyFailed),
		StaleRTOs:         staleRTOs(s.StaleRTOs),
		ReceiveBufferMax:  t.ReceiveBufferMax,
		SendBufferMax:     t.SendBufferMax,
		Nagle:             on(h.TCP.Nagle),
	}
}

// staleRTOs is how many timeouts make a subflow stale; never is more than TCP bears.
func staleRTOs(n int) int {
	if n == 0 {
		return 1 << 20
	}
	return n
}

// endpoints gives the endpoints of the kernel's path manager their addresses: the first of each interface.
func endpoints(h *host) []pm.Endpoint {
	var list []pm.Endpoint
	for _, e := range h.spec.MPTCP.Endpoints {
		list = append(list, pm.Endpoint{
			Addr: h.addressAt(e.Interface), Port: e.Port, Signal: e.Signal, Subflow: e.Subflow, Backup: e.Backup,
			FullMesh: e.FullMesh, Laminar: e.Laminar,
		})
	}
	return list
}
