package topo

import "fmt"

// Small networks around bottlenecks: every other link is accessSpeed times as fast, so as never to be one.
// Sources are the first half of the hosts, sink i answers source i.

const (
	accessSpeed = 10
	mostPairs   = 10_000
)

// addPairs adds n sources and n sinks with this many ports.
func (p *Plan) addPairs(n, ports, sourcePod, sinkPod int) {
	for i := range n {
		p.addHost(fmt.Sprintf("source-%d", i), ports, sourcePod)
	}
	for i := range n {
		p.addHost(fmt.Sprintf("sink-%d", i), ports, sinkPod)
	}
}

func (p *Plan) access(host, port int, at int32) {
	p.join("host", accessSpeed, PlanEnd{Host: true, Index: int32(host), Port: int32(port)}, at)
}

// bottleneck joins two switches by a link of this name.
func (p *Plan) bottleneck(name string, from, to int32) {
	p.join("core", 1, PlanEnd{Index: from}, to)
	p.Links[len(p.Links)-1].Name = name
}

// Dumbbell plans sources at one switch, sinks at another, and one link "bottleneck" between them.
func Dumbbell(pairs int) (Plan, error) {
	if err := inRange("dumbbell", "pairs", pairs, 1, mostPairs); err != nil {
		return Plan{}, err
	}
	p := Plan{Kind: "dumbbell"}
	p.addPairs(pairs, 1, 0, 1)
	left := p.addSwitch("core", 0, "left")
	right := p.addSwitch("core", 1, "right")
	for i := range pairs {
		p.access(i, 0, left)
	}
	for i := range pairs {
		p.access(pairs+i, 0, right)
	}
	p.bottleneck("bottleneck", left, right)
	return p, nil
}

// ParkingLot plans a line of switches with links "hop-0", "hop-1" ...: pair 0 uses all of them, pair i only
// hop i-1.
func ParkingLot(hops int) (Plan, error) {
	if err := inRange("parking-lot", "hops", hops, 1, mostPairs); err != nil {
		return Plan{}, err
	}
	p := Plan{Kind: "parking-lot"}
	pairs := hops + 1
	for half, name := range [...]string{"source", "sink"} {
		for i := range pairs {
			pod := i - 1 + half
			if i == 0 {
				pod = half * hops
			}
			p.addHost(fmt.Sprintf("%s-%d", name, i), 1, pod)
		}
	}
	for i := range pairs {
		p.addSwitch("core", i, fmt.Sprintf("switch-%d", i))
	}
	for h := range p.Hosts {
		p.access(h, 0, p.Hosts[h].Pod)
	}
	for i := range hops {
		p.bottleneck(fmt.Sprintf("hop-%d", i), int32(i), int32(i+1))
	}
	return p, nil
}

// Torus plans the ring of Wischik et al. (NSDI 2011, section 2.4): n bottleneck links "link-0", "link-1" ...,
// and n pairs with two interfaces each; those with number 0 of pair i are joined by link i, those with number
// 1 by link i+1.
func Torus(links int) (Plan, error) {
	if err := inRange("torus", "links", links, 2, mostPairs); err != nil {
		return Plan{}, err
	}
	p := Plan{Kind: "torus"}
	p.addPairs(links, 2, noPod, noPod)
	for i := range links {
		p.addSwitch("core", noPod, fmt.Sprintf("in-%d", i))
	}
	for i := range links {
		p.addSwitch("core", noPod, fmt.Sprintf("out-%d", i))
	}
	for i := range links {
		for port := range 2 {
			at := (i + port) % links
			p.access(i, port, int32(at))
			p.access(links+i, port, int32(links+at))
		}
	}
	for i := range links {
		p.bottleneck(fmt.Sprintf("link-%d", i), int32(i), int32(links+i))
	}
	return p, nil
}
