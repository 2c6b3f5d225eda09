package spec

import (
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"mpsim/sim/unit"
)

// inMatrix returns why a field has no place in traffic of another matrix.
func inMatrix(matrices ...string) func(*field[Traffic]) {
	return when(func(t *Traffic) string {
		if t.Matrix == "" || slices.Contains(matrices, t.Matrix) {
			return ""
		}
		return "belongs to the matrix " + strings.Join(matrices, " or ") + ", this one is " + t.Matrix
	})
}

// ofTraffic returns why a field has no place in traffic of another kind.
func ofTraffic(kinds ...string) func(*field[Traffic]) {
	return when(func(t *Traffic) string {
		if t.Kind == "" || slices.Contains(kinds, t.Kind) {
			return ""
		}
		return "belongs to traffic of kind " + strings.Join(kinds, " or ") + ", this one is " + t.Kind
	})
}

func trafficTable() *table[Traffic] {
	type tr = Traffic
	fields := []field[tr]{
		key("name", reference("bulk"), func(t *tr) *string { return &t.Name }, "name of its own", required),
		key("matrix", word(Matrices...), func(t *tr) *string { return &t.Matrix },
			"who sends to whom: "+strings.Join(Matrices, ", "), required, aka[tr]("pattern", "pairs")),
		key("hosts", selection(), func(t *tr) *Selection { return &t.Hosts },
			"who takes part: all, [host-0..host-15, host-20], {share: 1/3} or {except: NAME}", def[tr]("all"),
			aka[tr]("among", "nodes", "senders-of")),
	}
	fields = append(fields, matrixFields()...)
	fields = append(fields, flowFields()...)
	return &table[tr]{what: "traffic", fields: fields, check: checkTraffic}
}

// matrixFields are the numbers that matrices need.
func matrixFields() []field[Traffic] {
	type tr = Traffic
	half := defBy(func(t *tr) string {
		if t.Matrix == MatrixSparse {
			return "30%"
		}
		return "50%"
	})
	return []field[tr]{
		key("stride", integer(1, 1_000_000), func(t *tr) *int { return &t.Stride },
			"the i-th host sends to the i+stride-th", required, inMatrix(MatrixStride), aka[tr]("step")),
		key("edge-share", ratio(), func(t *tr) *unit.Ratio { return &t.EdgeShare },
			"of flows that stay at the edge switch", def[tr]("50%"), inMatrix(MatrixStaggered), aka[tr]("p-edge")),
		key("pod-share", ratio(), func(t *tr) *unit.Ratio { return &t.PodShare },
			"of flows that stay in the pod, but not at the edge switch", def[tr]("30%"), inMatrix(MatrixStaggered),
			aka[tr]("p-pod")),
		key("destinations", integer(1, 1_000_000), func(t *tr) *int { return &t.Destinations },
			"of each host", def[tr]("12"), inMatrix(MatrixOneToMany)),
		key("group", integer(2, 1_000_000), func(t *tr) *int { return &t.Group },
			"hosts that all send to each other", def[tr]("12"), inMatrix(MatrixManyToMany), aka[tr]("hosts-per-group")),
		key("share", ratio(), func(t *tr) *unit.Ratio { return &t.Share },
			"sparse: of hosts that send; hot-spot: of flows that go to hot hosts", half,
			inMatrix(MatrixSparse, MatrixHotSpot), aka[tr]("fraction")),
		key("hot", integer(1, 1_000_000), func(t *tr) *int { return &t.Hot }, "hot hosts", def[tr]("1"),
			inMatrix(MatrixHotSpot), aka[tr]("spots", "hot-hosts")),
		key("senders", integer(1, 1_000_000), func(t *tr) *int { return &t.Senders },
			"that answer one receiver at the same time", def[tr]("16"), inMatrix(MatrixIncast),
			aka[tr]("fan-in")),
		key("distinct", truth(), func(t *tr) *bool { return &t.Distinct }, "no two hosts send to the same one",
			defBy(func(t *tr) string { return strconv.FormatBool(t.Matrix == MatrixSparse) }),
			inMatrix(MatrixRandom, MatrixSparse)),
	}
}

