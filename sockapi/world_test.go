package sockapi_test

import (
	"fmt"
	"testing"

	"mpsim/model/link"
	"mpsim/model/mptcp"
	"mpsim/model/tcp"
	"mpsim/model/topo"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"
)

const (
	port = 80
	ms   = unit.Millisecond
)

// options of a small world; the zero value is what most tests want.
type options struct {
	plainServer bool         // the server has no MPTCP
	tcp         tcp.Config   // of both hosts
	mptcp       mptcp.Config // of both hosts
}

// world is a client with two interfaces, a router and a server with one, and an island that no link
// reaches. Each of the client's paths has 10 Mbit/s and a round trip of 20 ms.
type world struct {
	*sim.World
	net            *link.Net
	client, server *sockapi.Host
	local          wire.Addr // the client's first address
	remote         wire.Addr // the server's address
	island         wire.Addr
	links          []link.ID
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

func newWorld(o options) *world {
	w := &world{World: sim.NewWorld(1)}
	w.net = link.NewNet(w.World)
	g := topo.New(w.net)
	client, server, island := must(g.AddHost("client")), must(g.AddHost("server")), must(g.AddHost("island"))
	core := must(g.AddRouter("core"))
	for range 2 {
		must(client.AddInterface(topo.InterfaceConfig{}))
	}
	must(server.AddInterface(topo.InterfaceConfig{}))
	must(island.AddInterface(topo.InterfaceConfig{}))
	for i, p := range []topo.Port{client.Port(0), client.Port(1), server.Port(0)} {
		config := func(dir string) link.Config {
			c := link.Config{Name: fmt.Sprintf("link%d.%s", i, dir), Rate: 10_000_000, Delay: 10 * ms}
			if i == 2 {
				c.Rate, c.Delay = 100_000_000, 0
			}
			return c
		}
		up, down, err := g.Connect(p, core.Port(), config("up"), config("down"))
		if err != nil {
			panic(err)
		}
		w.links = append(w.links, up, down)
	}
	arena, layer := tcp.NewArena(w.World, w.net), mptcp.NewLayer(w.World, w.net)
	ct, st := arena.NewStack(client, o.tcp), arena.NewStack(server, o.tcp)
	w.client = sockapi.NewHost("client", w.World, ct, layer.NewStack(ct, stateHost{client}, o.mptcp))
	var sm *mptcp.Stack
	if !o.plainServer {
		sm = layer.NewStack(st, stateHost{server}, o.mptcp)
	}
	w.server = sockapi.NewHost("server", w.World, st, sm)
	w.local, w.remote = client.Addrs()[0], server.Addrs()[0]
	w.island = island.Addrs()[0]
	return w
}

// setDown takes all links away, or brings them back.
func (w *world) setDown(down bool) {
	for _, id := range w.links {
		w.net.SetDown(id, down)
	}
}

// process starts an application; its error fails the test.
func (w *world) process(t *testing.T, name string, body func(p *sim.Proc) error) *sim.Proc {
	return w.Go(w.Component(name), name, func(p *sim.Proc) {
		if err := body(p); err != nil {
			t.Errorf("at %s: %s: %v", p.Now(), name, err)
		}
	})
}

// finish runs the world until until and fails if one of the processes still blocks.
func (w *world) finish(t *testing.T, until unit.Duration, all ...*sim.Proc) {
	t.Helper()
	w.Run(sim.Time(until))
	for _, p := range all {
		if !p.Ended() {
			t.Errorf("process %s still blocks after %s", p.Name(), until)
		}
	}
	w.Close()
}

// end is an application at one end of a connection.
type end = func(p *sim.Proc, c *sockapi.Conn) error

// both runs a client and a server application on one connection of the given transport.
func both(t *testing.T, w *world, n sockapi.Network, client, server end) {
	t.Helper()
	s := w.process(t, "server", func(p *sim.Proc) error {
		l, err := w.server.Listen(n, wire.Addr{}, port)
		if err != nil {
			return err
		}
		c, err := l.Accept(p)
		if err != nil {
			return err
		}
		return server(p, c)
	})
	c := w.process(t, "client", func(p *sim.Proc) error {
		c, err := w.client.Dial(p, n, w.local, w.remote, port)
		if err != nil {
			return err
		}
		return client(p, c)
	})
	w.finish(t, 300*unit.Second, s, c)
}

// each runs a test over both transports.
func each(t *testing.T, f func(t *testing.T, n sockapi.Network)) {
	for _, n := range []sockapi.Network{sockapi.TCP, sockapi.MPTCP} {
		t.Run(n.String(), func(t *testing.T) { f(t, n) })
	}
}
