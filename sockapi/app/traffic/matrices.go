package traffic

import (
	"slices"

	"mpsim/sim"
)

func sorted(list []int32) []int32 {
	slices.Sort(list)
	return list
}

// fanOut makes each host send to so many different others, drawn for it.
func fanOut(n int, count func() int, draw *sim.Stream) []Pair {
	var pairs []Pair
	list := upTo(n)
	for i := range n {
		for _, to := range sorted(choose(list, int32(i), count(), draw)) {
			pairs = append(pairs, Pair{int32(i), to})
		}
	}
	return pairs
}

// choose draws k different members of list other than not, which must be at most as many as there are. list
// comes back in another order: that does not matter, since each draw is uniform in any order.
func choose(list []int32, not int32, k int, draw *sim.Stream) []int32 {
	if at := slices.Index(list, not); at >= 0 { // at the end it is out of the way
		last := len(list) - 1
		list[at], list[last] = list[last], list[at]
		list = list[:last]
	}
	out := make([]int32, k)
	for i := range out {
		j := i + int(draw.Below(uint64(len(list)-i)))
		list[i], list[j] = list[j], list[i]
		out[i] = list[i]
	}
	return out
}

// vl2Fan draws a number of destinations as the published simulator of the SIGCOMM 2011 study does for VL2's
// measurements of concurrent flows: 1 with probability 0.30; 1..10 with 0.05; 10 with 0.50; 10..79 with
// 0.10; 80 with 0.05.
func vl2Fan(draw *sim.Stream) int {
	switch x := draw.Below(100); {
	case x < 30:
		return 1
	case x < 35:
		return 1 + int(draw.Below(10))
	case x < 85:
		return 10
	case x < 95:
		return 10 + int(draw.Below(70))
	}
	return 80
}

func everyToEvery(hosts []int32) []Pair {
	pairs := make([]Pair, 0, len(hosts)*(len(hosts)-1))
	for _, a := range hosts {
		for _, b := range hosts {
			if a != b {
				pairs = append(pairs, Pair{a, b})
			}
		}
	}
	return pairs
}

// hotSpot draws k receivers, which the others serve in turn.
func hotSpot(n, k int, draw *sim.Stream) []Pair {
	order := shuffled(n, draw)
	spots, rest := order[:k], order[k:]
	pairs := make([]Pair, len(rest))
	for i, from := range rest {
		pairs[i] = Pair{from, spots[i%k]}
	}
	slices.SortFunc(pairs, bySender)
	return pairs
}

func bySender(a, b Pair) int {
	if a.From != b.From {
		return int(a.From) - int(b.From)
	}
	return int(a.To) - int(b.To)
}

// sparse lets the first hosts of a random order send to the host before them in a random derangement's
// order, so that no two have the same receiver: otherwise it, not the network, would be the bottleneck.
func (m Matrix) sparse(n int, draw *sim.Stream) []Pair {
	to := derangement(n, draw)
	senders := shuffled(n, draw)[:max(1, (n*m.Percent+50)/100)]
	pairs := make([]Pair, len(senders))
	for i, from := range sorted(senders) {
		pairs[i] = Pair{from, to[from]}
	}
	return pairs
}

// fanIn draws the receiver and its senders.
func (m Matrix) fanIn(n int, draw *sim.Stream) []Pair {
	order := shuffled(n, draw)
	k := m.N
	if k == 0 {
		k = n - 1
	}
	pairs := make([]Pair, k)
	for i, from := range sorted(order[1 : k+1]) {
		pairs[i] = Pair{from, order[0]}
	}
	return pairs
}

func (m Matrix) neighbours(places []Place, draw *sim.Stream) []Pair {
	var pairs []Pair
	for i := range places {
		near := slices.Clone(places[i].Near)
		k := len(near)
		if m.N > 0 && m.N < k {
			k = m.N
			near = sorted(choose(near, int32(i), k, draw))
		}
		for _, to := range near[:k] {
			pairs = append(pairs, Pair{int32(i), to})
		}
	}
	return pairs
}

// staggered draws for each host where its receiver stands, then the receiver. A place where nobody else
// stands is passed over for the next wider one, and the widest for the narrower ones.
func (m Matrix) staggered(places []Place, draw *sim.Stream) []Pair {
	byEdge, byPod := map[int32][]int32{}, map[int32][]int32{}
	for i := range places {
		p := &places[i]
		byEdge[p.Edge] = append(byEdge[p.Edge], int32(i))
		byPod[p.Pod] = append(byPod[p.Pod], int32(i))
	}
	return oneEach(len(places), func(i int) int32 {
		p := &places[i]
		edge, pod := byEdge[p.Edge], byPod[p.Pod]
		if p.Edge < 0 {
			edge = nil
		}
		if p.Pod < 0 {
			pod = edge
		}
		if pod == nil {
			return other(i, len(places), draw)
		}
		switch x := int(draw.Below(100)); {
		case x < m.Edge && len(edge) > 1:
			return among(edge, nil, i, draw)
		case x < m.Edge+m.Pod && len(pod) > max(len(edge), 1):
			return among(pod, edge, i, draw)
		case len(places) > len(pod):
			return outside(len(places), pod, draw)
		}
		return other(i, len(places), draw)
	})
}

// among draws a member of an ascending list that is neither i nor in without.
func among(list, without []int32, i int, draw *sim.Stream) int32 {
	for {
		x := list[draw.Below(uint64(len(list)))]
		if _, in := slices.BinarySearch(without, x); !in && x != int32(i) {
			return x
		}
	}
}

// outside draws one of n hosts that is not in the ascending list.
func outside(n int, list []int32, draw *sim.Stream) int32 {
	x := int32(draw.Below(uint64(n - len(list))))
	for _, l := range list {
		if x < l {
			break
		}
		x++
	}
	return x
}
