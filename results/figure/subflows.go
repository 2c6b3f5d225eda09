package figure

import (
	"fmt"
	"slices"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"mpsim/sim/trace"
)

// The life of each subflow of a connection: a lane for each label, in which the subflows that have had it
// follow each other. A subflow is a line while it is tried, then a box until it closes, with an area in it:
// what it brought to the receiver, on one scale for all lanes. The box of a subflow with backup priority is
// open.

const (
	// lanesMax is the number of lanes that a column can tell apart.
	lanesMax = 14
	// laneUnits is the height of a lane in units of y, laneTop the part of it that boxes take.
	laneUnits = 1000
	laneTop   = 860
	laneFoot  = 60
)

// life is one subflow as the sender's host has seen it; times in nanoseconds.
type life struct {
	label              string
	subflow            int64
	opened, up, closed int64 // up: -1 if it was never established
	ended              bool  // it closed before the run did
	reason             string
	priority           []priority
}

// priority is the state of the B bit from an instant on.
type priority struct {
	fromNs int64
	backup bool
}

// lives reads the subflows of the chosen connection from the run's summary, and their priorities from the
// series.
func (r *run) lives(sum *trace.Summary) ([]*life, error) {
	var all []*life
	g := sum.Group(trace.GroupSubflows)
	if g == nil || r.subflow == nil {
		return nil, nil
	}
	for i := range g.Records {
		rec := &g.Records[i]
		if c, _ := rec.Get("connection"); c.Int != r.connection {
			continue
		}
		if h, _ := rec.Get("host"); h.Text != r.sender {
			continue
		}
		all = append(all, r.lifeOf(rec))
	}
	host, label := r.subflow.Index("host"), r.subflow.Index("label")
	columns := []string{"time_ns", "host", "connection", "subflow", "label", "backup"}
	err := scan(r.subflow, columns, func(v []int64) {
		if v[2] != r.connection || r.subflow.Word(host, v[1]) != r.sender {
			return
		}
		i := slices.IndexFunc(all, func(l *life) bool { return l.subflow == v[3] })
		if i < 0 {
			return
		}
		l := all[i]
		l.label = r.subflow.Word(label, v[4])
		if n := len(l.priority); n == 0 || l.priority[n-1].backup != (v[5] != 0) {
			l.priority = append(l.priority, priority{v[0], v[5] != 0})
		}
	})
	r.labels = r.labels.with(r.allLabels(all)) // some lived between two samples
	slices.SortStableFunc(all, func(a, b *life) int { return r.labels.byLook(a.label, b.label) })
	return all, err
}

// lifeOf reads one record of the summary.
func (r *run) lifeOf(rec *trace.Record) *life {
	number := func(key string, otherwise int64) int64 {
		if f, ok := rec.Get(key); ok && f.Kind == trace.IntValue {
			return f.Int
		}
		return otherwise
	}
	l := &life{subflow: number("subflow", 0), opened: number("opened_at_ns", 0),
		closed: number("closed_at_ns", r.endNs)}
	l.up, l.ended = number("established_at_ns", l.opened), l.closed < r.endNs
	if l.up == 0 && l.opened > 0 {
		l.up = -1 // the handshake did not end
	}
	text, _ := rec.Get("label")
	reason, _ := rec.Get("close_reason")
	l.label, l.reason = text.Text, reason.Text
	return l
}

// backupAt tells the priority at an instant.
func (l *life) backupAt(ns int64) bool {
	backup := len(l.priority) > 0 && l.priority[0].backup
	for _, p := range l.priority {
		if p.fromNs <= ns {
			backup = p.backup
		}
	}
	return backup
}

// span is a part of a subflow's life in one state.
type span struct {
	from, to int64
	state    string
}

// States of a subflow in the figure.
const (
	stateTried   = "tried"
	stateRegular = "regular"
	stateBackup  = "backup"
)

// spans cuts a life where the state changes.
func (l *life) spans() []span {
	if l.up < 0 || l.up > l.closed {
		return []span{{l.opened, l.closed, stateTried}}
	}
	all := []span{{l.opened, l.up, stateTried}}
	from, state := l.up, l.stateAt(l.up)
	for _, p := range l.priority {
		next := l.stateAt(p.fromNs)
		if p.fromNs > from && p.fromNs < l.closed && next != state {
			all = append(all, span{from, p.fromNs, state})
			from, state = p.fromNs, next
		}
	}
	return append(all, span{from, l.closed, state})
}

