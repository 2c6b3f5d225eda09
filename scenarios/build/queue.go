package build

import (
	"mpsim/model/link"
	"mpsim/scenarios/spec"
)

func queue(q spec.Queue) link.Queue {
	return link.Queue{Octets: q.Bytes, Packets: int(q.Packets)}
}

// kinds are the disciplines by their names in scenarios.
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
	}
}
