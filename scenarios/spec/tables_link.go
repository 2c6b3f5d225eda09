package spec

import (
	"gopkg.in/yaml.v3"

	"mpsim/sim/unit"
)

// linkFile is a link as it is written: what holds for both directions, then what holds for one.
type linkFile struct {
	Link
	both Direction
}

func linkTable() *table[linkFile] {
	fields := []field[linkFile]{
		key("between", ends(), func(l *linkFile) *[2]End { return &l.Ends },
			"[first, second]: host.interface or router", required,
			aka[linkFile]("ends", "endpoints", "connects", "nodes", "from", "to")),
		key("wake", orNone(wakeTable().codec()), func(l *linkFile) **Wake { return &l.Wake },
			"a radio that sleeps when idle, shared by both directions", aka[linkFile]("promotion", "sleep", "radio")),
	}
	fields = append(fields, lift(directionFields(), func(l *linkFile) *Direction { return &l.both })...)
	fields[len(fields)-1].then = func(d *decoder, path string, l *linkFile) {
		settle(d, path, &l.both, Direction{Rate: missingRate})
		l.Forward, l.Backward = l.both, l.both
	}
	fields = append(fields,
		key("forward", overriding(), func(l *linkFile) *Direction { return &l.Forward },
			"what differs from first to second", aka[linkFile]("uplink", "upstream")),
		key("backward", overriding(), func(l *linkFile) *Direction { return &l.Backward },
			"what differs from second to first", aka[linkFile]("downlink", "downstream", "reverse")),
		key("middleboxes", middleboxes(), func(l *linkFile) *[]Middlebox { return &l.Middleboxes },
			"at the second end, in the order in which packets from the first end meet them",
			aka[linkFile]("boxes", "middlebox")),
	)
	return &table[linkFile]{
		what: "link", fields: fields,
		check: func(d *decoder, path string, l *linkFile) {
			if l.Forward.Rate == missingRate && l.Backward.Rate == missingRate {
				d.wrong(path, "\"rate\" is missing in link", rateHint)
				return
			}
			nameMiddleboxes(d, join(path, "middleboxes"), l.Middleboxes)
			there := l.Forward.Delay + l.Backward.Delay
			checkDirection(d, path, "forward", &l.Forward, there)
			checkDirection(d, path, "backward", &l.Backward, there)
		},
	}
}

// linkCodec reads and prints links by their table.
func linkCodec() codec[Link] {
	tb := linkTable()
	return codec[Link]{
		schema: tb.schema,
		decode: func(d *decoder, n *yaml.Node, path string, v *Link) bool {
			l := linkFile{Link: *v, both: Direction{Rate: missingRate, Trace: &Trace{}}}
			ok := tb.decode(d, n, path, &l)
			*v = l.Link
			return ok
		},
		encode: func(v *Link) *tree { return encodeLink(tb, v) },
	}
}

const rateHint = "such as rate: 10 Mbit/s; or a trace; or rate: unlimited"

// encodeLink prints in the link what both directions share, the rest in forward and backward.
func encodeLink(tb *table[linkFile], v *Link) *tree {
	forward, backward := linkFile{Link: *v, both: v.Forward}, linkFile{Link: *v, both: v.Backward}
	out, a, b := &tree{kind: mappingTree}, &tree{kind: mappingTree}, &tree{kind: mappingTree}
	for i := range tb.fields {
		f := &tb.fields[i]
		if f.name == "forward" || f.name == "backward" {
			continue
		}
		x, y := f.encode(&forward), f.encode(&backward)
		if x == nil && y == nil {
			continue
		}
		if x.equal(y) {
			out.add(f.name, f.doc, x)
			continue
		}
		a.add(f.name, f.doc, x)
		b.add(f.name, f.doc, y)
	}
	if len(a.keys) > 0 {
		out.add("forward", v.Ends[0].String()+" to "+v.Ends[1].String(), a)
		out.add("backward", v.Ends[1].String()+" to "+v.Ends[0].String(), b)
	}
	return out
}

// directionFields are the keys that a link has for both directions, and forward and backward for one.
func directionFields() []field[Direction] {
	return []field[Direction]{
		key("rate", zeroIs(unlimited, bitrate()), func(x *Direction) *unit.Bitrate { return &x.Rate },
			"of IP packets; unlimited with a trace",
			aka[Direction]("bandwidth", "capacity", "speed", "bitrate", "bw")),
		key("delay", duration(0, maxDelay), func(x *Direction) *unit.Duration { return &x.Delay },
			"one way", def[Direction]("0s"), aka[Direction]("latency", "rtt", "propagation")),
		key("queue", queue("1 bdp"), func(x *Direction) *Queue { return &x.Queue },
			"64 kB, 100 packets, 80ms or 1 bdp (the default); with a discipline a mapping",
			aka[Direction]("buffer", "limit", "queue-size", "buffer-size")),
		key("loss", loss(), func(x *Direction) *Loss { return &x.Loss },
			"of each packet: a ratio, or bursts by gilbert-elliott", def[Direction]("0%"),
			aka[Direction]("loss-rate", "plr", "drop", "error")),
		key("jitter", orNone(jitterTable().codec()), func(x *Direction) **Jitter { return &x.Jitter },
			"random time added to the delay", def[Direction](none), aka[Direction]("variation")),
		key("trace", orNone(traceTable().codec()), func(x *Direction) **Trace { return &x.Trace },
			"delivery opportunities in mahimahi's format, instead of a rate", def[Direction](none),
			aka[Direction]("mahimahi", "file")),
		key("timetable", list("change", linkChangeTable().codec(), nil),
			func(x *Direction) *[]LinkChange { return &x.Timetable },
			"changes that nobody is told about", aka[Direction]("changes", "schedule", "events")),
	}
}

