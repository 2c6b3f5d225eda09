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
		key("kind", word(TrafficKinds...), func(t *tr) *string { return &t.Kind },
			"bulk, short (Poisson arrivals), incast (rounds of answers) or cbr (datagrams, on and off)",
			def[tr](TrafficBulk), aka[tr]("type")),
		key("matrix", word(Matrices...), func(t *tr) *string { return &t.Matrix },
			"who sends to whom: "+strings.Join(Matrices, ", "), defBy(func(t *tr) string {
				if t.Kind == TrafficIncast {
					return MatrixFanIn
				}
				return MatrixPermutation
			}), aka[tr]("pattern", "pairs")),
		key("hosts", selection(), func(t *tr) *Selection { return &t.Hosts },
			"that the matrix is over: all, [host-0..host-15, host-20], {share: 1/3} or {except: NAME}",
			def[tr]("all"), aka[tr]("among", "nodes")),
	}
	fields = append(fields, matrixFields()...)
	fields = append(fields, connectionFields()...)
	fields = append(fields, flowFields()...)
	return &table[tr]{what: "traffic", fields: fields, check: checkTraffic}
}

// matrixFields are the numbers that matrices need.
func matrixFields() []field[Traffic] {
	type tr = Traffic
	const most = 1_000_000
	return []field[tr]{
		key("stride", integer(1, most), func(t *tr) *int { return &t.Stride },
			"the i-th host sends to the i+stride-th", required, inMatrix(MatrixStride), aka[tr]("step")),
		key("edge-share", wholePercent(), func(t *tr) *unit.Ratio { return &t.EdgeShare },
			"of receivers behind the same edge switch", def[tr]("50%"), inMatrix(MatrixStaggered), aka[tr]("p-edge")),
		key("pod-share", wholePercent(), func(t *tr) *unit.Ratio { return &t.PodShare },
			"of receivers elsewhere in the same pod", def[tr]("30%"), inMatrix(MatrixStaggered), aka[tr]("p-pod")),
		key("share", wholePercent(), func(t *tr) *unit.Ratio { return &t.Share },
			"of the hosts, that send", def[tr]("30%"), inMatrix(MatrixSparse), aka[tr]("fraction")),
		key("destinations", zeroIs("all", integer(1, most)), func(t *tr) *int { return &t.Destinations },
			"of each host", defBy(func(t *tr) string {
				if t.Matrix == MatrixNeighbours {
					return "all"
				}
				return "12"
			}), inMatrix(MatrixOneToMany, MatrixNeighbours)),
		key("group", integer(2, most), func(t *tr) *int { return &t.Group },
			"hosts that all send to each other", def[tr]("12"), inMatrix(MatrixManyToMany)),
		key("hot", integer(1, most), func(t *tr) *int { return &t.Hot }, "hosts that the others send to",
			def[tr]("1"), inMatrix(MatrixHotSpot), aka[tr]("spots", "hot-hosts", "receivers")),
		key("senders", zeroIs("all", integer(1, most)), func(t *tr) *int { return &t.Senders },
			"of the one receiver", def[tr]("all"), inMatrix(MatrixFanIn), aka[tr]("fan-in")),
	}
}

// wholePercent is a ratio that is a whole number of per cent.
func wholePercent() codec[unit.Ratio] {
	c := ratio()
	decode := c.decode
	c.decode = func(d *decoder, n *yaml.Node, path string, v *unit.Ratio) bool {
		if !decode(d, n, path, v) {
			return false
		}
		if v.Num != 0 && 100*v.Num%v.Den != 0 {
			d.bad(n, path, path[lastDot(path):]+" "+quote(n.Value)+" is not a whole number of per cent", "such as 30%")
			return false
		}
		return true
	}
	return c
}

// connectionFields say how connections are made.
func connectionFields() []field[Traffic] {
	type tr = Traffic
	connection := ofTraffic(TrafficBulk, TrafficShort, TrafficIncast)
	return []field[tr]{
		key("transport", word(TransportMPTCP, TransportTCP), func(t *tr) *string { return &t.Transport },
			"mptcp or tcp; of bulk mptcp", defBy(func(t *tr) string {
				if t.Kind == TrafficBulk {
					return TransportMPTCP
				}
				return TransportTCP
			}), connection, aka[tr]("protocol")),
		key("subflows", integer(1, 64), func(t *tr) *int { return &t.Subflows }, "of each connection",
			defBy(func(t *tr) string {
				if t.Transport == TransportTCP {
					return "1"
				}
				return "8"
			}), connection, aka[tr]("flows-per-connection")),
		key("congestion", zeroIs("hosts", word(Congestions...)), func(t *tr) *string { return &t.Congestion },
			"controller; hosts: theirs, with mptcp lia", defBy(func(t *tr) string {
				if t.Transport == TransportMPTCP {
					return "lia"
				}
				return "hosts"
			}), connection, aka[tr]("cc", "controller", "congestion-control")),
		key("paths", word(PathChoices...), func(t *tr) *string { return &t.Paths },
			"interfaces of hosts with several: spread, first-address or nearest", def[tr](PathChoices[0]), connection,
			aka[tr]("interfaces")),
	}
}

