package build

import (
	"mpsim/model/link"
	"mpsim/model/middlebox"
	"mpsim/model/topo"
	"mpsim/scenarios/spec"
	"mpsim/sim"
	"mpsim/sockapi"
	"mpsim/sockapi/app"
)

// For those who check a world from outside: they may look at everything and change nothing.

// Sim returns the world itself, Net its links and packets.
func (w *World) Sim() *sim.World { return w.world }

// Net is described with Sim.
func (w *World) Net() *link.Net { return w.net }

// EachHost calls f for each host in the order of the file.
func (w *World) EachHost(f func(t *topo.Host, h *sockapi.Host)) {
	for _, h := range w.hosts {
		f(h.topo, h.api)
	}
}

// EachApplication calls f for each application in the order of the file.
func (w *World) EachApplication(f func(a *spec.Application, r *app.Result)) {
	for _, a := range w.apps {
		f(a.spec, a.result)
	}
}

// LinkIDs returns the links of the i-th link of the file: forward, backward.
func (w *World) LinkIDs(i int) [2]link.ID { return w.links[i].ids }

// EachBox calls f for each middlebox, with the link that it stands on and its kind in the file.
func (w *World) EachBox(f func(b *middlebox.Box, link, kind string)) {
	for _, b := range w.boxes {
		f(b.Box, b.link, b.kind)
	}
}