// unlimited is the word for no limit.
const unlimited = "unlimited"

// missingRate marks a direction for which no rate was written.
const missingRate unit.Bitrate = -1

// overriding is a block that changes some properties of a direction that has all of them.
func overriding() codec[Direction] {
	tb := table[Direction]{what: "direction", fields: directionFields(), override: true}
	return codec[Direction]{
		schema: tb.schema, encode: tb.encode,
		decode: func(d *decoder, n *yaml.Node, path string, v *Direction) bool {
			inherited := *v
			v.Rate, v.Trace = missingRate, &Trace{}
			ok := tb.decode(d, n, path, v)
			settle(d, path, v, inherited)
			return ok
		},
	}
}

// settle decides between rate and trace: the one written for a direction replaces the other one of both
// directions. Before, the rate is missingRate if it was not written here, and the trace is an empty one.
func settle(d *decoder, path string, v *Direction, inherited Direction) {
	rateHere := v.Rate != missingRate
	traceHere := v.Trace == nil || v.Trace.File != ""
	switch {
	case !rateHere && !traceHere:
		v.Rate, v.Trace = inherited.Rate, inherited.Trace
	case rateHere && !traceHere:
		v.Trace = nil
	case rateHere && v.Trace != nil && v.Rate != 0:
		d.wrong(join(path, "rate"), "rate and trace exclude each other", "leave one out, or write rate: unlimited")
	case !rateHere && v.Trace != nil:
		v.Rate = 0
	case !rateHere && inherited.Trace == nil:
		v.Rate = inherited.Rate
	}
}

func wakeTable() *table[Wake] {
	return &table[Wake]{
		what: "wake",
		fields: []field[Wake]{
			key("delay", duration(unit.Microsecond, maxDelay), func(w *Wake) *unit.Duration { return &w.Delay },
				"time to wake up (promotion)", required, aka[Wake]("promotion", "time")),
			key("idle", duration(0, maxDuration), func(w *Wake) *unit.Duration { return &w.Idle },
				"time without traffic until it sleeps", required, aka[Wake]("timeout", "after", "tail")),
		},
	}
}

func jitterTable() *table[Jitter] {
	return &table[Jitter]{
		what: "jitter",
		fields: []field[Jitter]{
			key("amount", duration(unit.Nanosecond, maxDelay), func(j *Jitter) *unit.Duration { return &j.Amount },
				"largest addition", required, aka[Jitter]("max", "range", "span")),
			key("distribution", word(JitterUniform, JitterBell), func(j *Jitter) *string { return &j.Distribution },
				"uniform from 0 to amount, or bell: the mean of four such draws", def[Jitter](JitterUniform)),
			key("order", flag("keep", "break"), func(j *Jitter) *bool { return &j.KeepOrder },
				"keep: a packet waits for those before it; break: it overtakes", def[Jitter]("keep"),
				aka[Jitter]("reorder", "reordering")),
		},
	}
}

func linkChangeTable() *table[LinkChange] {
	return &table[LinkChange]{
		what: "change",
		fields: []field[LinkChange]{
			key("at", duration(0, maxDuration), func(c *LinkChange) *unit.Duration { return &c.At },
				"time since the start of the run", required, aka[LinkChange]("time", "t")),
			key("over", duration(0, maxDuration), func(c *LinkChange) *unit.Duration { return &c.Over },
				"time that rate, delay and loss take to move there", def[LinkChange]("0s"),
				aka[LinkChange]("ramp", "within", "duration")),
			key("rate", maybe(zeroIs(unlimited, bitrate())), func(c *LinkChange) **unit.Bitrate { return &c.Rate },
				"new rate", aka[LinkChange]("bandwidth")),
			key("delay", maybe(duration(0, maxDelay)), func(c *LinkChange) **unit.Duration { return &c.Delay },
				"new delay, one way", aka[LinkChange]("latency")),
			key("queue", maybe(fixedLimit(leastQueue)), func(c *LinkChange) **Queue { return &c.Queue },
				"new limit in octets or packets", aka[LinkChange]("buffer")),
			key("loss", maybe(loss()), func(c *LinkChange) **Loss { return &c.Loss }, "new loss"),
			key("down", maybe(truth()), func(c *LinkChange) **bool { return &c.Down },
				"true: nothing passes any more, false: the link works again", aka[LinkChange]("up", "state")),
		},
		check: checkChange,
	}
}

// checkChange holds the rules of one line of a link's timetable.
func checkChange(d *decoder, path string, c *LinkChange) {
	switch {
	case c.Rate == nil && c.Delay == nil && c.Queue == nil && c.Loss == nil && c.Down == nil:
		d.wrong(path, "the change changes nothing", "give rate, delay, queue, loss or down")
	case c.Over > 0 && (c.Queue != nil || c.Down != nil):
		d.wrong(join(path, "over"), "queue and down cannot change gradually", "put them into a change of their own")
	case c.Over > 0 && c.Loss != nil && c.Loss.GilbertElliott != nil:
		d.wrong(join(path, "over"), "burst loss cannot change gradually", "put it into a change of its own")
	case c.Over > 0 && c.Rate != nil && *c.Rate == 0:
		d.wrong(join(path, "over"), "a rate cannot grow gradually to unlimited", "leave over away")
	}
}
