package script_test

import (
	"fmt"

	"mpsim/model/link"
	"mpsim/model/mptcp"
	"mpsim/model/tcp"
	"mpsim/model/topo"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"
	"mpsim/sockapi/script"
)

// world is a phone with the interfaces lte and wifi, a router and a server with one. The phone's links have
// 10 Mbit/s; the round trip is 40 ms over lte and 20 ms over wifi. An island has an address and no link.
type world struct {
	*sim.World
	net           *link.Net
	client        *topo.Host
	phone, server *sockapi.Host
	names         map[string]wire.Addr
	links         map[string][]link.ID
}

// stateHost adds what MPTCP wants to know of an interface.
type stateHost struct{ *topo.Host }

func (h stateHost) InterfaceState(i int) (up, backup bool) {
	f := h.Interface(i)
	return f.Up, f.Backup
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func newWorld() *world {
	w := &world{World: sim.NewWorld(1), links: map[string][]link.ID{}}
	w.net = link.NewNet(w.World)
	g := topo.New(w.net)
	client, server, island := must(g.AddHost("phone")), must(g.AddHost("server")), must(g.AddHost("island"))
	core := must(g.AddRouter("core"))
	for _, name := range []string{"lte", "wifi"} {
		must(client.AddInterface(topo.InterfaceConfig{Name: name}))
	}
	must(server.AddInterface(topo.InterfaceConfig{Name: "eth0"}))
	must(island.AddInterface(topo.InterfaceConfig{}))
	for i, p := range []topo.Port{client.Port(0), client.Port(1), server.Port(0)} {
		name := []string{"lte", "wifi", "eth"}[i]
		c := link.Config{Rate: 10_000_000, Delay: []unit.Duration{20, 10, 0}[i] * unit.Millisecond}
		if i == 2 {
			c.Rate = 100_000_000
		}
		up, down := c, c
		up.Name, down.Name = name+".up", name+".down"
		a, b, err := g.Connect(p, core.Port(), up, down)
		if err != nil {
			panic(err)
		}
		w.links[name] = []link.ID{a, b}
	}
	arena, layer := tcp.NewArena(w.World, w.net), mptcp.NewLayer(w.World, w.net)
	ct, st := arena.NewStack(client, tcp.Config{}), arena.NewStack(server, tcp.Config{})
	cm, sm := mptcp.Config{PathManager: "none"}, mptcp.Config{PathManager: "none"}
	w.client = client
	w.phone = sockapi.NewHost("phone", w.World, ct, layer.NewStack(ct, stateHost{client}, cm))
	w.server = sockapi.NewHost("server", w.World, st, layer.NewStack(st, stateHost{server}, sm))
	w.names = map[string]wire.Addr{
		"server": server.Addrs()[0], "phone.lte": client.Addrs()[0], "phone.wifi": client.Addrs()[1],
		"island": island.Addrs()[0],
	}
	return w
}

func (w *world) resolve(name string) (wire.Addr, error) {
	a, ok := w.names[name]
	if !ok {
		return a, fmt.Errorf("no host has the name %q", name)
	}
	return a, nil
}

// config is what scripts on one of the hosts run with.
func (w *world) config(h *sockapi.Host, name string) script.Config {
	c := script.Config{Host: h, Name: name, Resolve: w.resolve}
	if h == w.phone {
		for i, label := range []string{"lte", "wifi"} {
			c.Labels = append(c.Labels, script.InterfaceTag{Name: label, Addrs: w.client.Addrs()[i : i+1],
				Up: func() bool { return w.client.Interface(i).Up }})
		}
	}
	return c
}

// start compiles and starts a script on the phone, or on the server.
func (w *world) start(h *sockapi.Host, name, text string) *script.Run {
	return must(script.Compile(name+".star", []byte(text))).Start(w.config(h, name))
}
