package topo

import (
	"slices"
	"testing"

	"mpsim/model/link"
)

// hostsOn returns the numbers of the hosts that a route visits, and checks that its links join one to the
// next.
func hostsOn(t *testing.T, g *Graph, from int32, links []link.ID) []int {
	t.Helper()
	var visited []int
	at := from
	for _, id := range links {
		e := g.ends[id]
		if e.tail.node != at {
			t.Fatalf("link %s does not begin at %s", g.net.Name(id), g.nodes[at].name)
		}
		if at = e.head.node; g.nodes[at].host != nil {
			visited = append(visited, g.nodes[at].host.address)
		}
	}
	return visited
}

// TestCubePaths: the paths of BuildPathSet between all pairs of hosts are right, as short as they may be, and
// share no host and no link.
func TestCubePaths(t *testing.T) {
	for _, shape := range [][2]int{{2, 2}, {3, 1}, {4, 0}, {3, 2}} {
		g, b := built(t, must(BCube(shape[0], shape[1])), Routing{Kind: SourceDistinct})
		levels := b.Plan.Cube.Levels
		for _, x := range b.Hosts {
			for _, y := range b.Hosts {
				if x == y {
					continue
				}
				differ, _ := x.cubeLevels(y)
				usedLinks, usedHosts := map[link.ID]bool{}, map[int]bool{}
				for n := range levels {
					p := must(x.Path(addr4(x, 0), addr4(y, 0), uint16(n), 80))
					links := g.net.Links(p.Route)
					visited := hostsOn(t, g, x.index, links)
					want := 2 * len(differ)
					if n >= len(differ) {
						want += 4
					}
					if len(links) != want || visited[len(visited)-1] != y.address {
						t.Fatalf("BCube%v, %s to %s, flow %d: %d links, want %d; hosts %v",
							shape, x.name, y.name, n, len(links), want, visited)
					}
					if g.ends[links[0]].tail.iface != p.Iface {
						t.Fatalf("the path leaves by interface %d, its first link by %d", p.Iface, g.ends[links[0]].tail.iface)
					}
					for _, id := range links {
						if usedLinks[id] {
							t.Fatalf("BCube%v, %s to %s: link %s twice", shape, x.name, y.name, g.net.Name(id))
						}
						usedLinks[id] = true
					}
					for _, h := range visited[:len(visited)-1] {
						if usedHosts[h] || h == x.address || h == y.address {
							t.Fatalf("BCube%v, %s to %s: host %d twice", shape, x.name, y.name, h)
						}
						usedHosts[h] = true
					}
				}
			}
		}
	}
}

// The digits of hosts and the levels of their interfaces agree with the wiring.
func TestCubeWiring(t *testing.T) {
	p := must(BCube(3, 2))
	for _, l := range p.Links {
		host, level := int(l.Ends[0].Index), int(l.Ends[0].Port)
		for _, m := range p.Links {
			if m.Ends[1] != l.Ends[1] {
				continue
			}
			other := int(m.Ends[0].Index)
			for i := range 3 {
				if i != level && p.Cube.digit(host, i) != p.Cube.digit(other, i) {
					t.Errorf("hosts %d and %d share a switch of level %d", host, other, level)
				}
			}
		}
	}
}

// Where one path is wanted it is a shortest one, whoever chooses.
func TestCubeShortest(t *testing.T) {
	for _, kind := range []RoutingKind{Shortest, ECMP, SourceRandom, SourceDistinct} {
		g, b := built(t, must(BCube(5, 2)), Routing{Kind: kind})
		for i, x := range b.Hosts {
			y := b.Hosts[(i*7+31)%125]
			if x == y {
				continue
			}
			differ, _ := x.cubeLevels(y)
			p := must(x.Path(addr4(x, 2), addr4(y, 1), 5, 6))
			if links := g.net.Links(p.Route); len(links) != 2*len(differ) {
				t.Errorf("kind %d, %s to %s: %d links, want %d", kind, x.name, y.name, len(links), 2*len(differ))
			}
		}
	}
}

// TestCubeAround: flows leave broken paths, by the interface that they have left by, and new ones avoid them.
func TestCubeAround(t *testing.T) {
	g, b := unprepared(t, must(BCube(4, 1)), Routing{Kind: SourceDistinct})
	if err := g.SetReroute(0); err != nil {
		t.Fatal(err)
	}
	g.Prepare()
	x, y := b.Hosts[0], b.Hosts[15]
	path := must(x.Path(addr4(x, 0), addr4(y, 0), 1, 80))
	old := g.net.Links(path.Route)
	g.FailLink(0, old[len(old)-1])
	g.net.World().Run(us)
	now := g.net.Links(path.Route)
	if slices.Equal(old, now) || now[0] != old[0] || g.avoids(now) {
		t.Errorf("moved from %v to %v", old, now)
	}
	visited := hostsOn(t, g, x.index, now)
	if visited[len(visited)-1] != y.address {
		t.Errorf("the new path visits %v", visited)
	}
	for port := range uint16(6) {
		p := must(x.Path(addr4(x, 0), addr4(y, 0), 100+port, 80))
		if g.avoids(g.net.Links(p.Route)) {
			t.Errorf("flow %d has a broken path", port)
		}
	}
	g.FailLink(us, x.ifaces[0].out, x.ifaces[1].out)
	g.net.World().Run(2 * us)
	if x.Reach(addr4(x, 0), addr4(y, 0)) == nil {
		t.Error("a way although no interface has a link")
	}
}
