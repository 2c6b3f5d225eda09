package app_test

import (
	"testing"

	"mpsim/model/link"
	"mpsim/model/mptcp"
	"mpsim/model/tcp"
	"mpsim/model/topo"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"
	"mpsim/sockapi/app"
)

const (
	oneWay = 10 * unit.Millisecond
	rate   = 10 * unit.MbitPerSecond
)

// world is a client and a server on one link of 10 Mbit/s and a round trip of 20 ms.
type world struct {
	*sim.World
	net      *link.Net
	ends     app.Ends
	up, down link.ID
	forge    func(now sim.Time, seg *wire.Segment) // may change what the server sends
}

// forging is a host whose outgoing segments may be changed: a network that corrupts what no checksum sees.
type forging struct {
	*topo.Host
	w *world
}

func (h *forging) Send(now sim.Time, p link.PacketID, path link.Path, size int) {
	if h.w.forge != nil {
		h.w.forge(now, h.w.net.Segment(p))
	}
	h.Host.Send(now, p, path, size)
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

func newWorld(n sockapi.Network) *world {
	w := &world{World: sim.NewWorld(1)}
	w.net = link.NewNet(w.World)
	g := topo.New(w.net)
	client, server := must(g.AddHost("client")), must(g.AddHost("server"))
	must(client.AddInterface(topo.InterfaceConfig{}))
	must(server.AddInterface(topo.InterfaceConfig{}))
	var err error
	w.up, w.down, err = g.Connect(client.Port(0), server.Port(0),
		link.Config{Name: "up", Rate: rate, Delay: oneWay}, link.Config{Name: "down", Rate: rate, Delay: oneWay})
	if err != nil {
		panic(err)
	}
	arena, layer := tcp.NewArena(w.World, w.net), mptcp.NewLayer(w.World, w.net)
	ct, st := arena.NewStack(client, tcp.Config{}), arena.NewStack(&forging{server, w}, tcp.Config{})
	w.ends = app.Ends{
		Name: "job", Network: n, Local: client.Addrs()[0], Remote: server.Addrs()[0], Port: 5001,
		Client: sockapi.NewHost("client", w.World, ct, layer.NewStack(ct, stateHost{client}, mptcp.Config{})),
		Server: sockapi.NewHost("server", w.World, st, layer.NewStack(st, stateHost{server}, mptcp.Config{})),
	}
	return w
}

// run handles d of virtual time and ends the world.
func (w *world) run(d unit.Duration) {
	w.Run(sim.Time(d))
	w.Close()
}

// each runs a test over both transports.
func each(t *testing.T, f func(t *testing.T, w *world)) {
	for _, n := range []sockapi.Network{sockapi.TCP, sockapi.MPTCP} {
		t.Run(n.String(), func(t *testing.T) { f(t, newWorld(n)) })
	}
}
