package traffic_test

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
	"mpsim/sockapi/app/traffic"
)

const (
	rate   = 100 * unit.MbitPerSecond
	oneWay = 100 * unit.Microsecond // of each of the two links of a way
)

// world is hosts around one switch, each with so many interfaces.
type world struct {
	*sim.World
	net    *link.Net
	graph  *topo.Graph
	hosts  []traffic.Host
	engine *traffic.Engine
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

// star makes n hosts around one switch.
func star(n, interfaces int, seed uint64) *world { return around(n, interfaces, 1, seed) }

// apart makes n hosts with two interfaces at two switches that nothing joins.
func apart(n int) *world { return around(n, 2, 2, 1) }

// around makes n hosts around some switches: interface i is at switch i, and from the first one on again.
func around(n, interfaces, switches int, seed uint64) *world {
	w := &world{World: sim.NewWorld(seed), engine: traffic.New()}
	w.net = link.NewNet(w.World)
	w.graph = topo.New(w.net)
	var hubs []*topo.Router
	for i := range switches {
		hubs = append(hubs, must(w.graph.AddRouter(fmt.Sprintf("switch-%d", i))))
	}
	arena, layer := tcp.NewArena(w.World, w.net), mptcp.NewLayer(w.World, w.net)
	for i := range n {
		h := must(w.graph.AddHost(fmt.Sprintf("host-%d", i)))
		var addrs []wire.Addr
		for k := range interfaces {
			must(h.AddInterface(topo.InterfaceConfig{}))
			name := fmt.Sprintf("%s.%d", h.Name(), k)
			queue := link.Queue{Packets: 100}
			up := link.Config{Name: name + ".up", Rate: rate, Delay: oneWay, Queue: queue}
			down := link.Config{Name: name + ".down", Rate: rate, Delay: oneWay, Queue: queue}
			if _, _, err := w.graph.Connect(h.Port(k), hubs[k%switches].Port(), up, down); err != nil {
				panic(err)
			}
			addrs = append(addrs, h.Interface(k).Addrs[0])
		}
		s := arena.NewStack(h, tcp.Config{})
		w.hosts = append(w.hosts, traffic.Host{
			API:   sockapi.NewHost(h.Name(), w.World, s, layer.NewStack(s, stateHost{h}, mptcp.Config{})),
			Addrs: addrs, Place: traffic.Place{Edge: int32(i / 2), Pod: int32(i / 4)},
		})
	}
	return w
}

// add starts a group over all hosts.
func (w *world) add(g traffic.Group) *traffic.Traffic {
	if g.Hosts == nil {
		g.Hosts = w.hosts
	}
	return must(w.engine.Add(g))
}

// run handles d of virtual time.
func (w *world) run(d unit.Duration) { w.Run(sim.Time(d)) }

func transports() []traffic.Transport {
	return []traffic.Transport{
		{Network: sockapi.TCP, Congestion: "newreno"},
		{Network: sockapi.MPTCP, Subflows: 4, Congestion: "lia"},
	}
}

// each runs a test over TCP, and over Multipath TCP with 4 subflows.
func each(t *testing.T, f func(t *testing.T, tr traffic.Transport)) {
	for _, tr := range transports() {
		t.Run(tr.Network.String(), func(t *testing.T) { f(t, tr) })
	}
}
