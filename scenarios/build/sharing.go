package build

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"mpsim/model/link"
	"mpsim/model/topo"
	"mpsim/sim/trace"
)

// summariseSharing writes one record a link that two flows or more share, the most shared first. A flow is
// one direction of a subflow: its data, or its acknowledgements.
func (w *World) summariseSharing(s *trace.Summary) {
	if !w.track {
		return
	}
	all := w.graph.Sharing()
	var order []link.ID
	for id, flows := range all.On {
		if len(flows) > 1 {
			order = append(order, link.ID(id))
		}
	}
	slices.SortStableFunc(order, func(a, b link.ID) int { return cmp.Compare(len(all.On[b]), len(all.On[a])) })
	layers := w.layersOf()
	for _, id := range order {
		flows := all.On[id]
		r := s.Add(trace.GroupSharing)
		r.Text("link", w.net.Name(id))
		r.Text("layer", layers[id])
		r.Int("flows", int64(len(flows)))
		pairs, names := map[[2]*topo.Host]bool{}, make([]string, len(flows))
		for i, n := range flows {
			f := &all.Flows[n]
			pairs[[2]*topo.Host{f.From, f.To}] = true
			names[i] = f.From.Name() + ":" + strconv.Itoa(int(f.SrcPort)) + ">" +
				f.To.Name() + ":" + strconv.Itoa(int(f.DstPort))
		}
		r.Int("pairs", int64(len(pairs)))
		r.Text("which", strings.Join(names, " "))
	}
}

// layersOf returns the layer of each link, "" for those of the file.
func (w *World) layersOf() []string {
	layers := make([]string, w.net.NumLinks())
	if w.fabric != nil {
		for i := range w.fabric.plan.Links {
			for _, id := range w.fabric.Links[i] {
				layers[id] = w.fabric.plan.Links[i].Layer
			}
		}
	}
	return layers
}
