package spec

import (
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
	t.Path = d.beside(n, s)
	return true
}

// beside is the path of a file that a value names: from the scenario's folder, or, where the command line gave
// the value, from the working directory.
func (d *decoder) beside(n *yaml.Node, name string) string {
	file := filepath.FromSlash(name)
	if _, override := d.from[n]; override || filepath.IsAbs(file) {
		return file
	}
	return filepath.Join(filepath.FromSlash(path.Dir(filepath.ToSlash(d.file))), file)
}
