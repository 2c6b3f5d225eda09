package topo

import "fmt"

// Cut says which part of a world each node belongs to.
type Cut struct {
	Hosts, Switches []int32 // by number in the plan: the part, from 0
}

// Cut divides a plan into parts: whole pods, each part about as many, neighbours together; switches of no pod
// are dealt out one after the other. The error says why the plan cannot be divided into so many.
func (p *Plan) Cut(parts int) (Cut, error) {
	pods := int32(0)
	for i := range p.Hosts {
		if p.Hosts[i].Pod == noPod {
			return Cut{}, fmt.Errorf("topology %s has no pods to divide it by", p.Kind)
		}
		pods = max(pods, p.Hosts[i].Pod+1)
	}
	if parts < 1 || parts > int(pods) {
		return Cut{}, fmt.Errorf("topology %s has %d pods: it divides into 1 to %d parts, not into %d",
			p.Kind, pods, pods, parts)
	}
	c := Cut{Hosts: make([]int32, len(p.Hosts)), Switches: make([]int32, len(p.Switches))}
	part := func(pod int32) int32 { return pod * int32(parts) / pods }
	for i := range p.Hosts {
		c.Hosts[i] = part(p.Hosts[i].Pod)
	}
	dealt := int32(0)
	for i := range p.Switches {
		if pod := p.Switches[i].Pod; pod != noPod {
			c.Switches[i] = part(min(pod, pods-1))
			continue
		}
		c.Switches[i] = dealt % int32(parts)
		dealt++
	}
	return c, nil
}