func flowFields() []field[Traffic] {
	type tr = Traffic
	connection, onOff := ofTraffic(TrafficBulk, TrafficShort), ofTraffic(TrafficOnOff)
	moment := func() codec[unit.Duration] { return duration(0, maxDuration) }
	mean := func() codec[unit.Duration] { return duration(unit.Microsecond, maxDuration) }
	return []field[tr]{
		key("kind", word(TrafficKinds...), func(t *tr) *string { return &t.Kind },
			"bulk, short (Poisson arrivals) or on-off (datagrams at a rate)", def[tr](TrafficBulk), aka[tr]("type")),
		key("transport", word(TransportMPTCP, TransportTCP), func(t *tr) *string { return &t.Transport },
			"mptcp or tcp", defBy(func(t *tr) string {
				if t.Kind == TrafficShort {
					return TransportTCP
				}
				return TransportMPTCP
			}), connection, aka[tr]("protocol")),
		key("subflows", integer(1, 64), func(t *tr) *int { return &t.Subflows }, "of each connection",
			defBy(func(t *tr) string {
				if t.Transport == TransportTCP {
					return "1"
				}
				return "8"
			}), connection, aka[tr]("paths")),
		key("congestion", zeroWord("host", word(Congestions...)), func(t *tr) *string { return &t.Congestion },
			"controller; host: that of the hosts", def[tr]("host"), connection,
			aka[tr]("cc", "controller", "congestion-control")),
		key("size", sizes(), func(t *tr) *Sizes { return &t.Size },
			"of a flow: 1 MB, web-search, data-mining, a list of {size, share}; none: until the run ends",
			defBy(func(t *tr) string {
				if t.Kind == TrafficShort {
					return "70 kB"
				}
				return none
			}), connection, aka[tr]("bytes", "sizes", "length")),
		key("interval", mean(), func(t *tr) *unit.Duration { return &t.Interval },
			"mean time between two flows of a sender", def[tr]("200ms"), ofTraffic(TrafficShort),
			aka[tr]("every", "period", "gap")),
		key("rate", bitrate(), func(t *tr) *unit.Bitrate { return &t.Rate }, "of IP packets while on", required,
			onOff, aka[tr]("bandwidth")),
		key("packet", octets(64, 65535), func(t *tr) *unit.Bytes { return &t.Packet }, "size of an IP packet",
			def[tr]("1500 B"), onOff, aka[tr]("packet-size")),
		key("on", mean(), func(t *tr) *unit.Duration { return &t.On }, "mean time of sending", def[tr]("10ms"),
			onOff),
		key("off", zeroIs(none, mean()), func(t *tr) *unit.Duration { return &t.Off },
			"mean time of silence; none: always on", def[tr]("100ms"), onOff),
		key("start", moment(), func(t *tr) *unit.Duration { return &t.Start }, "of the first flow",
			def[tr]("0s"), aka[tr]("at", "begin", "from")),
		key("jitter", moment(), func(t *tr) *unit.Duration { return &t.Jitter },
			"starts are spread evenly over this time", def[tr]("0s"), aka[tr]("start-jitter", "spread")),
		key("stop", zeroIs(none, mean()), func(t *tr) *unit.Duration { return &t.Stop },
			"no flow starts after it, those without end end; none: when the run ends", def[tr](none),
			aka[tr]("until", "end")),
	}
}

// checkTraffic holds the rules between the fields of one group of traffic.
func checkTraffic(d *decoder, path string, t *Traffic) {
	switch {
	case t.Transport == TransportTCP && t.Subflows > 1:
		d.wrong(join(path, "subflows"), "plain TCP has one subflow", "write transport: mptcp, or leave subflows out")
	case t.Stop > 0 && t.Stop <= t.Start:
		d.wrong(join(path, "stop"), "stop "+t.Stop.String()+" is not after start "+t.Start.String(), "")
	case t.Kind == TrafficShort && t.Size.none():
		d.wrong(join(path, "size"), "short flows have a size", "such as 70 kB or web-search")
	}
}

// zeroWord is a word whose empty value is written as word.
func zeroWord(word string, c codec[string]) codec[string] { return zeroIs(word, c) }

func (s *Sizes) none() bool { return s.Fixed == 0 && s.Distribution == "" && len(s.Points) == 0 }

// sizes is a size, the word of a distribution, a list of points, or none.
func sizes() codec[Sizes] {
	fixed, points := size(1, maxBytes), list("point", sizePointTable().codec(), nil)
	words := []string{SizesWebSearch, SizesDataMining}
	return codec[Sizes]{
		decode: func(d *decoder, n *yaml.Node, path string, v *Sizes) bool {
			*v = Sizes{}
			switch {
			case n.Kind == yaml.SequenceNode:
				return points.decode(d, n, path, &v.Points) && checkPoints(d, path, v.Points)
			case isNone(n):
				return true
			case n.Kind == yaml.ScalarNode && closest(n.Value, words) != "":
				return word(words...).decode(d, n, path, &v.Distribution)
			}
			return fixed.decode(d, n, path, &v.Fixed)
		},
		encode: func(v *Sizes) *tree {
			switch {
			case v.Distribution != "":
				return &tree{text: v.Distribution}
			case len(v.Points) > 0:
				return points.encode(&v.Points)
			case v.Fixed == 0:
				return &tree{text: none}
			}
			return fixed.encode(&v.Fixed)
		},
		schema: func() object {
			return object{"anyOf": []any{
				object{"enum": append([]string{none}, words...)}, fixed.schema(), points.schema(),
			}}
		},
	}
}

