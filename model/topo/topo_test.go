package topo

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mpsim/model/link"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// must returns v or panics, which ends the test.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func addr(s string) wire.Addr { return wire.AddrFrom(netip.MustParseAddr(s)) }

// phoneWorld is a phone with WiFi and LTE, a router on each path, and a server.
type phoneWorld struct {
	w             *sim.World
	net           *link.Net
	g             *Graph
	phone, server *Host
	wifi, lte     *Router
}

func (p *phoneWorld) connect(t testing.TB, name string, a, b Port, delay unit.Duration) (ab, ba link.ID) {
	t.Helper()
	c := link.Config{Name: name + ".up", Delay: delay, Rate: 12_000_000}
	d := link.Config{Name: name + ".down", Delay: delay, Rate: 12_000_000}
	ab, ba, err := p.g.Connect(a, b, c, d)
	if err != nil {
		t.Fatal(err)
	}
	return ab, ba
}

func newPhoneWorld(t testing.TB) *phoneWorld {
	t.Helper()
	w := sim.NewWorld(1)
	n := link.NewNet(w)
	p := &phoneWorld{w: w, net: n, g: New(n)}
	p.phone = must(p.g.AddHost("phone"))
	p.server = must(p.g.AddHost("server"))
	p.wifi = must(p.g.AddRouter("wifi"))
	p.lte = must(p.g.AddRouter("lte"))
	for _, c := range []InterfaceConfig{
		{Name: "wlan0", Assign: Both}, {Name: "rmnet0", Assign: Both, Backup: true},
	} {
		if _, err := p.phone.AddInterface(c); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := p.server.AddInterface(InterfaceConfig{Name: "eth0", Assign: Both}); err != nil {
		t.Fatal(err)
	}
	core := must(p.g.AddRouter("core"))
	p.connect(t, "wlan", p.phone.Port(0), p.wifi.Port(), unit.Millisecond)
	p.connect(t, "cell", p.phone.Port(1), p.lte.Port(), 20*unit.Millisecond)
	p.connect(t, "wifi-core", p.wifi.Port(), core.Port(), unit.Millisecond)
	p.connect(t, "lte-core", p.lte.Port(), core.Port(), unit.Millisecond)
	p.connect(t, "core-server", core.Port(), p.server.Port(0), unit.Millisecond)
	return p
}

func (p *phoneWorld) names(path link.Path) []string {
	var names []string
	for _, id := range p.net.Links(path.Route) {
		names = append(names, p.net.Name(id))
	}
	return names
}

func TestAddressPlan(t *testing.T) {
	p := newPhoneWorld(t)
	want := []wire.Addr{addr("10.0.0.1"), addr("fd00::1"), addr("10.1.0.1"), addr("fd00:0:0:1::1")}
	if got := p.phone.Addrs(); !slices.Equal(got, want) {
		t.Errorf("phone has %v", got)
	}
	if h, i := p.g.Owner(addr("fd00::2")); h != p.server || i != 0 {
		t.Errorf("fd00::2 belongs to %v", h)
	}
	if got := plan4(65535, 255); got != addr("10.255.255.255") {
		t.Errorf("the last address of the plan is %v", got.Netip())
	}
}

// A packet leaves through the interface that has its source address, whatever is shorter.
func TestSourceBinding(t *testing.T) {
	p := newPhoneWorld(t)
	tests := []struct {
		from     *Host
		src, dst string
		iface    int32
		links    string
	}{
		{p.phone, "10.0.0.1", "10.0.0.2", 0, "wlan.up wifi-core.up core-server.up"},
		{p.phone, "10.1.0.1", "10.0.0.2", 1, "cell.up lte-core.up core-server.up"},
		{p.phone, "fd00:0:0:1::1", "fd00::2", 1, "cell.up lte-core.up core-server.up"},
		{p.server, "10.0.0.2", "10.1.0.1", 0, "core-server.down lte-core.down cell.down"},
	}
	for _, tt := range tests {
		path, err := tt.from.Path(addr(tt.src), addr(tt.dst), 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(p.names(path), " "); got != tt.links || path.Iface != tt.iface {
			t.Errorf("%s to %s: interface %d, %s; want %d, %s",
				tt.src, tt.dst, path.Iface, got, tt.iface, tt.links)
		}
		again, err := tt.from.Path(addr(tt.src), addr(tt.dst), 0, 0)
		if err != nil || again != path {
			t.Errorf("looked up again: %+v, %v; want %+v", again, err, path)
		}
	}
}

func TestNoPath(t *testing.T) {
	p := newPhoneWorld(t)
	lonely := must(p.g.AddHost("lonely"))
	must(lonely.AddInterface(InterfaceConfig{}))
	island := must(p.g.AddHost("island"))
	must(island.AddInterface(InterfaceConfig{}))
	p.connect(t, "far", island.Port(0), must(p.g.AddRouter("far")).Port(), 0)
	tests := []struct{ src, dst, want string }{
		{"10.0.0.2", "10.0.0.1", "not an address of this host"},
		{"10.0.0.1", "192.0.2.1", "no host has the destination"},
		{"10.0.0.1", "fd00::2", "one address is IPv4"},
		{"10.0.0.1", "10.1.0.1", "no loopback"},
		{"10.0.0.1", "10.0.0.3", "interface 0 of lonely is not connected"},
		{"10.0.0.1", "10.0.0.4", "no path of links"},
	}
	for _, tt := range tests {
		_, err := p.phone.Path(addr(tt.src), addr(tt.dst), 0, 0)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s to %s: error %v, want %q in it", tt.src, tt.dst, err, tt.want)
		}
	}
	if _, err := lonely.Path(addr("10.0.0.3"), addr("10.0.0.1"), 0, 0); err == nil {
		t.Error("an interface that is not connected has a path")
	}
}

func TestSource(t *testing.T) {
	p := newPhoneWorld(t)
	want := func(dst, src string) {
		t.Helper()
		got, err := p.phone.Source(addr(dst))
		if err != nil || got != addr(src) {
			t.Errorf("source to %s: %v, %v; want %s", dst, got.Netip(), err, src)
		}
	}
	want("10.0.0.2", "10.0.0.1")
	want("fd00::2", "fd00::1")
	p.phone.SetInterface(0, 0, false)
	want("10.0.0.2", "10.1.0.1")
	p.phone.SetInterface(0, 1, false)
	if _, err := p.phone.Source(addr("10.0.0.2")); err == nil {
		t.Error("a source although no interface is up")
	}
}

func TestBadGraph(t *testing.T) {
	p := newPhoneWorld(t)
	connect := func(a, b Port, name string) error {
		_, _, err := p.g.Connect(a, b, link.Config{Name: name}, link.Config{Name: name + "'"})
		return err
	}
	iface := func(c InterfaceConfig) error {
		_, err := p.phone.AddInterface(c)
		return err
	}
	_, sameHost := p.g.AddHost("wifi")
	_, sameRouter := p.g.AddRouter("phone")
	_, noName := p.g.AddHost("")
	_, _, badLink := p.g.Connect(p.wifi.Port(), p.lte.Port(),
		link.Config{Name: "x", Rate: -1}, link.Config{Name: "y"})
	tests := []struct {
		err  error
		want string
	}{
		{sameHost, "exists already"},
		{sameRouter, "exists already"},
		{noName, "without a name"},
		{badLink, "negative"},
		{connect(p.phone.Port(0), p.lte.Port(), "x"), "connected already, to wlan.up"},
		{connect(p.lte.Port(), p.lte.Port(), "x"), "both ends are at lte"},
		{iface(InterfaceConfig{Name: "wlan0"}), "exists already"},
		{iface(InterfaceConfig{Name: "x", MTU: 67}), "outside 68..65535"},
		{iface(InterfaceConfig{Name: "x", Addrs: []wire.Addr{addr("10.0.0.2")}}), "taken by interface eth0"},
		{iface(InterfaceConfig{Name: "x", Addrs: []wire.Addr{addr("10.9.9.9"), addr("10.9.9.9")}}), "given twice"},
		{iface(InterfaceConfig{Name: "x", Addrs: []wire.Addr{{}}}), "unicast"},
		{iface(InterfaceConfig{Name: "x", Addrs: []wire.Addr{addr("224.0.0.1")}}), "unicast"},
	}
	for i, tt := range tests {
		if tt.err == nil || !strings.Contains(tt.err.Error(), tt.want) {
			t.Errorf("case %d: error %v, want %q in it", i, tt.err, tt.want)
		}
	}
	mixed := InterfaceConfig{Name: "given", Addrs: []wire.Addr{addr("192.0.2.1")}, Assign: Both}
	if err := iface(mixed); err != nil {
		t.Error(err)
	}
	want := []wire.Addr{addr("192.0.2.1"), addr("fd00:0:0:2::1")}
	if got := p.phone.Interface(2).Addrs; !slices.Equal(got, want) {
		t.Errorf("given one family, assigned both: %v", got)
	}
}

// TestShortestPath compares routes with the Bellman-Ford relaxation on random graphs of routers.
func TestShortestPath(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := sim.NewWorld(1)
		g := New(link.NewNet(w))
		const routers = 6
		var ports []Port
		for i := range routers {
			ports = append(ports, must(g.AddRouter("r"+string(rune('0'+i)))).Port())
		}
		type arc struct{ from, to, delay int }
		var arcs []arc
		byLink := map[link.ID]arc{}
		for i := range rapid.IntRange(0, 12).Draw(t, "connections") {
			a := rapid.IntRange(0, routers-1).Draw(t, "a")
			b := (a + rapid.IntRange(1, routers-1).Draw(t, "b")) % routers
			ab, ba := rapid.IntRange(0, 3).Draw(t, "ab"), rapid.IntRange(0, 3).Draw(t, "ba")
			name := string(rune('A' + i))
			f, r, err := g.Connect(ports[a], ports[b], link.Config{Name: name, Delay: unit.Duration(ab)},
				link.Config{Name: name + "'", Delay: unit.Duration(ba)})
			if err != nil {
				t.Fatal(err)
			}
			byLink[f], byLink[r] = arc{a, b, ab}, arc{b, a, ba}
			arcs = append(arcs, byLink[f], byLink[r])
		}
		const far = 1 << 20
		cost := [routers]int{} // delay*100 + hops
		for i := 1; i < routers; i++ {
			cost[i] = far
		}
		for range routers {
			for _, a := range arcs {
				cost[a.to] = min(cost[a.to], cost[a.from]+a.delay*100+1)
			}
		}
		tree := g.treeFrom(0)
		for r := range int32(routers) {
			links, ok := tree.to(r)
			if ok != (cost[r] < far) {
				t.Fatalf("router %d: reached %v, cost %d", r, ok, cost[r])
			}
			if !ok {
				continue
			}
			at, sum := 0, 0
			for _, id := range links {
				a := byLink[id]
				if a.from != at {
					t.Fatalf("router %d: broken path %v", r, links)
				}
				at, sum = a.to, sum+a.delay*100+1
			}
			if at != int(r) || sum != cost[r] {
				t.Fatalf("router %d: path %v costs %d and ends at %d, want cost %d", r, links, sum, at, cost[r])
			}
		}
	})
}
