package topo

import (
	"slices"
	"strings"
	"testing"
)

// shape is what a topology is known by.
type shape struct {
	hosts, switches, links int
	ports                  string // of switches by layer: "edge 4 aggr 4 core 4"; a range where they differ
	diameter               int    // links between the hosts that are farthest apart
	bisection              int    // links between the two halves of the hosts, as multiples of a host's rate
}

func TestShapes(t *testing.T) {
	tests := []struct {
		name string
		plan func() (Plan, error)
		want shape
	}{
		{"fat tree 2", func() (Plan, error) { return FatTree(2, 1, 1) },
			shape{2, 5, 6, "edge 2 aggr 2 core 2", 6, 1}},
		{"fat tree 4", func() (Plan, error) { return FatTree(4, 1, 1) },
			shape{16, 20, 48, "edge 4 aggr 4 core 4", 6, 8}},
		{"fat tree 8", func() (Plan, error) { return FatTree(8, 1, 1) },
			shape{128, 80, 384, "edge 8 aggr 8 core 8", 6, 64}},
		{"fat tree 8, 4:1", func() (Plan, error) { return FatTree(8, 4, 1) },
			shape{512, 80, 768, "edge 20 aggr 8 core 8", 6, 64}},
		{"fat tree 4, two homes", func() (Plan, error) { return FatTree(4, 1, 2) },
			shape{24, 28, 80, "edge 4 aggr 4 core 4", 6, 8}},
		{"fat tree 8, two homes", func() (Plan, error) { return FatTree(8, 1, 2) },
			shape{192, 112, 640, "edge 8 aggr 8 core 8", 6, 64}},
		{"fat tree 12, two homes", func() (Plan, error) { return FatTree(12, 1, 2) },
			shape{576, 252, 2016, "edge 11 aggr 12 core 12", 6, 216}},
		{"vl2 4", func() (Plan, error) { return VL2(4, 4, 2, 20) },
			shape{80, 10, 96, "tor 22 aggr 4 int 4", 6, 40}},
		{"vl2 9", func() (Plan, error) { return VL2(9, 6, 2, 20) },
			shape{180, 17, 210, "tor 22 aggr 5 int 6", 6, -1}},
		{"bcube 4, 1", func() (Plan, error) { return BCube(4, 1) },
			shape{16, 8, 32, "level-0 4 level-1 4", 4, 8}},
		{"bcube 5, 2", func() (Plan, error) { return BCube(5, 2) },
			shape{125, 75, 375, "level-0 5 level-1 5 level-2 5", 6, -1}},
		{"bcube 2, 0", func() (Plan, error) { return BCube(2, 0) }, shape{2, 1, 2, "level-0 2", 2, 1}},
		{"leaf spine", func() (Plan, error) { return LeafSpine(4, 3, 8) },
			shape{32, 7, 44, "leaf 11 spine 4", 4, 6}},
		{"jellyfish", func() (Plan, error) { return Jellyfish(20, 8, 3, 1) },
			shape{60, 20, 110, "switch 8", -1, -1}},
		{"jellyfish, odd", func() (Plan, error) { return Jellyfish(5, 4, 1, 2) },
			shape{5, 5, 12, "switch 3-4", -1, -1}},
		{"jellyfish, complete", func() (Plan, error) { return Jellyfish(6, 6, 1, 3) },
			shape{6, 6, 21, "switch 6", 3, -1}},
		{"dumbbell", func() (Plan, error) { return Dumbbell(3) }, shape{6, 2, 7, "core 4", 3, 1}},
		{"parking lot", func() (Plan, error) { return ParkingLot(3) }, shape{8, 4, 11, "core 3-4", 5, -1}},
		{"torus", func() (Plan, error) { return Torus(5) }, shape{20 / 2, 10, 25, "core 3", -1, 5}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := must(tt.plan())
			checkWiring(t, &p)
			got := shape{len(p.Hosts), len(p.Switches), len(p.Links), portsOf(&p), diameter(&p), bisection(&p)}
			if tt.want.diameter < 0 {
				tt.want.diameter = got.diameter
			}
			if tt.want.bisection < 0 {
				tt.want.bisection = got.bisection
			}
			if got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
			_, b := unprepared(t, p, Routing{})
			if len(b.Links) != len(p.Links) {
				t.Errorf("%d links built", len(b.Links))
			}
		})
	}
}

