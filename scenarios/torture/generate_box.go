package torture

import (
	"fmt"
	"strings"

	"gopkg.in/yaml.v3"

	"mpsim/scenarios/spec"
)

// writeBoxes draws the chain of middleboxes on a link.
func (g *generator) writeBoxes(l *linkPlan) *yaml.Node {
	list := sequence()
	for range g.between(1, 2) {
		kinds := []string{
			spec.KindOptionRemover, spec.KindOptionRemover, spec.KindFirewall,
			spec.KindSequenceRewriter, spec.KindSplitter,
			spec.KindCoalescer, spec.KindPayloadRewriter, spec.KindHoleBlocker,
			spec.KindACKChecker, spec.KindWindowLimiter,
			spec.KindProxy, spec.KindResetter, spec.KindCorrupter, spec.KindCorrupter,
			spec.KindDuplicator, spec.KindStudy2011,
			spec.KindDataInjector,
		}
		if f := g.ifaceAt(l.ends[0]); f != nil {
			kinds = append(kinds, spec.KindNAT, spec.KindNAT)
		}
		list.Content = append(list.Content, flow(g.writeBox(l, pick(g.random, kinds...), len(list.Content))))
	}
	return list
}

// ifaceAt returns the interface at an end of a link, nil for a router.
func (g *generator) ifaceAt(end string) *ifacePlan {
	host, iface, _ := strings.Cut(end, ".")
	if h := g.host(host); h != nil {
		for _, f := range h.ifaces {
			if f.name == iface {
				return f
			}
		}
	}
	return nil
}

func (g *generator) writeBox(l *linkPlan, kind string, index int) *yaml.Node {
	out := mapping("kind", kind)
	switch kind {
	case spec.KindNAT, spec.KindFirewall:
		g.writeGuard(out, l, kind, index)
		return out
	case spec.KindStudy2011:
		set(out, "port", pick(g.random, spec.PortOther, spec.PortHTTP))
		return out
	}
	if g.chance(40) {
		set(out, "probability", fmt.Sprintf("%d%%", g.between(20, 90)))
	}
	if kind != spec.KindSequenceRewriter && kind != spec.KindProxy && g.chance(40) {
		set(out, "direction", pick(g.random, spec.ForwardWay, spec.BackwardWay))
	}
	switch kind {
	case spec.KindOptionRemover:
		g.writeRemover(out)
	case spec.KindSequenceRewriter:
		set(out, "sack", pick(g.random, spec.Rewrite, spec.Keep))
	case spec.KindSplitter:
		set(out, "copies", pick(g.random, spec.OnAll, spec.OnFirst))
		set(out, "size", octets(g.between(100, 1400)))
	case spec.KindCoalescer:
		set(out, "size", octets(g.between(1000, 10_000)))
		set(out, "wait", ms(g.between(1, 20)))
	case spec.KindPayloadRewriter:
		set(out, "at", octets(g.scale(0, 20_000)))
		set(out, "remove", octets(g.scale(0, 30)))
		set(out, "replace", strings.Repeat("r", g.scale(1, 30)))
		set(out, "times", g.scale(1, 3))
	case spec.KindHoleBlocker:
		set(out, "holes", pick(g.random, spec.Drop, spec.Hold))
	case spec.KindACKChecker:
		set(out, "wrong-acks", pick(g.random, spec.Drop, spec.Correct))
	case spec.KindWindowLimiter:
		set(out, "window", octets(g.scale(4000, 100_000)))
	case spec.KindProxy:
		set(out, "keep-mptcp", pick(g.random, spec.KeepNone, spec.KeepHandshake, spec.KeepAll))
	case spec.KindResetter:
		set(out, "after", octets(g.scale(0, 100_000)))
		set(out, "to", pick(g.random, spec.BothEnds, spec.FirstEnd, spec.SecondEnd))
	case spec.KindCorrupter:
		set(out, "after", octets(g.scale(0, 50_000)))
		set(out, "what", pick(g.random, spec.CorruptWords...))
		set(out, "ratio", fmt.Sprintf("%d%%", g.scale(1, 100)))
	case spec.KindDataInjector:
		set(out, "after", octets(g.scale(0, 50_000)))
		set(out, "count", g.scale(1, 50))
		set(out, "knows", pick(g.random, spec.KnowsAll, spec.KnowsNothing))
	case spec.KindDuplicator:
		set(out, "ratio", fmt.Sprintf("%d%%", g.scale(1, 100)))
	}
	return out
}

// writeGuard draws a NAT or firewall.
func (g *generator) writeGuard(out *yaml.Node, l *linkPlan, kind string, index int) {
	if kind == spec.KindNAT {
		n := 10*index + 1
		for i, other := range g.links {
			if other == l {
				n += 20 * i
			}
		}
		if g.ifaceAt(l.ends[0]).v6 {
			set(out, "address", fmt.Sprintf("2001:db8::%d", n))
		} else {
			set(out, "address", fmt.Sprintf("192.0.2.%d", n))
		}
	} else if g.chance(30) {
		set(out, "strict", true)
	}
	if g.ifaceAt(l.ends[0]) == nil && g.ifaceAt(l.ends[1]) != nil && g.chance(20) {
		set(out, "inside", spec.SecondEnd)
	}
	if g.chance(40) {
		set(out, "timeout", ms(g.between(1000, 10_000)))
	}
	if g.chance(30) {
		set(out, "transitory", ms(g.between(1000, 10_000)))
	}
	set(out, "unsolicited", pick(g.random, spec.Drop, spec.Reset))
}

func (g *generator) writeRemover(out *yaml.Node) {
	options := scalar("mptcp")
	if g.chance(50) {
		options = flow(sequence())
		for _, i := range g.some(g.between(1, 3), len(spec.OptionWords)) {
			options.Content = append(options.Content, scalar("%s", spec.OptionWords[i]))
		}
	}
	set(out, "options", options)
	set(out, "on", pick(g.random, spec.OnAll, spec.OnSYN, spec.OnData))
	if g.chance(30) {
		set(out, "how", pick(g.random, spec.HowOverwrite, spec.HowEndOfList, spec.HowDrop))
	}
	if g.chance(20) {
		set(out, "every", g.between(2, 50))
	}
}
