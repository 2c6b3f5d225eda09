package netlink_test

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
	"mpsim/sockapi/netlink"
)

const (
	port = 80
	ms   = unit.Millisecond
)

// world is a client with three interfaces and a server with two, around a router; 10 Mbit/s and a round
// trip of 20 ms on each of the client's paths.
type world struct {
	*sim.World
	t              *testing.T
	net            *link.Net
	client, server *sockapi.Host
	at             [2]*topo.Host // client, server
	local          []wire.Addr   // the client's
	remote         []wire.Addr   // the server's
	nowhere        wire.Addr     // of a host that no link reaches
	dial, accepted *sockapi.Conn
	links          [3][2]link.ID // of the client's paths
}

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

// setting is what tests vary.
type setting struct {
	plainServer bool
	dual        bool         // hosts have IPv6 addresses, too: those of an interface follow its IPv4 address
	client      mptcp.Config // path manager none if nothing is said
}

func newWorld(t *testing.T, o setting) *world {
	w := &world{World: sim.NewWorld(1), t: t}
	w.net = link.NewNet(w.World)
	g := topo.New(w.net)
	client, server := must(g.AddHost("client")), must(g.AddHost("server"))
	island := must(g.AddHost("island"))
	must(island.AddInterface(topo.InterfaceConfig{}))
	core := must(g.AddRouter("core"))
	join := func(h *topo.Host, i int, rate unit.Bitrate, delay unit.Duration) [2]link.ID {
		x := topo.InterfaceConfig{}
		if o.dual {
			x.Assign = topo.Both
		}
		must(h.AddInterface(x))
		config := func(dir string) link.Config {
			return link.Config{Name: fmt.Sprintf("%s%d.%s", h.Name(), i, dir), Rate: rate, Delay: delay}
		}
		up, down, err := g.Connect(h.Port(i), core.Port(), config("up"), config("down"))
		if err != nil {
			panic(err)
		}
		return [2]link.ID{up, down}
	}
	for i := range 3 {
		w.links[i] = join(client, i, 10_000_000, 10*ms)
	}
	for i := range 2 {
		join(server, i, 100_000_000, 0)
	}
	arena, layer := tcp.NewArena(w.World, w.net), mptcp.NewLayer(w.World, w.net)
	ct, st := arena.NewStack(client, tcp.Config{}), arena.NewStack(server, tcp.Config{})
	none := mptcp.Config{PathManager: "none"}
	if o.client.PathManager == "" {
		o.client = none
	}
	w.client = sockapi.NewHost("client", w.World, ct, layer.NewStack(ct, stateHost{client}, o.client))
	var sm *mptcp.Stack
	if !o.plainServer {
		sm = layer.NewStack(st, stateHost{server}, none)
	}
	w.server = sockapi.NewHost("server", w.World, st, sm)
	w.at = [2]*topo.Host{client, server}
	w.local, w.remote = client.Addrs(), server.Addrs()
	w.nowhere = island.Addrs()[0]
	return w
}

func (w *world) process(name string, body func(p *sim.Proc)) *sim.Proc {
	return w.Go(w.Component(name), name, body)
}

// traffic opens a connection at once and sends rate octets/s in chunks of 100 ms from the client to the
// server until until; then the client closes.
func (w *world) traffic(rate int64, until unit.Duration) {
	w.process("server", func(p *sim.Proc) {
		l := must(w.server.Listen(sockapi.MPTCP, wire.Addr{}, port))
		c := must(l.Accept(p))
		w.accepted = c
		buf := make([]byte, 1<<16)
		for {
			if n, err := c.Read(p, buf); err != nil || n == 0 {
				break
			}
		}
		_ = c.Close()
	})
	w.process("client", func(p *sim.Proc) {
		c := must(w.client.Dial(p, sockapi.MPTCP, w.local[0], w.remote[0], port))
		w.dial = c
		for p.Now() < sim.Time(until) {
			if _, err := c.Transmit(p, rate/10); err != nil {
				return // a test has closed it
			}
			if err := p.Sleep(100 * ms); err != nil {
				return
			}
		}
		_ = c.Close()
	})
}

// daemon starts a process at a host with a socket to the kernel of the family.
func (w *world) daemon(h *sockapi.Host, f netlink.Family, latency unit.Duration,
	body func(p *sim.Proc, s *netlink.Socket)) *netlink.Socket {
	s := must(netlink.Open(h, f, latency))
	w.process("daemon/"+h.Name(), func(p *sim.Proc) { body(p, s) })
	return s
}

// wait reads events until one of the kind comes.
func (w *world) wait(p *sim.Proc, s *netlink.Socket, kind netlink.EventKind) netlink.Event {
	w.t.Helper()
	for {
		e, err := s.RecvUntil(p, p.Now().Add(10*unit.Second))
		if err != nil {
			w.t.Fatalf("at %s: waiting for %s: %v", p.Now(), kind, err)
		}
		if e.Kind == kind {
			return e
		}
	}
}

// expect fails the test if a command does not end so.
func (w *world) expect(p *sim.Proc, what string, got error, want error) {
	w.t.Helper()
	if got != want {
		w.t.Errorf("at %s: %s: %v, want %v", p.Now(), what, got, want)
	}
}

func families(t *testing.T, f func(t *testing.T, f netlink.Family)) {
	for _, x := range []netlink.Family{netlink.Upstream, netlink.OutOfTree} {
		t.Run(x.String(), func(t *testing.T) { f(t, x) })
	}
}

type wireAddr = wire.Addr

// subflowFrom asks for a subflow from a local address.
func subflowFrom(a wire.Addr) mptcp.SubflowRequest {
	return mptcp.SubflowRequest{Local: a, Interface: -1}
}

// subs returns the local addresses of the client's established subflows, oldest first.
func (w *world) subs() ([]wire.Addr, error) {
	var all []wire.Addr
	w.dial.MPTCP().EachAttached(func(i mptcp.SubflowInfo) bool {
		if i.FullyEstablished && !i.Closing {
			all = append([]wire.Addr{i.Local}, all...)
		}
		return true
	})
	return all, nil
}

// ids returns the subflows of a connection at whose one end there is an address.
func (w *world) ids(c *sockapi.Conn, a wire.Addr) ([]uint32, error) {
	var all []uint32
	c.MPTCP().EachAttached(func(i mptcp.SubflowInfo) bool {
		if i.Local == a || i.Remote == a {
			all = append(all, i.ID)
		}
		return true
	})
	return all, nil
}
