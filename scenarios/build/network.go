package build

import (
	"strconv"

	"mpsim/model/link"
	"mpsim/model/middlebox"
	"mpsim/model/topo"
	"mpsim/model/wire"
	"mpsim/scenarios/spec"
	"mpsim/sim"
)

// duplex is one link of the scenario: its two directions.
type duplex struct {
	spec     *spec.Link
	ids      [2]link.ID // forward, backward
	ends     [2]string
	captions [2]string // "wifi.forward"
	traces   [2]*link.Trace
	chain    *middlebox.Chain // nil: no middleboxes
	heard    *middlebox.Heard // nil: nobody listens
}

// directions name the halves of a link in tables and in component names.
var directions = [2]string{"forward", "backward"}

func (w *World) addHosts() error {
	for i := range w.spec.Hosts {
		s := &w.spec.Hosts[i]
		path := "hosts." + s.Name
		h, err := w.graph.AddHost(s.Name)
		if err != nil {
			return w.problem(path, err)
		}
		for k := range s.Interfaces {
			f := &s.Interfaces[k]
			c := topo.InterfaceConfig{Name: f.Name, MTU: int(f.MTU), Backup: f.Backup}
			if f.Address.IsValid() {
				c.Addrs = []wire.Addr{wire.AddrFrom(f.Address)}
			}
			if _, err := h.AddInterface(c); err != nil {
				return w.problem(path+".interfaces."+f.Name, err)
			}
		}
		w.keep(&host{name: s.Name, spec: s, topo: h})
	}
	return nil
}

// keep makes a host known.
func (w *World) keep(h *host) {
	w.hosts = append(w.hosts, h)
	w.byName[h.name] = h
}

func (w *World) hostNamed(name string) *host { return w.byName[name] }

func (w *World) addLinks() error {
	w.routers = make([]*topo.Router, len(w.spec.Routers))
	for i, name := range w.spec.Routers {
		r, err := w.graph.AddRouter(name)
		if err != nil {
			return w.problem("routers", err)
		}
		w.routers[i] = r
	}
	port := func(e spec.End) (topo.Port, error) {
		if h := w.hostNamed(e.Node); h != nil {
			return h.port(e)
		}
		for i, name := range w.spec.Routers {
			if name == e.Node {
				return w.routers[i].Port(), nil
			}
		}
		return w.fabric.switchPort(e.Node)
	}
	for i := range w.spec.Links {
		s := &w.spec.Links[i]
		d := &duplex{spec: s}
		var configs [2]link.Config
		for k, dir := range []*spec.Direction{&s.Forward, &s.Backward} {
			d.ends[k] = s.Ends[k].String()
			d.captions[k] = s.Name + "." + directions[k]
			c, err := w.linkConfig(d.captions[k], "links."+s.Name+"."+directions[k], s, dir)
			if err != nil {
				return err
			}
			configs[k], d.traces[k] = c, c.Trace
		}
		var ends [2]topo.Port
		for k := range ends {
			var err error
			if ends[k], err = port(s.Ends[k]); err != nil {
				return w.problem("links."+s.Name+".between."+strconv.Itoa(k), err)
			}
		}
		var err error
		d.ids[0], d.ids[1], err = w.graph.Connect(ends[0], ends[1], configs[0], configs[1])
		if err != nil {
			return w.problem("links."+s.Name, err)
		}
		w.links = append(w.links, d)
	}
	return nil
}

func (w *World) linkConfig(name, path string, s *spec.Link, d *spec.Direction) (link.Config, error) {
	c := link.Config{
		Name: name, Rate: d.Rate, Delay: d.Delay, Queue: queue(d.Queue), Discipline: discipline(d.Queue),
		Loss: loss(d.Loss),
	}
	if d.Jitter != nil {
		c.Jitter = link.Jitter{
			Span: d.Jitter.Amount, Bell: d.Jitter.Distribution == spec.JitterBell, Reorder: !d.Jitter.KeepOrder,
		}
	}
	if s.Wake != nil {
		c.Wake = link.Wake{Delay: s.Wake.Delay, Idle: s.Wake.Idle}
	}
	if d.Trace != nil {
		t, err := w.openTrace(w.tracePath(s.Name, path), d.Trace)
		if err != nil {
			return c, err
		}
		c.Trace, c.Rate = t, 0
	}
	return c, nil
}

// tracePath is where the trace of a direction was written: for it alone, or for both.
func (w *World) tracePath(link, direction string) string {
	own := direction + ".trace.file"
	if w.spec.At(own) == w.spec.At("links."+link) {
		return "links." + link + ".trace.file"
	}
	return own
}

func loss(l spec.Loss) link.Loss {
	if g := l.GilbertElliott; g != nil {
		return link.Loss{Burst: &link.GilbertElliott{
			GoodToBad: g.GoodToBad, BadToGood: g.BadToGood, LossGood: g.LossGood, LossBad: g.LossBad,
		}}
	}
	return link.Loss{Ratio: l.Ratio}
}

// addTimetables installs what changes during the run: links, and interfaces whose stack is told.
func (w *World) addTimetables() error {
	for i, d := range w.links {
		s := &w.spec.Links[i]
		for k, dir := range []*spec.Direction{&s.Forward, &s.Backward} {
			var changes []link.Change
			for _, c := range dir.Timetable {
				changes = append(changes, linkChange(c))
			}
			if err := w.net.Schedule(d.ids[k], changes); err != nil {
				return w.problem("links."+s.Name+"."+directions[k]+".timetable", err)
			}
		}
	}
	for _, h := range w.hosts {
		for i := range h.spec.Interfaces {
			for _, c := range h.spec.Interfaces[i].Timetable {
				w.world.Call(h.topo.Component(), sim.Time(c.At), func(now sim.Time) {
					h.topo.SetInterface(now, i, !c.Down)
				})
			}
		}
	}
	return nil
}

func linkChange(c spec.LinkChange) link.Change {
	out := link.Change{At: sim.Time(c.At), Rate: c.Rate, Delay: c.Delay, Down: c.Down, Over: c.Over}
	if c.Queue != nil {
		q := queue(*c.Queue)
		out.Queue = &q
	}
	if c.Loss != nil {
		l := loss(*c.Loss)
		out.Loss = &l
	}
	return out
}
