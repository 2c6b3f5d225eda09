package torture

import (
	"cmp"
	"slices"

	"gopkg.in/yaml.v3"

	"mpsim/scenarios/spec"
)

// writeCalls draws calls of the socket API at random moments, in the order of time.
func (g *generator) writeCalls() *yaml.Node {
	type planned struct {
		at   int
		node *yaml.Node
	}
	var all []planned
	add := func(at int, a *appPlan, end, call string, more ...any) {
		n := mapping(append([]any{"at", ms(at), "application", a.name, "end", end, "call", call}, more...)...)
		all = append(all, planned{at, flow(n)})
	}
	for range g.between(1, 8) {
		a := pick(g.random, g.apps...)
		end := pick(g.random, spec.EndClient, spec.EndServer)
		at := a.start + g.scale(0, g.span)
		own, other := g.host(a.pair.client), g.host("server")
		if end == spec.EndServer {
			own, other = other, own
		}
		switch call := g.callName(); call {
		case spec.CallPause:
			add(at, a, end, call)
			add(at+g.scale(1, 2*g.span), a, end, spec.CallResume)
		case spec.CallReceiveBuffer:
			add(at, a, end, call, "bytes", g.buffer())
		case spec.CallOpenSubflow:
			add(at, a, end, call, "local-interface", pick(g.random, own.ifaces...).name,
				"remote-interface", pick(g.random, other.ifaces...).name, "backup", g.chance(30))
		case spec.CallAnnounce, spec.CallWithdraw:
			add(at, a, end, call, "local-interface", pick(g.random, own.ifaces...).name)
		case spec.CallCloseSubflow:
			add(at, a, end, call, "subflow", g.scale(0, 3))
		case spec.CallSetBackup:
			add(at, a, end, call, "subflow", g.scale(0, 3), "backup", g.chance(60))
		default:
			add(at, a, end, call)
		}
	}
	slices.SortStableFunc(all, func(x, y planned) int { return cmp.Compare(x.at, y.at) })
	list := sequence()
	for _, p := range all {
		list.Content = append(list.Content, p.node)
	}
	return list
}

// callName draws a call: those that end a connection are rarer.
func (g *generator) callName() string {
	if g.chance(25) {
		return pick(g.random, spec.CallShutdown, spec.CallClose, spec.CallAbort)
	}
	return pick(g.random, spec.CallPause, spec.CallPause, spec.CallReceiveBuffer,
		spec.CallOpenSubflow, spec.CallOpenSubflow,
		spec.CallCloseSubflow, spec.CallSetBackup, spec.CallSetBackup, spec.CallAnnounce, spec.CallWithdraw)
}

func (g *generator) host(name string) *hostPlan {
	for _, h := range g.hosts {
		if h.name == name {
			return h
		}
	}
	return nil
}
