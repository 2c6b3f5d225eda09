package torture

import (
	"gopkg.in/yaml.v3"

	"mpsim/scenarios/spec"
)

// addAttacker draws a host at a router, on whose link an attacker stands that listens on another link.
func (g *generator) addAttacker() {
	if g.temper != hostile || len(g.routers) == 0 || !g.chance(30) {
		return
	}
	r := pick(g.random, g.routers...)
	h := g.addHost("mallory", false, []bool{pick(g.random, g.host("server").ifaces...).v6})
	g.addLink(h.name+"."+h.ifaces[0].name, r)
	g.links[len(g.links)-1].attacker = true
}

// writeAttack draws what the attacker does.
func (g *generator) writeAttack(l *linkPlan) *yaml.Node {
	kind := pick(g.random, spec.KindJoinGuesser, spec.KindJoinReplayer, spec.KindJoinFlooder,
		spec.KindAddressHijacker)
	out := mapping("kind", kind, "watch", pick(g.random, g.links[:len(g.links)-1]...).name)
	if g.ifaceAt(l.ends[0]).v6 {
		set(out, "address", "2001:db8:66::66")
	} else {
		set(out, "address", "198.51.100.66")
	}
	set(out, "start", ms(g.scale(1, 2*g.span)))
	set(out, "interval", ms(g.scale(1, 50)))
	set(out, "count", g.scale(1, 200))
	switch kind {
	case spec.KindJoinGuesser, spec.KindJoinFlooder:
		set(out, "knows", pick(g.random, spec.KnowsAll, spec.KnowsToken, spec.KnowsNothing))
	case spec.KindAddressHijacker:
		set(out, "reset-other", g.chance(50))
	}
	return flow(out)
}
