package topo

import (
	"fmt"
	"math/bits"
)

// Jellyfish plans a random regular graph of switches (Singla et al., NSDI 2012): each has hostsPerSwitch hosts,
// and its other ports lead to other switches chosen at random: while two switches with a free port are not joined,
// a random pair of them is; a switch that is left with two free ports is put into the middle of
// a random link. Where no such link is, ports stay free: at most one, but in graphs that are almost
// complete. The same seed gives the same graph.
func Jellyfish(switches, ports, hostsPerSwitch int, seed uint64) (Plan, error) {
	const most = 2048
	err := firstOf(inRange("jellyfish", "switches", switches, 2, most),
		inRange("jellyfish", "ports", ports, 2, most),
		inRange("jellyfish", "hosts-per-switch", hostsPerSwitch, 1, ports-1))
	if err != nil {
		return Plan{}, err
	}
	degree := ports - hostsPerSwitch
	if degree >= switches {
		return Plan{}, fmt.Errorf("topology jellyfish: %d ports of each switch lead to other switches, of which "+
			"there are %d: give more switches, or more hosts per switch", degree, switches-1)
	}
	p := Plan{Kind: "jellyfish"}
	for s := range switches {
		at := p.addSwitch("switch", s, fmt.Sprintf("switch-%d", s))
		for range hostsPerSwitch {
			h := p.addHost(fmt.Sprintf("host-%d", len(p.Hosts)), 1, s)
			p.join("host", 1, PlanEnd{Host: true, Index: h}, at)
		}
	}
	j := newJelly(switches, degree, seed)
	j.grow()
	for a := range switches {
		for b := range a {
			if j.joined[a*switches+b] {
				p.join("core", 1, PlanEnd{Index: int32(b)}, int32(a))
			}
		}
	}
	return p, nil
}

// jelly is a random graph while it is made.
type jelly struct {
	random draws
	n      int
	free   []int  // ports, by switch
	joined []bool // by pair of switches, both ways round
	links  [][2]int
}

func newJelly(n, degree int, seed uint64) *jelly {
	j := &jelly{random: draws(scatter(seed)), n: n, free: make([]int, n), joined: make([]bool, n*n)}
	for s := range j.free {
		j.free[s] = degree
	}
	return j
}

// grow joins switches until no free ports can be used.
func (j *jelly) grow() {
	for {
		open := j.pairs()
		for len(open) > 0 { // a pair that a port has gone from is passed over
			k := j.random.below(len(open))
			pair := open[k]
			open[k] = open[len(open)-1]
			open = open[:len(open)-1]
			if j.free[pair[0]] > 0 && j.free[pair[1]] > 0 {
				j.join(pair[0], pair[1])
			}
		}
		if !j.insert() {
			return
		}
	}
}

// pairs returns the pairs that could be joined.
func (j *jelly) pairs() [][2]int {
	var open [][2]int
	for a := range j.n {
		for b := range a {
			if j.free[a] > 0 && j.free[b] > 0 && !j.joined[a*j.n+b] {
				open = append(open, [2]int{b, a})
			}
		}
	}
	return open
}

func (j *jelly) join(a, b int) {
	j.free[a]--
	j.free[b]--
	j.joined[a*j.n+b], j.joined[b*j.n+a] = true, true
	j.links = append(j.links, [2]int{a, b})
}

// insert puts a switch with two free ports into the middle of a link that it has no part in.
func (j *jelly) insert() bool {
	for s := range j.n {
		if j.free[s] < 2 {
			continue
		}
		var fit []int
		for i, l := range j.links {
			if l[0] != s && l[1] != s && !j.joined[s*j.n+l[0]] && !j.joined[s*j.n+l[1]] {
				fit = append(fit, i)
			}
		}
		if len(fit) == 0 {
			continue
		}
		i := fit[j.random.below(len(fit))]
		a, b := j.links[i][0], j.links[i][1]
		j.links[i] = j.links[len(j.links)-1]
		j.links = j.links[:len(j.links)-1]
		j.joined[a*j.n+b], j.joined[b*j.n+a] = false, false
		j.free[a]++
		j.free[b]++
		j.join(s, a)
		j.join(s, b)
		return true
	}
	return false
}

// draws is a small generator of random numbers (SplitMix64: Steele et al., OOPSLA 2014), for a plan, which belongs to
// no world.
type draws uint64

// below returns a number in [0, n).
func (d *draws) below(n int) int {
	*d += 0x9e3779b97f4a7c15
	hi, _ := bits.Mul64(scatter(uint64(*d)), uint64(n))
	return int(hi)
}
