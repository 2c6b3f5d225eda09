package spec

import (
	"math/bits"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"mpsim/sim/unit"
)

// ends is the two ends of a link.
func ends() codec[[2]End] {
	const example = "[phone.wifi, server.eth0]"
	return codec[[2]End]{
		decode: func(d *decoder, n *yaml.Node, path string, v *[2]End) bool {
			if n.Kind != yaml.SequenceNode {
				d.bad(n, path, "between is "+kindOf(n)+", not a list of two ends", "such as "+example)
				return false
			}
			if !d.plain(n, path) {
				return false
			}
			if len(n.Content) != 2 {
				d.wrong(path, "between has "+strconv.Itoa(len(n.Content))+" ends", "exactly two, such as "+example)
				return false
			}
			ok := true
			for i, item := range n.Content {
				at := join(path, strconv.Itoa(i))
				d.note(at, nil, item)
				s, good := d.scalar(item, at, "an end", "phone.wifi")
				if !good {
					ok = false
					continue
				}
				node, iface, dotted := strings.Cut(s, ".")
				if wrongName(node) != "" || dotted && wrongName(iface) != "" {
					d.bad(item, at, "end "+quote(s)+" is neither host.interface nor a router", "such as phone.wifi")
					ok = false
					continue
				}
				v[i] = End{Node: node, Interface: iface}
			}
			return ok
		},
		encode: func(v *[2]End) *tree {
			return &tree{kind: listTree, items: []*tree{
				{text: v[0].String(), free: true}, {text: v[1].String(), free: true},
			}}
		},
		schema: func() object {
			return object{
				"type": "array", "minItems": 2, "maxItems": 2,
				"items": object{"type": "string", "pattern": `^[A-Za-z][A-Za-z0-9_-]*(\.[A-Za-z][A-Za-z0-9_-]*)?$`},
			}
		},
	}
}

// leastQueue is the least that a queue given in octets must hold: one full packet.
const leastQueue = 1500 * unit.Byte

// computedQueue is the least that a queue computed from a time or from the bandwidth-delay product holds.
const computedQueue = 10 * leastQueue

// billion is one bandwidth-delay product in Queue.bdp.
const billion = 1_000_000_000

// queue is a limit in octets, packets, time at the link's rate, or bandwidth-delay products.
func queue() codec[Queue] {
	c := fixedQueue()
	fixed := c.decode
	c.decode = func(d *decoder, n *yaml.Node, path string, v *Queue) bool {
		if n.Kind != yaml.ScalarNode || n.Tag != "!!str" {
			return fixed(d, n, path, v)
		}
		if number, ok := strings.CutSuffix(n.Value, "bdp"); ok {
			products, err := unit.ParseDuration(strings.TrimSpace(number) + "s") // for its exact decimals
			if err != nil || products == 0 || products > 1000*unit.Second {
				d.bad(n, path, "queue "+quote(n.Value)+" is not a number of bandwidth-delay products",
					"such as 1 bdp or 0.5 bdp, at most 1000")
				return false
			}
			*v = Queue{bdp: int64(products)}
			return true
		}
		if t, err := unit.ParseDuration(n.Value); err == nil {
			if t == 0 || t > maxDelay {
				d.bad(n, path, "queue "+quote(n.Value)+" is out of range", "above 0s, at most 1 h")
				return false
			}
			*v = Queue{time: t}
			return true
		}
		return fixed(d, n, path, v)
	}
	c.schema = func() object {
		return object{"type": "string", "pattern": `^(unlimited|\s*[0-9]+(\.[0-9]+)?\s*(` + sizeUnits +
			`|packets?|bdp|ns|us|µs|μs|ms|s|min|h)\s*)$`}
	}
	return c
}

// fixedQueue is a limit in octets or packets.
func fixedQueue() codec[Queue] {
	count, octets := packets(1, 1<<31-1), size(leastQueue, maxBytes)
	return codec[Queue]{
		decode: func(d *decoder, n *yaml.Node, path string, v *Queue) bool {
			s, ok := d.scalar(n, path, "a size", "64 kB or 100 packets")
			if !ok {
				return false
			}
			*v = Queue{}
			trimmed := strings.TrimSpace(s)
			switch {
			case s == unlimited:
				return true
			case strings.Trim(trimmed, "0123456789.") == "" && trimmed != "":
				d.bad(n, path, "queue "+quote(s)+" has no unit",
					"write "+trimmed+" packets, "+trimmed+" kB, "+trimmed+" ms or "+trimmed+" bdp")
				return false
			case strings.HasSuffix(s, "packets") || strings.HasSuffix(s, "packet") || strings.Contains(s, "pkt"):
				return count.decode(d, n, path, &v.Packets)
			case strings.HasSuffix(s, "bdp"):
				d.bad(n, path, "a changed queue cannot be given in bandwidth-delay products", "write octets or packets")
				return false
			}
			if _, err := unit.ParseDuration(s); err == nil {
				d.bad(n, path, "a changed queue cannot be given as a time", "write octets or packets")
				return false
			}
			if word := strings.TrimLeft(trimmed, "0123456789. \t"); word != trimmed && !isSizeUnit(word) {
				d.bad(n, path, "queue "+quote(s)+" has an unknown unit "+quote(word),
					"such as 64 kB or 100 packets; a link's own also 80ms or 1 bdp")
				return false
			}
			return octets.decode(d, n, path, &v.Bytes)
		},
		encode: func(v *Queue) *tree {
			switch {
			case v.Packets > 0:
				return count.encode(&v.Packets)
			case v.Bytes > 0:
				return octets.encode(&v.Bytes)
			}
			return &tree{text: unlimited}
		},
		schema: func() object {
			return object{"type": "string",
				"pattern": `^(unlimited|\s*[0-9]+(\.[0-9]+)?\s*(` + sizeUnits + `|packets?)\s*)$`}
		},
	}
}

