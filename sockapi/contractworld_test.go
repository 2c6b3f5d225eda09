package sockapi_test

import (
	"errors"
	"fmt"
	"testing"

	"mpsim/model/link"
	"mpsim/model/middlebox"
	"mpsim/model/mptcp"
	"mpsim/model/tcp"
	"mpsim/model/topo"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"
)

// apiOptions of a world for the enhanced socket API.
type apiOptions struct {
	api         sockapi.API
	plainServer bool // the server has no MPTCP: connections fall back
	dataBox     bool // a box on the path takes MPTCP's options off all segments but SYNs
	noJoinHere  bool // the server sets the C flag
	anyPort     bool // both take joins at ports where nobody listens
	maxSubflows int  // of both hosts; 0: their profile's
	manager     string
	tcp         tcp.Config
}

// apiWorld is a client with two interfaces, wifi and cell, and a server with one, all with an IPv4 and an
// IPv6 address, and an island that no link reaches. The paths have 10 Mbit/s and a round trip of 20 ms.
// Nobody but the applications opens subflows.
type apiWorld struct {
	*sim.World
	net            *link.Net
	client, server *sockapi.Host
	topo           *topo.Host // the client
	links          []link.ID  // wifi up and down, cell up and down, server up and down

	wifi, cell, wifi6, cell6 wire.Addr
	remote, remote6, island  wire.Addr

	sent, got []wire.Segment // what the client has sent and received
}

// segmentTap keeps segments.
type segmentTap struct{ w *apiWorld }

func (s segmentTap) Packet(_ sim.Time, seg *wire.Segment, inbound bool) {
	if inbound {
		s.w.got = append(s.w.got, *seg)
	} else {
		s.w.sent = append(s.w.sent, *seg)
	}
}

func newAPIWorld(o apiOptions) *apiWorld {
	w := &apiWorld{World: sim.NewWorld(1)}
	w.net = link.NewNet(w.World)
	g := topo.New(w.net)
	client, server, island := must(g.AddHost("client")), must(g.AddHost("server")), must(g.AddHost("island"))
	core := must(g.AddRouter("core"))
	must(client.AddInterface(topo.InterfaceConfig{Name: "wifi", Assign: topo.Both}))
	must(client.AddInterface(topo.InterfaceConfig{Name: "cell", Assign: topo.Both}))
	must(server.AddInterface(topo.InterfaceConfig{Name: "eth0", Assign: topo.Both}))
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
	if o.dataBox {
		c := middlebox.NewLayer(w.net, g).NewChain("server", w.links[4], w.links[5])
		must(c.Add(middlebox.Config{Name: "box", Do: middlebox.Options{Set: wire.OptMPTCP,
			On: middlebox.DataSegments}}))
	}
	client.SetTap(0, segmentTap{w})
	client.SetTap(1, segmentTap{w})
	if o.manager == "" {
		o.manager = "none"
	}
	config := mptcp.Config{PathManager: o.manager, MaxSubflows: o.maxSubflows}
	if o.anyPort {
		config.Policy.JoinAnyPort = tcp.On
	}
	arena, layer := tcp.NewArena(w.World, w.net), mptcp.NewLayer(w.World, w.net)
	ct, st := arena.NewStack(client, o.tcp), arena.NewStack(server, o.tcp)
	w.topo = client
	w.client = sockapi.NewHost("client", w.World, ct, layer.NewStack(ct, stateHost{client}, config))
	var sm *mptcp.Stack
	if !o.plainServer {
		if o.noJoinHere {
			config.NoJoinHere = tcp.On
		}
		sm = layer.NewStack(st, stateHost{server}, config)
	}
	w.server = sockapi.NewHost("server", w.World, st, sm)
	w.client.SetAPI(o.api)
	a := client.Addrs()
	w.wifi, w.wifi6, w.cell, w.cell6 = a[0], a[1], a[2], a[3]
	w.remote, w.remote6, w.island = server.Addrs()[0], server.Addrs()[1], island.Addrs()[0]
	return w
}

// serve has the server read all that comes and, at the end of the stream, close; it answers the first octets
// so that the connection is fully established at both ends.
func (w *apiWorld) serve(more ...func(p *sim.Proc, s *sockapi.Socket)) {
	w.Go(w.Component("server"), "server", func(p *sim.Proc) {
		l := w.server.Socket(sockapi.MPTCP)
		must(0, l.Bind(wire.Addr{}, port))
		must(0, l.Listen(10))
		s := must(l.Accept(p, true))
		for _, f := range more {
			f(p, s)
		}
		b := make([]byte, 100_000)
		for first := true; ; first = false {
			if _, err := s.Recv(p, b, 0, true); err != nil {
				break
			}
			if first {
				must(s.Send(p, []byte("welcome"), 0, true))
			}
		}
		_ = s.Close()
	})
}

// run runs the client's body in a process until it ends.
func (w *apiWorld) run(t testing.TB, body func(p *sim.Proc)) {
	t.Helper()
	c := w.Go(w.Component("client"), "client", body)
	w.Run(sim.Time(1000 * unit.Second))
	if !c.Ended() {
		t.Error("the client still blocks")
	}
	w.Close()
}

// connect returns a socket over wifi, fully established.
func (w *apiWorld) connect(p *sim.Proc) *sockapi.Socket {
	s := w.client.Socket(sockapi.MPTCP)
	must(0, s.Connect(p, w.wifi, w.remote, port, true))
	w.talk(p, s)
	return s
}

// talk sends a few octets and waits for some time.
func (w *apiWorld) talk(p *sim.Proc, s *sockapi.Socket) {
	must(s.Send(p, []byte("hello"), 0, true))
	pause(p, 100*ms)
}

func pause(p *sim.Proc, d unit.Duration) { must(0, p.Sleep(d)) }

// over is a request to open a subflow at a local address.
func over(local wire.Addr) (r sockapi.OpenRequest) {
	r.Local = local
	return r
}

// opened connects and opens a second subflow, over cell, which is established on return.
func (w *apiWorld) opened(p *sim.Proc) (s *sockapi.Socket, id uint8) {
	s = w.connect(p)
	id = must(s.OpenSub(over(w.cell)))
	pause(p, 100*ms)
	return s, id
}

// errno returns the number of an error, 0 for none.
func errno(t testing.TB, err error) sockapi.Errno {
	t.Helper()
	var e sockapi.Errno
	if err != nil && !errors.As(err, &e) {
		t.Errorf("%v has no number", err)
	}
	return e
}

// name is that of a number, "" for none.
func name(e sockapi.Errno) string {
	if e == 0 {
		return "success"
	}
	return e.Name()
}

// bothAPIs runs a test for the two profiles of the enhanced socket API.
func bothAPIs(t *testing.T, f func(t *testing.T, api sockapi.API)) {
	for _, api := range []sockapi.API{sockapi.APIDraft, sockapi.APILinuxFork} {
		t.Run(api.String(), func(t *testing.T) { f(t, api) })
	}
}

// since returns those of the segments behind the first n that are f's.
func since(all []wire.Segment, n int, f func(s *wire.Segment) bool) (found []wire.Segment) {
	for i := n; i < len(all); i++ {
		if f(&all[i]) {
			found = append(found, all[i])
		}
	}
	return found
}
