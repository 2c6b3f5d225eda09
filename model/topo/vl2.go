package topo

import "fmt"

// fabricSpeed is how much faster links between switches are than those of servers: 10 Gbit/s over 1 Gbit/s
// (Greenberg et al., SIGCOMM 2009, section 4.1).
const fabricSpeed = 10

// VL2 plans the Clos network of Greenberg et al. (SIGCOMM 2009): top-of-rack switches with servers, each
// joined to two aggregation switches, and each of these to all intermediate switches. Links between switches
// are ten times as fast. With an even number of aggregation switches, the racks that share a pair of them are
// a pod. Traffic between racks bounces off an intermediate switch even where a shorter way exists, when it is
// routed over many paths.
func VL2(tors, aggs, ints, serversPerToR int) (Plan, error) {
	const most = 4096
	err := firstOf(inRange("vl2", "tors", tors, 1, most), inRange("vl2", "aggs", aggs, 2, most),
		inRange("vl2", "ints", ints, 1, most), inRange("vl2", "servers-per-tor", serversPerToR, 1, most))
	if err != nil {
		return Plan{}, err
	}
	p := Plan{Kind: "vl2", Via: "int"}
	pods := aggs / 2
	if aggs%2 != 0 {
		pods = 0
	}
	for t := range tors {
		pod := t
		if pods > 0 {
			pod = t % pods
		}
		tor := p.addSwitch("tor", pod, fmt.Sprintf("tor-%d", t))
		for range serversPerToR {
			h := p.addHost(fmt.Sprintf("host-%d", len(p.Hosts)), 1, pod)
			p.join("host", 1, PlanEnd{Host: true, Index: h}, tor)
		}
	}
	for a := range aggs {
		pod := noPod
		if pods > 0 {
			pod = a / 2
		}
		p.addSwitch("aggr", pod, fmt.Sprintf("aggr-%d", a))
	}
	for t := range tors {
		for up := range 2 {
			p.join("edge", fabricSpeed, PlanEnd{Index: int32(t)}, int32(tors+(2*t+up)%aggs))
		}
	}
	for i := range ints {
		top := p.addSwitch("int", noPod, fmt.Sprintf("int-%d", i))
		for a := range aggs {
			p.join("core", fabricSpeed, PlanEnd{Index: int32(tors + a)}, top)
		}
	}
	return p, nil
}