// checkWiring: every port of a host leads somewhere, and only once; no two nodes or links share a name.
func checkWiring(t *testing.T, p *Plan) {
	used := map[PlanEnd]bool{}
	names := map[string]bool{}
	once := func(name string) {
		if names[name] || name == "" {
			t.Errorf("name %q is used twice", name)
		}
		names[name] = true
	}
	for _, l := range p.Links {
		once("link " + l.Name)
		if l.Rate < 1 || l.Layer == "" || l.Ends[1].Host {
			t.Errorf("link %+v", l)
		}
		for _, e := range l.Ends {
			if !e.Host {
				continue
			}
			if used[e] || int(e.Port) >= p.Hosts[e.Index].Ports {
				t.Errorf("port %+v is used twice, or does not exist", e)
			}
			used[e] = true
		}
	}
	ports := 0
	for _, h := range p.Hosts {
		once(h.Name)
		ports += h.Ports
	}
	for _, s := range p.Switches {
		once(s.Name)
	}
	if ports != len(used) {
		t.Errorf("%d ports of hosts, %d in use", ports, len(used))
	}
}

// portsOf says how many links the switches of each layer have.
func portsOf(p *Plan) string {
	n := make([]int, len(p.Switches))
	for _, l := range p.Links {
		for _, e := range l.Ends {
			if !e.Host {
				n[e.Index]++
			}
		}
	}
	var layers []string
	least, most := map[string]int{}, map[string]int{}
	for i, s := range p.Switches {
		if _, known := least[s.Layer]; !known {
			layers = append(layers, s.Layer)
			least[s.Layer], most[s.Layer] = n[i], n[i]
		}
		least[s.Layer], most[s.Layer] = min(least[s.Layer], n[i]), max(most[s.Layer], n[i])
	}
	var parts []string
	for _, l := range layers {
		text := l + " " + itoa(least[l])
		if most[l] != least[l] {
			text += "-" + itoa(most[l])
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, " ")
}

func itoa(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return itoa(n/10) + string(rune('0'+n%10))
}

// nodeOf numbers hosts, then switches.
func nodeOf(p *Plan, e PlanEnd) int {
	if e.Host {
		return int(e.Index)
	}
	return len(p.Hosts) + int(e.Index)
}

// diameter is the largest number of links between two hosts, hosts that forward included.
func diameter(p *Plan) int {
	n := len(p.Hosts) + len(p.Switches)
	near := make([][]int, n)
	for _, l := range p.Links {
		a, b := nodeOf(p, l.Ends[0]), nodeOf(p, l.Ends[1])
		near[a], near[b] = append(near[a], b), append(near[b], a)
	}
	worst := 0
	for h := range p.Hosts {
		seen := make([]int, n)
		for open := []int{h}; len(open) > 0; open = open[1:] {
			at := open[0]
			if at != h && at < len(p.Hosts) && !p.Hosts[at].Forwards {
				continue
			}
			for _, to := range near[at] {
				if seen[to] == 0 && to != h {
					seen[to] = seen[at] + 1
					open = append(open, to)
				}
			}
		}
		worst = max(worst, slices.Max(seen[:len(p.Hosts)]))
	}
	return worst
}

// bisection is the maximum flow from the first half of the hosts, or the sources, to the others (Edmonds and
// Karp 1972).
func bisection(p *Plan) int {
	n := len(p.Hosts) + len(p.Switches) + 2
	source, sink := n-2, n-1
	const unbound = 1 << 20
	room := make([]map[int]int, n)
	for i := range room {
		room[i] = map[int]int{}
	}
	for _, l := range p.Links {
		a, b := nodeOf(p, l.Ends[0]), nodeOf(p, l.Ends[1])
		room[a][b] += l.Rate
		room[b][a] += l.Rate
	}
	for h := range p.Hosts {
		if h < len(p.Hosts)/2 {
			room[source][h] = unbound
		} else {
			room[h][sink] = unbound
		}
	}
	total := 0
	for {
		from := make([]int, n)
		for i := range from {
			from[i] = -1
		}
		from[source] = source
		for open := []int{source}; len(open) > 0 && from[sink] < 0; open = open[1:] {
			for to, c := range room[open[0]] {
				if c > 0 && from[to] < 0 {
					from[to] = open[0]
					open = append(open, to)
				}
			}
		}
		if from[sink] < 0 {
			return total
		}
		least := unbound
		for at := sink; at != source; at = from[at] {
			least = min(least, room[from[at]][at])
		}
		for at := sink; at != source; at = from[at] {
			room[from[at]][at] -= least
			room[at][from[at]] += least
		}
		total += least
	}
}

func TestPlanErrors(t *testing.T) {
	tests := []struct {
		plan func() (Plan, error)
		want string
	}{
		{func() (Plan, error) { return FatTree(5, 1, 1) }, "even"},
		{func() (Plan, error) { return FatTree(0, 1, 1) }, "k is 0: give 2 to"},
		{func() (Plan, error) { return FatTree(4, 0, 1) }, "oversubscription is 0"},
		{func() (Plan, error) { return FatTree(4, 1, 3) }, "homes is 3: give 1 to 2"},
		{func() (Plan, error) { return FatTree(6, 1, 2) }, "multiple of 4"},
		{func() (Plan, error) { return VL2(4, 1, 1, 1) }, "aggs is 1"},
		{func() (Plan, error) { return BCube(1, 1) }, "n is 1"},
		{func() (Plan, error) { return BCube(60, 3) }, "more than"},
		{func() (Plan, error) { return LeafSpine(0, 1, 1) }, "leaves is 0"},
		{func() (Plan, error) { return Jellyfish(4, 8, 1, 1) }, "give more switches"},
		{func() (Plan, error) { return Jellyfish(4, 4, 4, 1) }, "hosts-per-switch is 4"},
		{func() (Plan, error) { return Jellyfish(6, 3, 2, 1) }, "joins 2 to the first"},
		{func() (Plan, error) { return Dumbbell(0) }, "pairs is 0"},
		{func() (Plan, error) { return ParkingLot(0) }, "hops is 0"},
		{func() (Plan, error) { return Torus(1) }, "links is 1"},
	}
	for i, tt := range tests {
		if _, err := tt.plan(); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("case %d: error %v, want %q in it", i, err, tt.want)
		}
	}
}

