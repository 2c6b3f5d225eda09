package topo

import "fmt"

const maxSwitchPorts = 64

// FatTree plans the three-layer fat tree of Al-Fares et al. (SIGCOMM 2008) of switches with k ports: k pods
// of k/2 edge and k/2 aggregation switches, k²/4 core switches, k/2 hosts at each edge switch. Core switch i
// joins aggregation switch i/(k/2) of every pod.
//
// With oversubscription r, each edge switch has r times as many hosts. With homes 2, every host has two
// interfaces, see dualHomed.
func FatTree(k, oversubscription, homes int) (Plan, error) {
	err := firstOf(inRange("fat-tree", "k", k, 2, maxSwitchPorts),
		inRange("fat-tree", "oversubscription", oversubscription, 1, maxSwitchPorts),
		inRange("fat-tree", "homes", homes, 1, 2))
	switch {
	case err != nil:
		return Plan{}, err
	case k%2 != 0:
		return Plan{}, fmt.Errorf("topology fat-tree: k is %d: give an even number, half of the ports lead down", k)
	case homes == 2 && k%4 != 0:
		return Plan{}, fmt.Errorf("topology fat-tree: k is %d: with two homes give a multiple of 4, "+
			"an edge switch has k/4 links up", k)
	}
	t := fatTree{Plan: Plan{Kind: "fat-tree"}, k: k, half: k / 2}
	edges, up := t.half, t.half
	if homes == 2 {
		edges, up = t.dualHomed(oversubscription)
	} else {
		t.singleHomed(oversubscription)
	}
	t.fabric(edges, up)
	return t.Plan, nil
}

type fatTree struct {
	Plan
	k, half int
}

func (t *fatTree) addEdge(pod, e int) int32 {
	return t.addSwitch("edge", pod, fmt.Sprintf("edge-%d-%d", pod, e))
}

// singleHomed adds edge switches and hosts.
func (t *fatTree) singleHomed(oversubscription int) {
	for pod := range t.k {
		for e := range t.half {
			edge := t.addEdge(pod, e)
			for range t.half * oversubscription {
				h := t.addHost(fmt.Sprintf("host-%d", len(t.Hosts)), 1, pod)
				t.join("host", 1, PlanEnd{Host: true, Index: h}, edge)
			}
		}
	}
}

// dualHomed adds k edge switches to each pod, in pairs; the hosts of a pair have an interface at each. An
// edge switch has k/4 links up: those of even number to the first half of the pod's aggregation switches,
// the others to the second half, so that interfaces 0 and 1 lead into two planes that do not meet (the
// dual-homed fat tree of Raiciu et al., SIGCOMM 2011). It has 0.7 k hosts, rounded, so that a host costs as
// many switches as in the usual fat tree, 5/k: 7k²/4 switches for 0.35 k³ hosts.
func (t *fatTree) dualHomed(oversubscription int) (edges, up int) {
	hosts := (7*t.k + 5) / 10 * oversubscription
	for pod := range t.k {
		for pair := range t.half {
			first := t.addEdge(pod, 2*pair)
			second := t.addEdge(pod, 2*pair+1)
			for range hosts {
				h := t.addHost(fmt.Sprintf("host-%d", len(t.Hosts)), 2, pod)
				t.join("host", 1, PlanEnd{Host: true, Index: h}, first)
				t.join("host", 1, PlanEnd{Host: true, Index: h, Port: 1}, second)
			}
		}
	}
	return t.k, t.k / 4
}

// fabric adds what is above the edge switches: each of them has up links to aggregation switches.
func (t *fatTree) fabric(edges, up int) {
	firstAggr := int32(len(t.Switches))
	for pod := range t.k {
		for a := range t.half {
			aggr := t.addSwitch("aggr", pod, fmt.Sprintf("aggr-%d-%d", pod, a))
			for e := range edges {
				if up == t.half || e%2 == a/up {
					t.join("edge", 1, PlanEnd{Index: int32(pod*edges + e)}, aggr)
				}
			}
		}
	}
	for c := range t.half * t.half {
		core := t.addSwitch("core", noPod, fmt.Sprintf("core-%d", c))
		for pod := range t.k {
			t.join("core", 1, PlanEnd{Index: firstAggr + int32(pod*t.half+c/t.half)}, core)
		}
	}
}
