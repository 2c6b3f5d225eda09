package torture

import (
	"fmt"

	"gopkg.in/yaml.v3"
)

// Temper is how much a world is troubled.
type temper int

const (
	calm    temper = iota // nothing but what the applications do
	lossy                 // links that lose, delay and reorder
	broken                // and links and interfaces that go down
	hostile               // and whatever else there is
)

// Times of a world, milliseconds: what is planned happens before trouble ends, then the links work.
const (
	startsUntil  = 8_000
	troubleUntil = 20_000
	worldEnd     = 30_000
)

// generator holds what a world has so far.
type generator struct {
	random
	temper  temper
	hosts   []*hostPlan
	routers []string
	links   []*linkPlan
	apps    []*appPlan
	span    int // ms from the start of an application in which most happens
}

// hostPlan is a host: client hosts come first, the server last.
type hostPlan struct {
	name   string
	server bool
	ifaces []*ifacePlan
}

type ifacePlan struct {
	name string
	v6   bool
	addr string
}

// linkPlan joins two ends, each host.interface or a router.
type linkPlan struct {
	attacker bool // the last one: an attacker stands on it
	name     string
	ends     [2]string
	kbps     int // least rate of the two directions, 0: unlimited
}

// pair is an interface of a client and one of the server with a way between them.
type pair struct{ client, local, remote string }

// Generate returns the scenario file of a seed: the same bytes for the same seed.
func Generate(seed uint64) []byte {
	g := &generator{random: newRandom(seed)}
	g.temper = pick(g.random, calm, lossy, lossy, broken, broken, hostile, hostile, hostile)
	g.span = g.scale(50, troubleUntil-startsUntil)
	pairs := g.topology()
	g.addAttacker()
	doc := mapping("name", fmt.Sprintf("torture/seed-%d", seed), "duration", ms(worldEnd),
		"seed", seed&(1<<63-1))
	set(doc, "hosts", g.writeHosts())
	if len(g.routers) > 0 {
		list := sequence()
		for _, name := range g.routers {
			list.Content = append(list.Content, scalar("%s", name))
		}
		set(doc, "routers", flow(list))
	}
	set(doc, "links", g.writeLinks())
	set(doc, "applications", g.writeApplications(pairs))
	if g.temper != calm && g.chance(35) {
		set(doc, "calls", g.writeCalls())
	}
	set(doc, "figures", flow(sequence()))
	if g.chance(25) {
		set(doc, shakeKey, g.Uint64()|1)
	}
	if g.temper == hostile && g.chance(20) {
		set(doc, forgeKey, g.between(10, 100))
	}
	return print(doc)
}

// Keys of a scenario file that only the checkers read, see extras.
const (
	shakeKey = "x-shake"
	forgeKey = "x-forge"
)

// topology draws hosts, routers and links, and returns the pairs of interfaces that can talk.
func (g *generator) topology() []pair {
	paths := pick(g.random, 1, 2, 2, 2, 3, 4)
	switch g.IntN(4) {
	case 0, 1:
		return g.parallel(paths)
	case 2:
		return g.star(1, paths)
	default:
		return g.star(g.between(1, 3), g.between(1, 2))
	}
}

// family draws which of n interfaces have IPv6 addresses.
func (g *generator) family(n int) []bool {
	v6 := make([]bool, n)
	kind := g.IntN(4) // twice IPv4, IPv6, mixed
	for i := range v6 {
		v6[i] = kind == 2 || kind == 3 && g.chance(50)
	}
	return v6
}

func (g *generator) addHost(name string, server bool, v6 []bool) *hostPlan {
	h := &hostPlan{name: name, server: server}
	for i, six := range v6 {
		f := &ifacePlan{name: fmt.Sprintf("if%d", i), v6: six}
		if six {
			f.addr = fmt.Sprintf("fd00:%d::%d", len(g.hosts)+1, i+1)
		} else if g.chance(30) {
			f.addr = fmt.Sprintf("10.%d.%d.1", len(g.hosts)+100, i)
		}
		h.ifaces = append(h.ifaces, f)
	}
	g.hosts = append(g.hosts, h)
	return h
}

func (g *generator) addLink(a, b string) {
	g.links = append(g.links, &linkPlan{name: fmt.Sprintf("l%d", len(g.links)), ends: [2]string{a, b}})
}

// parallel is one client whose every interface has a way of its own to one interface of the server.
func (g *generator) parallel(paths int) []pair {
	v6 := g.family(paths)
	c, s := g.addHost("client", false, v6), g.addHost("server", true, v6)
	var pairs []pair
	for i := range paths {
		a, b := c.name+"."+c.ifaces[i].name, s.name+"."+s.ifaces[i].name
		if g.chance(20) {
			r := fmt.Sprintf("r%d", len(g.routers))
			g.routers = append(g.routers, r)
			g.addLink(a, r)
			g.addLink(r, b)
		} else {
			g.addLink(a, b)
		}
		pairs = append(pairs, pair{c.name, c.ifaces[i].name, s.ifaces[i].name})
	}
	return pairs
}

// star joins all interfaces by routers: each can reach each of the same family.
func (g *generator) star(clients, paths int) []pair {
	near, far := "r0", "r0"
	g.routers = []string{"r0"}
	if g.chance(50) {
		g.routers = append(g.routers, "r1")
		far = "r1"
		g.addLink(near, far)
	}
	v6 := g.family(max(paths, g.between(1, 2)))
	var all []*hostPlan
	for i := range clients {
		h := g.addHost(fmt.Sprintf("c%d", i), false, v6[:paths])
		all = append(all, h)
		for _, f := range h.ifaces {
			g.addLink(h.name+"."+f.name, near)
		}
	}
	s := g.addHost("server", true, v6)
	for _, f := range s.ifaces {
		g.addLink(far, s.name+"."+f.name)
	}
	var pairs []pair
	for _, h := range all {
		for _, a := range h.ifaces {
			for _, b := range s.ifaces {
				if a.v6 == b.v6 {
					pairs = append(pairs, pair{h.name, a.name, b.name})
				}
			}
		}
	}
	return pairs
}

// times draws n different rising times, most of them while the applications are at work.
func (g *generator) times(n int) []int {
	end := g.span
	if g.chance(30) {
		end = troubleUntil
	}
	at := make([]int, n)
	now := 0
	for i := range at {
		now += g.scale(1, max(1, 2*end/n-1))
		at[i] = min(now, troubleUntil-n+i)
	}
	return at
}

func (g *generator) writeHosts() *yaml.Node {
	out := mapping()
	for _, h := range g.hosts {
		set(out, h.name, g.writeHost(h))
	}
	return out
}
