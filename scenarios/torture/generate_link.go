package torture

import (
	"fmt"

	"gopkg.in/yaml.v3"
)

func (g *generator) writeLinks() *yaml.Node {
	out := mapping()
	for _, l := range g.links {
		set(out, l.name, g.writeLink(l))
	}
	return out
}

func (g *generator) writeLink(l *linkPlan) *yaml.Node {
	out := mapping("between", flow(sequence(scalar("%s", l.ends[0]), scalar("%s", l.ends[1]))))
	set(out, "rate", g.rate(l))
	set(out, "delay", g.delay())
	if g.chance(50) {
		set(out, "queue", g.queue())
	}
	heal := false
	if g.temper >= lossy {
		if g.chance(50) {
			loss := g.loss()
			set(out, "loss", loss)
			heal = loss.Kind == yaml.MappingNode && g.chance(80)
		}
		if g.chance(25) {
			set(out, "jitter", flow(mapping("amount", ms(g.scale(1, 60)),
				"distribution", pick(g.random, "uniform", "bell"),
				"order", pick(g.random, "keep", "break"))))
		}
		if g.chance(12) {
			set(out, "wake", flow(mapping("delay", ms(g.scale(1, 2000)), "idle", ms(g.scale(10, 5000)))))
		}
	}
	if g.temper >= broken && g.chance(40) {
		set(out, "timetable", g.linkTimetable())
	}
	if heal {
		list := get(out, "timetable")
		if list == nil {
			list = sequence()
			set(out, "timetable", list)
		}
		list.Content = append(list.Content, flow(mapping("at", ms(troubleUntil), "loss", "1%")))
	}
	if l.attacker {
		set(out, "middleboxes", sequence(g.writeAttack(l)))
	} else if g.temper == hostile && g.chance(40) {
		set(out, "middleboxes", g.writeBoxes(l))
	}
	if g.chance(20) {
		set(out, "backward", flow(mapping("rate", g.rate(l), "delay", g.delay())))
	}
	return out
}

func (g *generator) rate(l *linkPlan) any {
	if g.chance(4) {
		return "unlimited"
	}
	kbps := g.scale(200, 100_000)
	if l.kbps == 0 || kbps < l.kbps {
		l.kbps = kbps
	}
	return fmt.Sprintf("%d kbit/s", kbps)
}

func (g *generator) delay() any { return ms(g.scale(0, 150)) }

func (g *generator) queue() any {
	switch g.IntN(3) {
	case 0:
		return fmt.Sprintf("%d packets", g.between(3, 100))
	case 1:
		return fmt.Sprintf("%dms", g.between(20, 500))
	}
	return fmt.Sprintf("%d B", g.between(4000, 100_000))
}

// loss draws a loss that connections survive.
func (g *generator) loss() *yaml.Node {
	if g.chance(70) {
		return scalar("%d.%d%%", g.scale(0, 8), g.IntN(10))
	}
	return flow(mapping("gilbert-elliott", flow(mapping(
		"good-to-bad", fmt.Sprintf("%d%%", g.between(1, 5)),
		"bad-to-good", fmt.Sprintf("%d%%", g.between(10, 60)),
		"loss-good", "0%", "loss-bad", fmt.Sprintf("%d%%", g.between(20, 90))))))
}

// linkTimetable draws changes that nobody is told about. Whatever goes down comes up, whatever is lost is
// lost less in the end.
func (g *generator) linkTimetable() *yaml.Node {
	list := sequence()
	add := func(at int, key string, value any) {
		list.Content = append(list.Content, flow(mapping("at", ms(at), key, value)))
	}
	down, bad := false, false
	times := g.times(g.between(2, 7))
	for k, at := range times {
		last := k == len(times)-1
		switch {
		case down:
			add(at, "down", false)
			down = false
		case bad:
			add(at, "loss", "1%")
			bad = false
		case g.chance(35) && !last:
			add(at, "down", true)
			down = true
		case g.chance(20) && !last:
			add(at, "loss", fmt.Sprintf("%d%%", g.between(10, 100)))
			bad = true
		case g.chance(40):
			add(at, "delay", g.delay())
		case g.chance(30):
			add(at, "queue", fmt.Sprintf("%d packets", g.between(3, 60)))
		default:
			add(at, "rate", fmt.Sprintf("%d kbit/s", g.scale(200, 50_000)))
		}
	}
	return list
}