func (l *life) stateAt(ns int64) string {
	if l.backupAt(ns) {
		return stateBackup
	}
	return stateRegular
}

// drawSubflows draws the lives of the subflows of one connection.
func drawSubflows(r *run) (*panel, error) {
	lives, err := r.lives(r.summary)
	if err != nil {
		return nil, err
	}
	if len(lives) == 0 {
		return nil, &EmptyError{"subflows", r.orNotRecorded("no connection had a subflow (record.detail: full tells them)")}
	}
	p := &panel{endNs: r.endNs, marks: r.marks, yLabel: "Subflow" + r.ofConnection(), yUnit: unit{"", laneUnits}}
	labels := r.laneLabels(lives)
	for _, l := range labels {
		p.lanes = append(p.lanes, r.short(l))
	}
	p.yMax = int64(len(labels)) * laneUnits
	var csv strings.Builder
	csv.WriteString("label,subflow,start_ns,end_ns,state,goodput_bps\n")
	lane := func(label string) int64 { return int64(len(labels)-1-slices.Index(labels, label)) * laneUnits }
	for _, l := range lives {
		for _, s := range l.spans() {
			fmt.Fprintf(&csv, "%s,%d,%d,%d,%s,\n", quote(l.label), l.subflow, s.from, s.to, s.state)
		}
	}
	top, err := r.laneAreas(p, lives, lane, &csv)
	if err != nil {
		return nil, err
	}
	for _, l := range lives {
		if slices.Contains(labels, l.label) {
			p.layers = append(p.layers, lifeLayer(r.labels[l.label], l, lane(l.label)))
		}
	}
	p.legend = laneLegend(lives, top)
	if n := len(r.allLabels(lives)); n > len(labels) {
		p.legend = append(p.legend, entry{text: fmt.Sprintf("(%d of %d)", len(labels), n), swatch: noSwatch})
	}
	p.csv = []byte(csv.String())
	return p, nil
}

// laneLegend explains what the lanes show: only what there is.
func laneLegend(lives []*life, topBps int64) []entry {
	gray := look{color: okabeIto()[6]}
	var tried, backup, closed bool
	for _, l := range lives {
		closed = closed || l.ended
		for _, s := range l.spans() {
			tried = tried || s.state == stateTried && s.to > s.from
			backup = backup || s.state == stateBackup
		}
	}
	list := []entry{{text: "established", look: gray, swatch: boxSwatch}}
	if backup {
		list = append(list, entry{text: "backup", look: gray, swatch: hollowSwatch})
	}
	if tried {
		list = append(list, entry{text: "tried", look: gray, swatch: barredSwatch})
	}
	if closed {
		list = append(list, entry{text: "closed", look: gray, swatch: endSwatch})
	}
	if topBps > 0 {
		u := rateUnit(topBps)
		note := fmt.Sprintf("lane height: %s %s", readable(float64(topBps)/u.scale), u.name)
		list = append(list, entry{text: note, swatch: noSwatch})
	}
	return list
}

func (r *run) allLabels(lives []*life) []string {
	var labels []string
	for _, l := range lives {
		if !slices.Contains(labels, l.label) {
			labels = append(labels, l.label)
		}
	}
	return labels
}

// laneLabels are the labels that get a lane, in order: those that were open longest, if there are too many.
func (r *run) laneLabels(lives []*life) []string {
	labels := r.allLabels(lives)
	if len(labels) <= lanesMax {
		return labels
	}
	open := func(label string) (ns int64) {
		for _, l := range lives {
			if l.label == label {
				ns += l.closed - l.opened
			}
		}
		return ns
	}
	order := slices.Clone(labels)
	slices.SortStableFunc(order, func(a, b string) int { return int(min(max(open(b)-open(a), -1), 1)) })
	order = order[:lanesMax]
	return slices.DeleteFunc(labels, func(l string) bool { return !slices.Contains(order, l) })
}