// flowFields say what flows carry, and when.
func flowFields() []field[Traffic] {
	type tr = Traffic
	short, incast, cbr := ofTraffic(TrafficShort), ofTraffic(TrafficIncast), ofTraffic(TrafficCBR)
	moment := func() codec[unit.Duration] { return duration(0, maxDuration) }
	mean := func() codec[unit.Duration] { return duration(unit.Microsecond, maxDuration) }
	return []field[tr]{
		key("size", sizes(), func(t *tr) *Sizes { return &t.Size },
			"of a flow: 1 MB; of short ones web-search, data-mining, [{size, share}], too; none: until the run ends",
			defBy(func(t *tr) string {
				switch t.Kind {
				case TrafficShort:
					return "70 kB"
				case TrafficIncast:
					return "64 kB"
				}
				return none
			}), ofTraffic(TrafficBulk, TrafficShort, TrafficIncast), aka[tr]("bytes", "sizes", "length")),
		key("interval", mean(), func(t *tr) *unit.Duration { return &t.Interval },
			"mean time between two flows of a sender", def[tr]("200ms"), short, aka[tr]("every", "period", "gap")),
		key("flows", zeroIs(unlimited, integer(1, 1_000_000_000)), func(t *tr) *int { return &t.Flows },
			"of each sender", def[tr](unlimited), short, aka[tr]("count", "limit")),
		key("rounds", zeroIs(unlimited, integer(1, 1_000_000_000)), func(t *tr) *int { return &t.Rounds },
			"all answers are waited for before the next one", def[tr](unlimited), incast, aka[tr]("count")),
		key("pause", moment(), func(t *tr) *unit.Duration { return &t.Pause }, "between two rounds", def[tr]("0s"),
			incast),
		key("rate", bitrate(), func(t *tr) *unit.Bitrate { return &t.Rate }, "of IP packets while on", required,
			cbr, aka[tr]("bandwidth")),
		key("packet", octets(64, 65535), func(t *tr) *unit.Bytes { return &t.Packet }, "size of an IP packet",
			def[tr]("1500 B"), cbr, aka[tr]("packet-size")),
		key("on", mean(), func(t *tr) *unit.Duration { return &t.On }, "mean time of sending", def[tr]("10ms"),
			cbr),
		key("off", zeroIs(none, mean()), func(t *tr) *unit.Duration { return &t.Off },
			"mean time of silence; none: always on", def[tr]("100ms"), cbr),
		key("start", moment(), func(t *tr) *unit.Duration { return &t.Start }, "of the first flow",
			def[tr]("0s"), aka[tr]("at", "begin", "from")),
		key("jitter", moment(), func(t *tr) *unit.Duration { return &t.Jitter },
			"starts are spread evenly over this time", def[tr]("0s"), ofTraffic(TrafficBulk, TrafficCBR),
			aka[tr]("start-jitter", "spread")),
		key("stop", zeroIs(none, mean()), func(t *tr) *unit.Duration { return &t.Stop },
			"no flow starts after it, those without end end; none: when the run ends", def[tr](none),
			aka[tr]("until", "end")),
		key("measure-from", moment(), func(t *tr) *unit.Duration { return &t.MeasureFrom },
			"goodput is measured from then to stop", def[tr]("0s"), aka[tr]("warm-up", "measure", "skip")),
	}
}

// checkTraffic holds the rules between the fields of one group of traffic.
func checkTraffic(d *decoder, path string, t *Traffic) {
	switch {
	case t.Transport == TransportTCP && t.Subflows > 1:
		d.wrong(join(path, "subflows"), "plain TCP has one subflow", "write transport: mptcp, or leave subflows out")
	case t.Stop > 0 && t.Stop <= t.Start:
		d.wrong(join(path, "stop"), "stop "+t.Stop.String()+" is not after start "+t.Start.String(), "")
	case t.Stop > 0 && t.MeasureFrom >= t.Stop:
		d.wrong(join(path, "measure-from"), "measure-from "+t.MeasureFrom.String()+" is not before stop "+
			t.Stop.String(), "")
	case t.Kind == TrafficShort && t.Size.none():
		d.wrong(join(path, "size"), "short flows have a size", "such as 70 kB or web-search")
	case t.Kind != TrafficShort && (t.Size.Distribution != "" || t.Size.Points != nil):
		d.wrong(join(path, "size"), "a distribution of sizes belongs to traffic of kind short, this one is "+t.Kind,
			"give one size, or kind: short")
	case t.Kind == TrafficIncast && t.Size.none():
		d.wrong(join(path, "size"), "the answers of incast have a size", "such as 64 kB")
	case t.Matrix == MatrixStaggered && 100*t.EdgeShare.Num/max(t.EdgeShare.Den, 1)+
		100*t.PodShare.Num/max(t.PodShare.Den, 1) > 100:
		d.wrong(join(path, "pod-share"), "edge-share and pod-share are more than 100% together", "")
	case t.Matrix == MatrixOneToMany && t.Destinations == 0:
		d.wrong(join(path, "destinations"), "one-to-many has a number of destinations", "or write matrix: all-to-all")
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
		d.wrong(path, "the last point's share is not 100%",
			"such as [{size: 10 kB, share: 60%}, {size: 1 MB, share: 100%}]")
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
