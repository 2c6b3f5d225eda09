package spec

import (
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"mpsim/sim/unit"
)

// queue is a limit alone, or a mapping with a discipline; standard is its limit if none is given.
func queue(standard string) codec[Queue] {
	alone, full := limit(), queueTable(standard)
	return codec[Queue]{
		decode: func(d *decoder, n *yaml.Node, path string, v *Queue) bool {
			if n.Kind != yaml.MappingNode {
				return alone.decode(d, n, path, v)
			}
			q := queueFile{Discipline: Discipline{Kind: DropTail}}
			if !full.decode(d, n, path, &q) {
				return false
			}
			*v = q.limit
			if q.Discipline != (Discipline{Kind: DropTail}) {
				v.Discipline = &q.Discipline
			}
			return true
		},
		encode: func(v *Queue) *tree {
			if v.Discipline == nil {
				return alone.encode(v)
			}
			return full.encode(&queueFile{limit: *v, Discipline: *v.Discipline})
		},
		schema: func() object { return anyOf(alone.schema(), full.schema()) },
	}
}

// queueFile is a queue as it is written.
type queueFile struct {
	limit Queue
	Discipline
}

// of returns why a field has no place in a queue of another discipline.
func of(kinds ...string) func(*queueFile) string {
	return func(q *queueFile) string {
		if slices.Contains(kinds, q.Kind) {
			return ""
		}
		return "belongs to the discipline " + strings.Join(kinds, " or ") + ", this one is " + q.Kind
	}
}

func queueTable(standard string) *table[queueFile] {
	type q = queueFile
	fields := []field[q]{
		key("limit", limit(), func(x *q) *Queue { return &x.limit },
			"64 kB, 100 packets, 80ms or 1 bdp", def[q](standard), aka[q]("size", "length", "capacity", "queue")),
		key("discipline", word(Disciplines...), func(x *q) *string { return &x.Kind },
			"drop-tail, ecn-threshold (DCTCP's K), red, codel, fq-codel or pie", def[q](DropTail),
			aka[q]("kind", "type", "aqm")),
		key("random-early", zeroIs(none, packets(1, 1<<20)), func(x *q) *unit.Packets { return &x.RandomEarly },
			"the last packets of the limit, where drops are random: breaks phase effects", def[q](none),
			when(of(DropTail)), aka[q]("band", "random")),
		key("mark", fixedLimit(1), func(x *q) *Queue { return &x.Mark },
			"a packet that finds more than this waiting is marked, such as 20 packets", required,
			when(of(ECNThreshold)), aka[q]("k", "threshold", "mark-at")),
		key("strict", truth(), func(x *q) *bool { return &x.Strict },
			"drop there what cannot be marked", def[q]("false"), when(of(ECNThreshold))),
		key("ecn", truth(), func(x *q) *bool { return &x.ECN },
			"mark packets of ECN-capable transports instead of dropping them", def[q]("false"),
			when(of(RED, CoDel, FQCoDel, PIE)), aka[q]("mark-ecn")),
	}
	fields = append(fields, redFields()...)
	return &table[q]{what: "queue", fields: append(fields, delayFields()...), check: checkQueue}
}

func redFields() []field[queueFile] {
	type q = queueFile
	red := when(of(RED))
	return []field[q]{
		key("min", fixedLimit(1), func(x *q) *Queue { return &x.Min }, "average from which on packets are dropped",
			def[q]("5 packets"), red, aka[q]("min-threshold", "minth")),
		key("max", fixedLimit(1), func(x *q) *Queue { return &x.Max }, "average at max-probability",
			def[q]("15 packets"), red, aka[q]("max-threshold", "maxth")),
		key("max-probability", ratio(), func(x *q) *unit.Ratio { return &x.MaxProbability },
			"of a drop at max", def[q]("1/50"), red, aka[q]("maxp", "probability")),
		key("weight", integer(1, 16), func(x *q) *int { return &x.Weight },
			"w: a new length counts 1/2^w in the average", def[q]("9"), red),
		key("mean-packet", octets(40, 65535), func(x *q) *unit.Bytes { return &x.MeanPacket },
			"how many would have passed while the queue was idle", def[q]("1500 B"), red, aka[q]("avpkt")),
		key("gentle", truth(), func(x *q) *bool { return &x.Gentle },
			"from max to twice max the probability grows to 1", def[q]("true"), red),
	}
}

// delayFields are those of the disciplines that look at the delay in the queue.
func delayFields() []field[queueFile] {
	type q = queueFile
	codel, pie := when(of(CoDel, FQCoDel)), when(of(PIE))
	delay := func() codec[unit.Duration] { return duration(unit.Microsecond, maxDelay) }
	target := func(x *q) string {
		if x.Kind == PIE {
			return "15ms"
		}
		return "5ms"
	}
	return []field[q]{
		key("target", delay(), func(x *q) *unit.Duration { return &x.Target }, "delay in the queue",
			defBy(target), when(of(CoDel, FQCoDel, PIE))),
		key("interval", delay(), func(x *q) *unit.Duration { return &x.Interval },
			"in which the delay must fall below target", def[q]("100ms"), codel),
		key("ce-threshold", zeroIs(none, delay()), func(x *q) *unit.Duration { return &x.CEThreshold },
			"delay from which on all that can be marked is", def[q](none), codel),
		key("flows", integer(1, 65535), func(x *q) *int { return &x.Flows }, "number of queues",
			def[q]("1024"), when(of(FQCoDel)), aka[q]("queues")),
		key("quantum", octets(256, 1<<20), func(x *q) *unit.Bytes { return &x.Quantum }, "of the round robin",
			def[q]("1514 B"), when(of(FQCoDel))),
		key("update", delay(), func(x *q) *unit.Duration { return &x.Update },
			"between computations of the probability", def[q]("15ms"), pie, aka[q]("tupdate")),
		key("max-burst", delay(), func(x *q) *unit.Duration { return &x.MaxBurst },
			"let through after idling", def[q]("150ms"), pie),
		key("alpha", factor(), func(x *q) *unit.Ratio { return &x.Alpha },
			"weight of the delay beyond target, per second", def[q]("1/8"), pie),
		key("beta", factor(), func(x *q) *unit.Ratio { return &x.Beta },
			"weight of the delay's change, per second", def[q]("5/4"), pie),
	}
}

// checkQueue holds the rules between the fields of one queue.
func checkQueue(d *decoder, path string, q *queueFile) {
	switch {
	case q.RandomEarly > 0 && q.limit.Packets == 0:
		d.wrong(join(path, "random-early"), "random-early needs a limit in packets", "such as limit: 100 packets")
	case q.RandomEarly > 0 && q.RandomEarly >= q.limit.Packets:
		d.wrong(join(path, "random-early"), "random-early is not below the limit, "+q.limit.Packets.String(), "")
	case q.Target > q.Interval && q.Kind != PIE:
		d.wrong(join(path, "target"), "target "+q.Target.String()+" is above interval "+q.Interval.String(), "")
	case q.Kind == RED && (q.Min.Packets > 0) != (q.Max.Packets > 0):
		d.wrong(join(path, "max"), "min and max have different units", "give both in packets or both in octets")
	case q.Kind == RED && (q.Min.Packets >= q.Max.Packets && q.Min.Bytes >= q.Max.Bytes):
		d.wrong(join(path, "min"), "min is not below max", "")
	}
}