func sizePointTable() *table[SizePoint] {
	return &table[SizePoint]{
		what: "point",
		fields: []field[SizePoint]{
			key("size", size(1, maxBytes), func(p *SizePoint) *unit.Bytes { return &p.Size }, "of a flow", required),
			key("share", ratio(), func(p *SizePoint) *unit.Ratio { return &p.Share },
				"of flows that are at most this large", required, aka[SizePoint]("cdf", "probability", "p")),
		},
	}
}

// checkPoints: sizes and shares rise, the last share is 1.
func checkPoints(d *decoder, path string, points []SizePoint) bool {
	if len(points) == 0 || !points[len(points)-1].Share.IsOne() {
		d.wrong(path, "the last point's share is not 100%", "such as [{size: 10 kB, share: 60%}, {size: 1 MB, share: 100%}]")
		return false
	}
	for i := 1; i < len(points); i++ {
		a, b := points[i-1], points[i]
		if b.Size <= a.Size || b.Share.Threshold() < a.Share.Threshold() {
			d.wrong(join(path, strconv.Itoa(i)), "sizes and shares must rise from point to point", "")
			return false
		}
	}
	return true
}

// selection is the word all, a list of names and ranges of names, or a mapping.
func selection() codec[Selection] {
	names, parts := list("host", hostRange(), nil), selectionTable()
	return codec[Selection]{
		decode: func(d *decoder, n *yaml.Node, path string, v *Selection) bool {
			*v = Selection{}
			switch {
			case n.Kind == yaml.SequenceNode:
				ok := names.decode(d, n, path, &v.Names)
				if ok && len(v.Names) == 0 {
					d.wrong(path, "no host is named", "write all, or names as in [host-0..host-15]")
					return false
				}
				return ok
			case n.Kind == yaml.MappingNode:
				return parts.decode(d, n, path, v)
			}
			return word("all").decode(d, n, path, new(string))
		},
		encode: func(v *Selection) *tree {
			switch {
			case len(v.Names) > 0:
				return names.encode(&v.Names)
			case v.Except != "" || !v.Share.IsZero():
				return parts.encode(v)
			}
			return &tree{text: "all"}
		},
		schema: func() object {
			return object{"anyOf": []any{object{"const": "all"}, names.schema(), parts.schema()}}
		},
	}
}

func selectionTable() *table[Selection] {
	return &table[Selection]{
		what: "hosts",
		fields: []field[Selection]{
			key("share", ratio(), func(s *Selection) *unit.Ratio { return &s.Share }, "of all hosts, at random",
				aka[Selection]("fraction")),
			key("except", zeroWord(none, reference("bulk")), func(s *Selection) *string { return &s.Except },
				"the hosts that do not send in the traffic of this name", aka[Selection]("not")),
		},
		check: func(d *decoder, path string, s *Selection) {
			if s.Except != "" && !s.Share.IsZero() || s.Except == "" && s.Share.IsZero() {
				d.wrong(path, "hosts are chosen by share or by except", "give one of them")
			}
		},
	}
}

// hostRange is the name of a host, or two of them with two points between.
func hostRange() codec[string] {
	return codec[string]{
		decode: func(d *decoder, n *yaml.Node, path string, v *string) bool {
			s, ok := d.scalar(n, path, "a host", "host-0 or host-0..host-15")
			if !ok {
				return false
			}
			for _, name := range strings.SplitN(s, "..", 2) {
				if msg := wrongName(name); msg != "" {
					d.bad(n, path, "name "+quote(name)+" "+msg, "such as host-0 or host-0..host-15")
					return false
				}
			}
			*v = s
			return true
		},
		encode: func(v *string) *tree { return &tree{text: *v, free: true} },
		schema: func() object {
			return object{"type": "string", "pattern": `^[A-Za-z][A-Za-z0-9_-]*(\.\.[A-Za-z][A-Za-z0-9_-]*)?$`}
		},
	}
}
