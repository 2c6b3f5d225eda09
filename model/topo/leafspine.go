package topo

import "fmt"

// LeafSpine plans two layers of switches: every leaf is joined to every spine, and has hosts. All links have
// the rate of the hosts' unless told otherwise. A leaf is a pod.
func LeafSpine(leaves, spines, hostsPerLeaf int) (Plan, error) {
	const most = 4096
	err := firstOf(inRange("leaf-spine", "leaves", leaves, 1, most),
		inRange("leaf-spine", "spines", spines, 1, most),
		inRange("leaf-spine", "hosts-per-leaf", hostsPerLeaf, 1, most))
	if err != nil {
		return Plan{}, err
	}
	p := Plan{Kind: "leaf-spine"}
	for l := range leaves {
		leaf := p.addSwitch("leaf", l, fmt.Sprintf("leaf-%d", l))
		for range hostsPerLeaf {
			h := p.addHost(fmt.Sprintf("host-%d", len(p.Hosts)), 1, l)
			p.join("host", 1, PlanEnd{Host: true, Index: h}, leaf)
		}
	}
	for s := range spines {
		spine := p.addSwitch("spine", noPod, fmt.Sprintf("spine-%d", s))
		for l := range leaves {
			p.join("core", 1, PlanEnd{Index: int32(l)}, spine)
		}
	}
	return p, nil
}
