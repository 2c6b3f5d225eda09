package topo

import "fmt"

// Cube says that a plan is a BCube: host h is at the address whose digits, lowest first, are those of h to
// base N, and its interface i leads to a switch of level i.
type Cube struct{ N, Levels int }

// BCube plans BCube_k of switches with n ports (Guo et al., SIGCOMM 2009): n^(k+1) hosts with k+1
// interfaces; a switch of level i joins n hosts whose addresses differ in digit i only. Hosts forward. Those
// with the same highest digit are a pod.
func BCube(n, k int) (Plan, error) {
	const mostHosts = 1 << 16
	err := firstOf(inRange("bcube", "n", n, 2, maxSwitchPorts), inRange("bcube", "k", k, 0, 15))
	if err != nil {
		return Plan{}, err
	}
	hosts := 1
	for range k + 1 {
		if hosts *= n; hosts > mostHosts {
			return Plan{}, fmt.Errorf("topology bcube: n %d and k %d make more than %d hosts: give less",
				n, k, mostHosts)
		}
	}
	c := Cube{N: n, Levels: k + 1}
	p := Plan{Kind: "bcube", Cube: c}
	perPod := hosts / n
	for h := range hosts {
		p.addHost(fmt.Sprintf("host-%d", h), c.Levels, h/perPod)
		p.Hosts[h].Forwards = true
	}
	for level := range c.Levels {
		low := c.power(level)
		for s := range perPod {
			first := s/low*low*n + s%low // the address of its first host
			pod := noPod
			if level < k {
				pod = first / perPod
			}
			at := p.addSwitch(fmt.Sprintf("level-%d", level), pod, fmt.Sprintf("switch-%d-%d", level, s))
			for digit := range n {
				h := first + digit*low
				p.join(fmt.Sprintf("level-%d", level), 1, PlanEnd{Host: true, Index: int32(h), Port: int32(level)}, at)
			}
		}
	}
	return p, nil
}

// power returns N to the power of level.
func (c Cube) power(level int) int {
	v := 1
	for range level {
		v *= c.N
	}
	return v
}

// digit returns the digit of a host's address.
func (c Cube) digit(h, level int) int { return h / c.power(level) % c.N }

// with returns the host whose address differs from that of h in one digit.
func (c Cube) with(h, level, digit int) int { return h + (digit-c.digit(h, level))*c.power(level) }
