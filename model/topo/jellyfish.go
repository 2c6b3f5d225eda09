package topo

import (
	"fmt"
	"math/bits"
)

// Jellyfish plans a random regular graph of switches (Singla et al., NSDI 2012): each has hostsPerSwitch
// hosts, and its other ports lead to other switches chosen at random: while two switches with a free port are
// not joined, a random pair of them is; then a random link is broken for each two ports that are left, and
// these are joined to its ends. One port stays free if their number is odd, more only in graphs that are
// almost complete. The same seed gives the same graph; one that falls into pieces, as graphs with one or two
// ports for each other do, is an error.
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
	if n := j.reached(); n < switches {
		return Plan{}, fmt.Errorf("topology jellyfish: of %d switches with %d ports for each other, this wiring "+
			"joins %d to the first: give another wiring seed, or more ports", switches, degree, n)
	}
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

// insert breaks a random link for two free ports, of one switch or of two that are joined already, and joins
// each to one end of it.
func (j *jelly) insert() bool {
	var ports []int // the switches of two free ports
	for s, n := range j.free {
		for range min(n, 2-len(ports)) {
			ports = append(ports, s)
		}
	}
	if len(ports) < 2 {
		return false
	}
	first, second := ports[0], ports[1]
	var fit [][3]int // a link, and its ends in the order of the ports
	for i, l := range j.links {
		for _, way := range [...][3]int{{i, l[0], l[1]}, {i, l[1], l[0]}} {
			if j.canJoin(first, way[1]) && j.canJoin(second, way[2]) {
				fit = append(fit, way)
			}
		}
	}
	if len(fit) == 0 {
		return false
	}
	chosen := fit[j.random.below(len(fit))]
	i, a, b := chosen[0], chosen[1], chosen[2]
	j.links[i] = j.links[len(j.links)-1]
	j.links = j.links[:len(j.links)-1]
	j.joined[a*j.n+b], j.joined[b*j.n+a] = false, false
	j.free[a]++
	j.free[b]++
	j.join(first, a)
	j.join(second, b)
	return true
}

// reached counts the switches that the first one has a way to, itself included.
func (j *jelly) reached() int {
	seen := make([]bool, j.n)
	seen[0] = true
	open := []int{0}
	for i := 0; i < len(open); i++ {
		for b := range j.n {
			if j.joined[open[i]*j.n+b] && !seen[b] {
				seen[b] = true
				open = append(open, b)
			}
		}
	}
	return len(open)
}

func (j *jelly) canJoin(a, b int) bool { return a != b && !j.joined[a*j.n+b] }

// draws is a small generator of random numbers (SplitMix64: Steele et al., OOPSLA 2014), for a plan, which
// belongs to no world.
type draws uint64

// below returns a number in [0, n).
func (d *draws) below(n int) int {
	*d += 0x9e3779b97f4a7c15
	hi, _ := bits.Mul64(scatter(uint64(*d)), uint64(n))
	return int(hi)
}
