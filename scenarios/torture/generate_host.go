package torture

import (
	"gopkg.in/yaml.v3"

	"mpsim/scenarios/spec"
)

func (g *generator) writeHost(h *hostPlan) *yaml.Node {
	out := mapping()
	if g.chance(45) {
		set(out, "profile", pick(g.random, spec.ProfileLinux, spec.ProfileRFC, spec.ProfileOutOfTree))
	}
	ifaces := mapping()
	for i, f := range h.ifaces {
		set(ifaces, f.name, g.writeInterface(i, f))
	}
	set(out, "interfaces", ifaces)
	if t := g.writeTCP(); len(t.Content) > 0 {
		set(out, "tcp", flow(t))
	}
	if m := g.writeMPTCP(h); len(m.Content) > 0 {
		set(out, "mptcp", flow(m))
	}
	return out
}

func (g *generator) writeInterface(index int, f *ifacePlan) *yaml.Node {
	out := mapping()
	if f.addr != "" {
		set(out, "address", f.addr)
	}
	if g.chance(15) {
		set(out, "mtu", octets(g.between(600, 1500)))
	}
	if index > 0 && g.chance(25) {
		set(out, "backup", true)
	}
	if g.temper >= broken && g.chance(15) {
		set(out, "timetable", g.upDown())
	}
	return flow(out)
}

// upDown is a list of times at which something goes down and comes up again.
func (g *generator) upDown() *yaml.Node {
	list := sequence()
	for k, at := range g.times(2 * g.between(1, 3)) {
		list.Content = append(list.Content, flow(mapping("at", ms(at), "down", k%2 == 0)))
	}
	return flow(list)
}

// writeTCP draws the parameters that differ from the profile's.
func (g *generator) writeTCP() *yaml.Node {
	out := mapping()
	some := func(percent int, key string, value func() any) {
		if g.chance(percent) {
			set(out, key, value())
		}
	}
	flip := func() any { return g.chance(50) }
	some(50, "congestion", func() any { return pick(g.random, spec.Congestions...) })
	some(15, "initial-window", func() any {
		return pick(g.random, "1 packet", "2 packets", "4 packets", "30 packets")
	})
	some(10, "initial-rto", func() any { return ms(g.between(100, 3000)) })
	some(20, "min-rto", func() any { return ms(g.scale(1, 1000)) })
	some(60, "max-rto", func() any { return ms(g.between(4_000, 10_000)) })
	if g.temper >= broken {
		some(8, "retries", func() any { return g.between(1, 8) })
		some(5, "syn-retries", func() any { return g.between(0, 4) })
		some(5, "user-timeout", func() any { return ms(g.between(1000, 10_000)) })
		some(8, "keepalive", func() any {
			return mapping("idle", ms(g.between(100, 5000)), "interval", ms(g.between(100, 2000)),
				"count", g.between(1, 5))
		})
	}
	some(20, "delayed-ack", func() any { return pick(g.random, "0s", "1ms", "40ms", "200ms", "499ms") })
	some(10, "sack", flip)
	some(10, "timestamps", flip)
	some(10, "window-scale", flip)
	some(15, "ecn", flip)
	some(15, "pacing", flip)
	some(20, "nagle", flip)
	some(50, "receive-buffer", func() any { return g.buffer() })
	some(35, "send-buffer", func() any { return g.buffer() })
	return out
}

// buffer draws a buffer's size, octets.
func (g *generator) buffer() any {
	return octets(pick(g.random, 4096, 5000, 8192, 16_384, 40_000, 65_535, 200_000, 4_000_000))
}

func (g *generator) writeMPTCP(h *hostPlan) *yaml.Node {
	out := mapping()
	if g.chance(10) {
		set(out, "enabled", false)
		return out
	}
	some := func(percent int, key string, value func() any) {
		if g.chance(percent) {
			set(out, key, value())
		}
	}
	flip := func() any { return g.chance(50) }
	some(60, "scheduler", func() any { return pick(g.random, spec.Schedulers...) })
	some(60, "path-manager", func() any { return pick(g.random, spec.PathManagers...) })
	some(20, "subflows", func() any { return g.between(1, 4) })
	some(20, "subflow-limit", func() any { return g.between(0, 4) })
	some(50, "checksum", flip)
	some(30, "opportunistic-retransmission", flip)
	some(30, "penalisation", flip)
	some(20, "announce-addresses", flip)
	some(15, "both-open", flip)
	some(15, "subflows-per-pair", func() any { return g.between(1, 3) })
	some(20, "add-addr-accepted", func() any { return g.between(0, 4) })
	some(15, "same-port", flip)
	some(10, "no-join-here", flip)
	some(10, "stateless-listener", flip)
	some(15, "syns-with-option", func() any { return g.between(1, 4) })
	if g.temper >= broken {
		some(10, "close-timeout", func() any { return ms(g.scale(100, 60_000)) })
		some(10, "black-hole", func() any { return ms(g.scale(100, 60_000)) })
	}
	g.writeVersion(out)
	if g.chance(30) {
		set(out, "endpoints", g.writeEndpoints(h))
	}
	return out
}

// writeVersion draws what versions of the protocol a host speaks.
func (g *generator) writeVersion(out *yaml.Node) {
	if !g.chance(20) {
		return
	}
	set(out, "version", g.between(0, 1))
	if g.chance(60) {
		set(out, "older-versions", true)
		set(out, "retry-older", g.chance(50))
		if g.chance(50) {
			set(out, "version-memory", ms(g.scale(10, 20_000)))
		}
	}
}

// writeEndpoints draws what the kernel's path manager does with the addresses of a host.
func (g *generator) writeEndpoints(h *hostPlan) *yaml.Node {
	out := mapping()
	for _, f := range h.ifaces {
		if !g.chance(70) {
			continue
		}
		flags := mapping()
		for _, name := range []string{"subflow", "backup", "laminar"} {
			if g.chance(35) {
				set(flags, name, true)
			}
		}
		if g.chance(60) {
			set(flags, pick(g.random, "signal", "fullmesh"), true)
		}
		set(out, f.name, flow(flags))
	}
	return out
}
