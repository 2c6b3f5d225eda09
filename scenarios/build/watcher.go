package build

import (
	"mpsim/model/link"
	"mpsim/model/middlebox"
	"mpsim/model/mptcp"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/trace"
	"mpsim/sim/unit"
)

// tuple names a connection alike on both of its ends: the client's and the server's first address.
type tuple struct {
	client, server wire.Addr
	cport, sport   uint16
}

// watcher samples the world into time series. It only reads: a run is the same with and without it.
type watcher struct {
	w        *World
	series   *trace.Series // nil: nothing is recorded
	interval unit.Duration
	tick     sim.EventID
	numbers  map[tuple]int64 // of connections, in the order they were first seen
}

// newWatcher makes the watcher. Its component and event exist whether it records or not, so that
// the numbering of components is the same.
func newWatcher(w *World, series *trace.Series) *watcher {
	t := &watcher{w: w, series: series, interval: w.spec.Record.Interval, numbers: map[tuple]int64{}}
	src := w.world.Component("record")
	kind := w.world.NewKind("sample", func(now sim.Time, _ uint32) { t.sample(now) })
	t.tick = w.world.NewEvent(kind, 0, src)
	if series == nil {
		return t
	}
	w.world.Arm(t.tick, 0)
	for _, h := range w.hosts {
		if m := h.api.MPTCP(); m != nil {
			m.SetObserver(&observer{t, h})
		}
		h.topo.OnInterface(func(now sim.Time, i int, up bool) {
			t.event(now, h.name, trace.None, trace.None, upDown(up, trace.EventInterfaceUp, trace.EventInterfaceDown),
				h.name+"."+h.topo.Interface(i).Name)
		})
	}
	if w.layer != nil {
		w.layer.SetObserver(func(now sim.Time, b *middlebox.Box, what string) {
			t.event(now, "", trace.None, trace.None, trace.EventMiddlebox, b.Name()+": "+what)
		})
	}
	w.eachLink(func(name string, id link.ID) {
		w.net.OnState(id, func(now sim.Time, _ link.ID, up bool) {
			t.event(now, "", trace.None, trace.None, upDown(up, trace.EventLinkUp, trace.EventLinkDown), name)
		})
	})
	return t
}

// eachLink calls f for each direction of a link: those of the file, then those of the topology.
func (w *World) eachLink(f func(name string, id link.ID)) {
	for _, d := range w.links {
		for k, id := range d.ids {
			f(d.captions[k], id)
		}
	}
	if w.fabric != nil {
		for _, ids := range w.fabric.Links {
			for _, id := range ids {
				f(w.net.Name(id), id)
			}
		}
	}
}

func upDown(up bool, yes, no string) string {
	if up {
		return yes
	}
	return no
}

func (t *watcher) event(now sim.Time, host string, conn, subflow int64, what, detail string) {
	t.series.Events.Add(trace.EventRow{
		TimeNs: int64(now), Host: host, Connection: conn, Subflow: subflow, Event: what, Detail: detail,
	})
}

// number returns the connection's number in this run.
func (t *watcher) number(client bool, local, remote wire.Addr, lport, rport uint16) int64 {
	k := tuple{local, remote, lport, rport}
	if !client {
		remote, rport = t.w.behindNAT(remote, rport, local, lport)
		k = tuple{remote, local, rport, lport}
	}
	n, ok := t.numbers[k]
	if !ok {
		n = int64(len(t.numbers)) + 1
		t.numbers[k] = n
	}
	return n
}

func (t *watcher) numberOf(c *mptcp.Conn) int64 {
	v := t.w.view(c)
	if v.number == 0 {
		local, lport := c.Local()
		remote, rport := c.Remote()
		v.number = t.number(c.Client(), local, remote, lport, rport)
	}
	return v.number
}

// label names the path of a subflow by the interface that tells it from the others: the client's when the
// client has several, else the server's, else the client's; both when both have.
func (w *World) label(local, remote wire.Addr, client bool) string {
	if !client {
		local, remote = remote, local
	}
	c, s := w.interfaceOf(local), w.interfaceOf(remote)
	switch {
	case c.host == nil || s.host == nil:
		return local.String() + "-" + remote.String()
	case c.several() && s.several():
		return c.String() + "-" + s.String()
	case s.several():
		return s.String()
	}
	return c.String()
}

// attachment is an interface that has an address.
type attachment struct {
	host  *host
	iface int
}

func (a attachment) several() bool { return a.host.topo.NumInterfaces() > 1 }
func (a attachment) String() string {
	return a.host.name + "." + a.host.topo.Interface(a.iface).Name
}

func (w *World) interfaceOf(a wire.Addr) attachment {
	h, i := w.graph.Owner(a)
	if h == nil {
		return attachment{}
	}
	return attachment{w.byName[h.Name()], i}
}
