package policy_test

import (
	"fmt"
	"strings"
	"testing"

	"mpsim/model/link"
	"mpsim/model/mptcp"
	"mpsim/model/tcp"
	"mpsim/model/topo"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"
	"mpsim/sockapi/policy"
)

const (
	port = 80
	ms   = unit.Millisecond
	wifi = 0
	lte  = 1
)

// world is a phone with Wi-Fi and LTE, and a server. Paths have 10 Mbit/s and round trips of 20 and 60 ms.
type world struct {
	*sim.World
	t             *testing.T
	net           *link.Net
	phone, server *sockapi.Host
	at            *topo.Host // the phone
	local         []wire.Addr
	remote        wire.Addr
	links         [2][2]link.ID // of Wi-Fi and LTE: up, down
	agent         *policy.Agent
	paths         []policy.Path // nil: all
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

// rates of Wi-Fi and LTE; 0: 10 Mbit/s.
type setting struct{ wifi, lte unit.Bitrate }

func newWorld(t *testing.T, o setting) *world {
	w := &world{World: sim.NewWorld(1), t: t}
	w.net = link.NewNet(w.World)
	g := topo.New(w.net)
	phone, server := must(g.AddHost("phone")), must(g.AddHost("server"))
	core := must(g.AddRouter("core"))
	join := func(h *topo.Host, name string, rate unit.Bitrate, delay unit.Duration) [2]link.ID {
		if rate == 0 {
			rate = 10_000_000
		}
		i := must(h.AddInterface(topo.InterfaceConfig{Name: name}))
		config := func(dir string) link.Config {
			return link.Config{Name: h.Name() + "." + name + "." + dir, Rate: rate, Delay: delay}
		}
		up, down, err := g.Connect(h.Port(i), core.Port(), config("up"), config("down"))
		if err != nil {
			panic(err)
		}
		return [2]link.ID{up, down}
	}
	w.links[wifi] = join(phone, "wifi", o.wifi, 10*ms)
	w.links[lte] = join(phone, "lte", o.lte, 30*ms)
	join(server, "eth0", 100_000_000, 0)
	arena, layer := tcp.NewArena(w.World, w.net), mptcp.NewLayer(w.World, w.net)
	ct, st := arena.NewStack(phone, tcp.Config{}), arena.NewStack(server, tcp.Config{})
	none := mptcp.Config{PathManager: "none"}
	w.phone = sockapi.NewHost("phone", w.World, ct, layer.NewStack(ct, stateHost{phone}, none))
	w.server = sockapi.NewHost("server", w.World, st, layer.NewStack(st, stateHost{server}, none))
	w.at = phone
	w.local, w.remote = phone.Addrs(), server.Addrs()[0]
	return w
}

// upload connects over a path, applies a policy, and sends octets every period until until or, with period
// 0, octets at once.
func (w *world) upload(over int, x policy.Policy, octets int64, period, until unit.Duration) {
	w.serve()
	w.Go(w.Component("app"), "app", func(p *sim.Proc) {
		s := w.phone.Socket(sockapi.MPTCP)
		w.agent = must(policy.Apply(p, w.phone, s, x, w.paths...))
		if err := s.Connect(p, w.local[over], w.remote, port, true); err != nil {
			w.t.Error(err)
			return
		}
		for {
			if n, err := s.Conn().Transmit(p, octets); err != nil {
				w.t.Errorf("at %s: %d octets of %d sent: %v", p.Now(), n, octets, err)
				return
			}
			if period == 0 || p.Now().Add(period) > sim.Time(until) {
				break
			}
			must(0, p.Sleep(period))
		}
		_ = s.Shutdown(false, true)
	})
}

// serve accepts one connection and reads it to its end.
func (w *world) serve() {
	w.Go(w.Component("server"), "server", func(p *sim.Proc) {
		l := must(w.server.Listen(sockapi.MPTCP, wire.Addr{}, port))
		c := must(l.Accept(p))
		b := make([]byte, 1<<16)
		for {
			if n, err := c.Read(p, b); err != nil || n == 0 {
				break
			}
		}
		_ = c.Close()
	})
}

// later does something at a time.
func (w *world) later(at unit.Duration, f func(p *sim.Proc)) {
	name := fmt.Sprintf("later at %s", at)
	w.Go(w.Component(name), name, func(p *sim.Proc) {
		must(0, p.Sleep(at))
		f(p)
	})
}

// loss sets the loss of both directions of a path, in percent.
func (w *world) loss(path int, percent uint64) {
	for _, id := range w.links[path] {
		if err := w.net.SetLoss(id, link.Loss{Ratio: unit.Ratio{Num: percent, Den: 100}}); err != nil {
			panic(err)
		}
	}
}

// delay sets the delay of both directions of a path.
func (w *world) delay(path int, d unit.Duration) {
	for _, id := range w.links[path] {
		if err := w.net.SetDelay(id, d); err != nil {
			panic(err)
		}
	}
}

// ramp raises the delay of both directions of a path by 5 ms every 100 ms: no timer takes it for a loss.
func (w *world) ramp(path int, to unit.Duration) {
	w.Go(w.Component("ramp"), "ramp", func(p *sim.Proc) {
		for d := 10 * ms; d <= to; d += 5 * ms {
			w.delay(path, d)
			must(0, p.Sleep(100*ms))
		}
	})
}

// pathOf returns the interface of an address of the phone.
func (w *world) pathOf(a wire.Addr) int { return w.at.InterfaceOf(a) }

// sent returns the octets that have left over a path.
func (w *world) sent(path int) int64 { return w.at.Interface(path).Sent.Octets }

// decisions is what the agent did, a line each, with times to 10 ms.
func (w *world) decisions() string {
	var b strings.Builder
	for _, d := range w.agent.Decisions() {
		fmt.Fprintf(&b, "%.2fs %s\n", float64(d.At)/1e9, d)
	}
	return b.String()
}

func (w *world) finish(until unit.Duration) {
	w.Run(sim.Time(until))
	w.Close()
}