// TestJellyfish: the graph is connected, a seed names it, and other seeds make other ones.
func TestJellyfish(t *testing.T) {
	seen := map[string]bool{}
	for seed := range uint64(20) {
		p := must(Jellyfish(15, 6, 2, seed))
		again := must(Jellyfish(15, 6, 2, seed))
		if !slices.Equal(p.Links, again.Links) {
			t.Error("the same seed made another graph")
		}
		var names []string
		for _, l := range p.Links {
			names = append(names, l.Name)
		}
		seen[strings.Join(names, " ")] = true
		if d := diameter(&p); d < 4 || d > 6 {
			t.Errorf("seed %d: diameter %d", seed, d)
		}
	}
	if len(seen) != 20 {
		t.Errorf("%d graphs from 20 seeds", len(seen))
	}
}

func TestCut(t *testing.T) {
	for _, parts := range []int{1, 2, 3, 8} {
		p := must(FatTree(8, 1, 1))
		c := must(p.Cut(parts))
		size := make([]int, parts)
		for h, part := range c.Hosts {
			size[part]++
			if edge := p.Edges()[h]; c.Switches[edge] != part {
				t.Errorf("host %d and its switch lie in parts %d and %d", h, part, c.Switches[edge])
			}
		}
		if slices.Max(size)-slices.Min(size) > 16 {
			t.Errorf("parts of %v hosts", size)
		}
		for _, l := range p.Links { // only links of core switches cross
			a, b := l.Ends[0], l.Ends[1]
			if !a.Host && c.Switches[a.Index] != c.Switches[b.Index] && l.Layer != "core" {
				t.Errorf("link %s crosses", l.Name)
			}
		}
		cores := make([]int, parts)
		for i, s := range p.Switches {
			if s.Layer == "core" {
				cores[c.Switches[i]]++
			}
		}
		if slices.Max(cores)-slices.Min(cores) > 1 {
			t.Errorf("core switches are dealt out as %v", cores)
		}
	}
	p := must(FatTree(4, 1, 1))
	if _, err := p.Cut(5); err == nil || !strings.Contains(err.Error(), "4 pods") {
		t.Errorf("5 parts of 4 pods: %v", err)
	}
	p = must(Torus(5))
	if _, err := p.Cut(2); err == nil || !strings.Contains(err.Error(), "no pods") {
		t.Errorf("a torus: %v", err)
	}
	p = must(VL2(8, 4, 2, 2))
	c := must(p.Cut(2))
	for _, l := range p.Links {
		if a, b := l.Ends[0], l.Ends[1]; l.Layer == "edge" && c.Switches[a.Index] != c.Switches[b.Index] {
			t.Errorf("link %s crosses", l.Name)
		}
	}
}