// isSizeUnit tells that a word is, or is nearly, a unit of octets, so that package unit explains it best.
func isSizeUnit(word string) bool {
	return len(word) <= 3 && strings.ContainsAny(word[:1], "bBkKmMgGtT") || strings.HasPrefix(word, "byte") ||
		strings.HasPrefix(word, "octet")
}

// resolve turns a queue given as a time or in bandwidth-delay products into octets. round is the delay
// there and back.
func (q *Queue) resolve(rate unit.Bitrate, round unit.Duration) {
	var octets uint64
	switch {
	case q.time > 0:
		octets = product(uint64(rate), uint64(q.time), 8*uint64(unit.Second))
	case q.bdp > 0:
		span := product(uint64(round), uint64(q.bdp), billion)
		octets = product(uint64(rate), span, 8*uint64(unit.Second))
	default:
		return
	}
	if rate == 0 {
		*q = Queue{}
		return
	}
	*q = Queue{Bytes: max(unit.Bytes(octets), computedQueue)}
}

// product returns a x b / c, rounded up, at most maxBytes.
func product(a, b, c uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	if hi >= c {
		return uint64(maxBytes)
	}
	q, rem := bits.Div64(hi, lo, c)
	if rem > 0 && q < uint64(maxBytes) {
		q++
	}
	return min(q, uint64(maxBytes))
}

// loss is a ratio, or a mapping that names a model of bursts.
func loss() codec[Loss] {
	independent := ratio()
	type model struct{ ge GilbertElliott }
	bursts := &table[model]{
		what: "loss",
		fields: []field[model]{
			key("gilbert-elliott", gilbertTable().codec(), func(m *model) *GilbertElliott { return &m.ge },
				"two states, good and bad", required, aka[model]("ge", "gilbert", "burst", "bursts")),
		},
	}
	return codec[Loss]{
		decode: func(d *decoder, n *yaml.Node, path string, v *Loss) bool {
			*v = Loss{}
			if n.Kind != yaml.MappingNode {
				return independent.decode(d, n, path, &v.Ratio)
			}
			var m model
			ok := bursts.decode(d, n, path, &m)
			v.GilbertElliott = &m.ge
			return ok
		},
		encode: func(v *Loss) *tree {
			if v.GilbertElliott != nil {
				return bursts.encode(&model{*v.GilbertElliott})
			}
			return independent.encode(&v.Ratio)
		},
		schema: func() object { return anyOf(independent.schema(), bursts.schema()) },
	}
}

func gilbertTable() *table[GilbertElliott] {
	return &table[GilbertElliott]{
		what: "gilbert-elliott",
		fields: []field[GilbertElliott]{
			key("good-to-bad", ratio(), func(g *GilbertElliott) *unit.Ratio { return &g.GoodToBad },
				"probability per packet to leave the good state", required, aka[GilbertElliott]("p")),
			key("bad-to-good", ratio(), func(g *GilbertElliott) *unit.Ratio { return &g.BadToGood },
				"probability per packet to leave the bad state", required, aka[GilbertElliott]("r", "q")),
			key("loss-good", ratio(), func(g *GilbertElliott) *unit.Ratio { return &g.LossGood },
				"loss in the good state", def[GilbertElliott]("0%")),
			key("loss-bad", ratio(), func(g *GilbertElliott) *unit.Ratio { return &g.LossBad },
				"loss in the bad state", def[GilbertElliott]("100%")),
		},
	}
}

// shippedPrefix marks a trace that comes with mpsim.
const shippedPrefix = "shipped:"

func traceTable() *table[Trace] {
	return &table[Trace]{
		what: "trace",
		fields: []field[Trace]{
			{
				name: "file", required: true, aka: []string{"path", "name", "trace"},
				doc:    "path relative to the scenario, or shipped:NAME for one that comes with mpsim",
				schema: func() object { return object{"type": "string"} },
				encode: func(t *Trace) *tree { return &tree{text: t.File, free: true} },
				decode: decodeTraceFile,
			},
		},
	}
}

// decodeTraceFile finds the file: an override names it from the working directory, a scenario from its own
// folder.
func decodeTraceFile(d *decoder, n *yaml.Node, at string, t *Trace) bool {
	var s string
	if !text(1000, false).decode(d, n, at, &s) {
		return false
	}
	if s == "" {
		d.bad(n, at, "file is empty", "name a file, or shipped:NAME")
		return false
	}
	t.File = s
	if name, ok := strings.CutPrefix(s, shippedPrefix); ok {
		if msg := wrongName(strings.ReplaceAll(name, ".", "-")); msg != "" {
			d.bad(n, at, "trace name "+quote(name)+" "+msg, "such as shipped:lte-drive.down")
			return false
		}
		t.Shipped = name
		return true
	}
	_, isOverride := d.from[n]
	if t.Path = filepath.FromSlash(s); !isOverride && !filepath.IsAbs(t.Path) {
		t.Path = filepath.Join(filepath.FromSlash(path.Dir(filepath.ToSlash(d.file))), t.Path)
	}
	return true
}
