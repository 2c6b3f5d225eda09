package torture

import (
	"fmt"

	"gopkg.in/yaml.v3"

	"mpsim/scenarios/spec"
)

// appPlan is an application, for the calls that are made on its connection.
type appPlan struct {
	name  string
	pair  pair
	start int // ms
}

func (g *generator) writeApplications(pairs []pair) *yaml.Node {
	n := pick(g.random, 1, 1, 2, 3)
	short := g.chance(15)
	if short {
		n = g.between(5, 20)
	}
	out := sequence()
	for i := range n {
		p := pick(g.random, pairs...)
		a := &appPlan{name: fmt.Sprintf("a%d", i), pair: p}
		g.apps = append(g.apps, a)
		out.Content = append(out.Content, g.writeApplication(a, i, short))
	}
	return out
}

func (g *generator) writeApplication(a *appPlan, i int, short bool) *yaml.Node {
	most := g.most()
	if short {
		most = 10_000
	}
	out := mapping("name", a.name)
	kind := pick(g.random, spec.KindBulk, spec.KindBulk, spec.KindRequestResponse)
	set(out, "kind", kind)
	set(out, "client", a.pair.client)
	set(out, "server", "server")
	set(out, "local-interface", a.pair.local)
	set(out, "remote-interface", a.pair.remote)
	set(out, "port", 5001+i)
	if g.chance(10) {
		set(out, "transport", spec.TransportTCP)
	}
	if g.chance(60) {
		a.start = g.scale(0, startsUntil)
		set(out, "start", ms(a.start))
	}
	if kind == spec.KindBulk {
		set(out, "direction", pick(g.random, spec.Download, spec.Upload, spec.Both))
		set(out, "bytes", octets(g.large(most)))
		return flow(out)
	}
	set(out, "requests", g.scale(1, 20))
	set(out, "request-bytes", octets(g.large(max(1, most/20))))
	set(out, "response-bytes", octets(g.large(max(1, most/20))))
	if g.chance(50) {
		set(out, "think-time", ms(g.scale(1, max(1, g.span/5))))
	}
	return flow(out)
}

// most draws the octets of a transfer that takes about as long as the world is troubled.
func (g *generator) most() int {
	slowest := 20_000
	for _, l := range g.links {
		if l.kbps > 0 {
			slowest = min(slowest, l.kbps)
		}
	}
	if g.chance(30) {
		return 2000
	}
	return max(2000, min(1_000_000, slowest*g.span/8*g.between(30, 200)/100))
}

// large draws a size up to most: near it, or anything.
func (g *generator) large(most int) int {
	if g.chance(70) {
		return g.between((most+1)/2, most)
	}
	return g.scale(1, most)
}
