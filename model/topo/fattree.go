package topo

import "fmt"

const maxSwitchPorts = 64

// FatTree plans the three-layer fat tree of Al-Fares et al. (SIGCOMM 2008) of switches with k ports: k pods of
// k/2 edge and k/2 aggregation switches, k²/4 core switches, k/2 hosts at each edge switch. Core
// switch i joins aggregation switch i/(k/2) of every pod.
//
// With oversubscription r, each edge switch has r times as many hosts. With homes 2, every host
// has two interfaces at two edge switches, see dualHomed.
func FatTree(k, oversubscription, homes int) (Plan, error) {
	err := firstOf(inRange("fat-tree", "k", k, 2, maxSwitchPorts),
		inRange("fat-tree", "oversubscription", oversubscription, 1, maxSwitchPorts),
		inRange("fat-tree", "homes", homes, 1, 2))
	switch {
	case err != nil:
		return Plan{}, err
	case k%2 != 0:
		return Plan{}, fmt.Errorf("topology fat-tree: k is %d: give an even number, half of the ports lead down", k)
	}
	p := Plan{Kind: "fat-tree"}
	half := k / 2
	for pod := range k {
		for e := range half {
			edge := p.addSwitch("edge", pod, fmt.Sprintf("edge-%d-%d", pod, e))
			for range half * oversubscription {
				h := p.addHost(fmt.Sprintf("host-%d", len(p.Hosts)), 1, pod)
				p.join("host", 1, PlanEnd{Host: true, Index: h}, edge)
			}
		}
	}
	firstAggr := int32(len(p.Switches))
	for pod := range k {
		for a := range half {
			aggr := p.addSwitch("aggr", pod, fmt.Sprintf("aggr-%d-%d", pod, a))
			for e := range half {
				p.join("edge", 1, PlanEnd{Index: int32(pod*half + e)}, aggr)
			}
		}
	}
	for c := range half * half {
		core := p.addSwitch("core", noPod, fmt.Sprintf("core-%d", c))
		for pod := range k {
			p.join("core", 1, PlanEnd{Index: firstAggr + int32(pod*half+c/half)}, core)
		}
	}
	return p, nil
}
