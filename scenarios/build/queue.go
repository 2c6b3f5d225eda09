package build

import (
	"mpsim/model/link"
	"mpsim/scenarios/spec"
)

func queue(q spec.Queue) link.Queue {
	return link.Queue{Octets: q.Bytes, Packets: int(q.Packets)}
}

// kind returns the discipline of that name.
func kind(name string) link.Kind {
	k, err := link.ParseKind(name)
	if err != nil {
		panic("build: " + err.Error()) // package spec lets only known names pass
	}
	return k
}

// discipline is what a queue does before its limit is reached.
func discipline(q spec.Queue) link.Discipline {
	d := q.Discipline
	if d == nil {
		return link.Discipline{}
	}
	return link.Discipline{
		Kind: kind(d.Kind), ECN: d.ECN, Strict: d.Strict, Band: int(d.RandomEarly), Mark: queue(d.Mark),
		RED: link.REDConfig{
			Min: queue(d.Min), Max: queue(d.Max), MaxP: d.MaxProbability, Weight: d.Weight,
			MeanOctets: int(d.MeanPacket), Sharp: !d.Gentle,
		},
		CoDel: link.CoDelConfig{Target: d.Target, Interval: d.Interval, CEThreshold: d.CEThreshold},
		FQ:    link.FQConfig{Flows: d.Flows, Quantum: int(d.Quantum)},
		PIE: link.PIEConfig{
			Target: d.Target, Update: d.Update, MaxBurst: d.MaxBurst, Alpha: d.Alpha, Beta: d.Beta,
		},
	}
}

// addPools gives each switch of the topology its shared buffer.
func (w *World) addPools() error {
	if w.fabric == nil || w.spec.Topology.SharedBuffer == nil {
		return nil
	}
	outputs := make([][]link.ID, len(w.fabric.plan.Switches))
	for i := range w.fabric.plan.Links {
		l := &w.fabric.plan.Links[i]
		for k, id := range w.fabric.Links[i] { // up begins at the first end, down at the second one
			if e := l.Ends[k]; !e.Host {
				outputs[e.Index] = append(outputs[e.Index], id)
			}
		}
	}
	b := w.spec.Topology.SharedBuffer
	for i := range outputs {
		if len(outputs[i]) == 0 {
			continue
		}
		p := link.Pool{Name: w.fabric.plan.Switches[i].Name, Octets: b.Size, Alpha: b.Alpha}
		if err := w.net.AddPool(p, outputs[i]); err != nil {
			return w.problem("topology.shared-buffer", err)
		}
	}
	return nil
}