// laneAreas adds the goodput of each lane at the receiver as an area, and returns what the height of a lane
// stands for.
func (r *run) laneAreas(p *panel, lives []*life, lane func(string) int64, csv *strings.Builder) (
	topBps int64, err error,
) {
	curves, err := r.deliveredOf(r.connection)
	if err != nil || len(curves) == 0 {
		return 0, err
	}
	binNs := binWidth(r.endNs, curves)
	bins := max(int((r.endNs+binNs/2)/binNs), 1)
	edge := func(i int) int64 {
		if i == bins {
			return r.endNs
		}
		return int64(i) * binNs
	}
	rates := map[string][]int64{}
	for _, c := range curves {
		if rates[c.label] == nil {
			rates[c.label] = make([]int64, bins)
		}
		before := int64(0)
		for j := range bins {
			now := c.at(edge(j + 1))
			rates[c.label][j] += rate(now-before, edge(j+1)-edge(j))
			topBps = max(topBps, rates[c.label][j])
			before = now
		}
	}
	if topBps == 0 {
		return 0, nil
	}
	topBps = nextRound(topBps)
	for _, label := range r.allLabels(lives) {
		bps := rates[label]
		at := lane(label)
		if bps == nil || at < 0 || slices.Index(p.lanes, r.short(label)) < 0 {
			continue
		}
		low, high := make([]int64, bins), make([]int64, bins)
		for j := range bins {
			low[j] = at + laneFoot
			high[j] = low[j] + scale(laneTop-laneFoot, bps[j], topBps)
			fmt.Fprintf(csv, "%s,,%d,%d,goodput,%d\n", quote(label), edge(j), edge(j+1), bps[j])
		}
		p.layers = append(p.layers, stepLayer(r.labels[label], edge, low, high))
	}
	return topBps, nil
}

// nextRound is the next number with one digit, or 15 or 25 times a power of ten.
func nextRound(v int64) int64 {
	for power := int64(1); ; power *= 10 {
		for _, m := range []int64{10, 12, 15, 20, 25, 30, 40, 50, 60, 80} {
			if m*power >= v*10 {
				return (m*power + 9) / 10
			}
		}
	}
}

// lifeLayer draws one subflow over its lane's area.
func lifeLayer(l look, f *life, lane int64) layer {
	return func(c *draw.Canvas, st Style, x, y func(int64) vg.Length) {
		low, high := y(lane+laneFoot), y(lane+laneTop)
		for _, s := range f.spans() {
			x0, x1 := x(s.from), x(s.to)
			switch s.state {
			case stateTried:
				strokeTry(c, st, l, x0, x1, (low+high)/2)
			case stateBackup:
				strokeBox(c, st, l, x0, low, x1, high)
			default:
				c.StrokeLines(st.edge(l), []vg.Point{{X: x0, Y: low}, {X: x0, Y: high}, {X: x1, Y: high}, {X: x1, Y: low},
					{X: x0, Y: low}})
			}
		}
		if f.ended {
			strokeEnd(c, st, l, x(f.closed), low, high)
		}
	}
}

// strokeBox strokes a rectangle with dashes.
func strokeBox(c *draw.Canvas, st Style, l look, x0, y0, x1, y1 vg.Length) {
	sty := draw.LineStyle{Color: l.color, Width: 0.8 * st.LineWidth, Dashes: []vg.Length{1.5, 1.2}}
	c.StrokeLines(sty, []vg.Point{{X: x0, Y: y0}, {X: x0, Y: y1}, {X: x1, Y: y1}, {X: x1, Y: y0},
		{X: x0, Y: y0}})
}

// strokeTry strokes the line of a subflow whose handshake goes on.
func strokeTry(c *draw.Canvas, st Style, l look, x0, x1, y vg.Length) {
	sty := draw.LineStyle{Color: l.color, Width: st.LineWidth}
	c.StrokeLine2(sty, x0, y, x1, y)
	c.StrokeLine2(sty, x0, y-2.5, x0, y+2.5)
}

// strokeEnd strokes the end of a subflow's life.
func strokeEnd(c *draw.Canvas, st Style, l look, x, low, high vg.Length) {
	c.StrokeLine2(draw.LineStyle{Color: l.color, Width: 2 * st.LineWidth}, x, low, x, high)
}
