package figure

import (
	"fmt"
	"slices"
	"strings"

	"mpsim/results/record"
	"mpsim/sim/trace"
)

// EmptyError tells that a run has nothing to draw in a figure.
type EmptyError struct{ Figure, Why string }

// Error implements error.
func (e *EmptyError) Error() string { return "figure " + e.Figure + ": nothing to draw: " + e.Why }

// Options choose what is drawn and how.
type Options struct {
	// Style is Column() if it is left zero.
	Style Style
	// Connection restricts the figures of connections to one; 0 means the one that carried most,
	// and all of them for goodput.
	Connection int64
	// Title stands above the legend; papers say it in the caption and leave it empty.
	Title string
	// Marks are instants to name beside those that the run's events tell.
	Marks []Mark
}

// Mark is a named instant.
type Mark struct {
	AtNs int64
	Text string
}

// orNotRecorded gives the reason why a figure is empty: that nothing was recorded, or else why.
func (r *run) orNotRecorded(why string) string {
	if r.subflow == nil && r.link == nil && r.arrival == nil {
		return "the run recorded no time series (mpsim run writes them, mpsim sweep with --series)"
	}
	return why
}

// run is a result as the figures see it. Tables that were not recorded are nil.
type run struct {
	opt                           Options
	summary                       *trace.Summary
	subflow, link, arrival, event *trace.Table
	endNs                         int64
	labels, links                 palette
	prefix                        string
	receiver, sender              string
	connection                    int64
	connections                   int
	marks                         []mark
}

// load reads the tables and finds what all figures share: time axis, colours, marks, the host that
// received most and the one that sent most, the connection that carried most.
func load(res *record.Result, opt Options) (*run, error) {
	r := &run{opt: opt, summary: res.Summary, endNs: res.Manifest.SimulatedNs}
	if r.opt.Style == (Style{}) {
		r.opt.Style = Column()
	}
	names := res.Tables()
	for _, t := range []struct {
		name string
		into **trace.Table
	}{{"subflow", &r.subflow}, {"link", &r.link}, {"arrival", &r.arrival}, {"event", &r.event}} {
		if !slices.Contains(names, t.name) {
			continue
		}
		table, err := res.Table(t.name)
		if err != nil {
			return nil, err
		}
		*t.into = table
		if err := scan(table, []string{"time_ns"}, func(v []int64) { r.endNs = max(r.endNs, v[0]) }); err != nil {
			return nil, err
		}
	}
	r.endNs = max(r.endNs, 1)
	labels := append(words(r.subflow, "label"), words(r.arrival, "label")...)
	slices.Sort(labels)
	labels = slices.Compact(labels)
	r.labels, r.prefix = newPalette(labels), commonPrefix(labels)
	r.links = linkPalette(words(r.link, "link"))
	var err error
	if r.marks, err = handoverMarks(r.event, r.endNs, opt.Marks); err != nil {
		return nil, err
	}
	return r, r.findRoles()
}

// findRoles finds receiver, sender and connection from the octets delivered over subflows.
func (r *run) findRoles() error {
	if r.subflow == nil {
		return nil
	}
	type subflow struct{ host, connection, subflow int64 }
	var order []subflow
	last := map[subflow]int64{}
	host := r.subflow.Index("host")
	err := scan(r.subflow, []string{"host", "connection", "subflow", "delivered_bytes"}, func(v []int64) {
		k := subflow{v[0], v[1], v[2]}
		if _, ok := last[k]; !ok {
			order = append(order, k)
		}
		last[k] = v[3]
	})
	if err != nil {
		return err
	}
	var byConnection, byHost tally
	for _, k := range order {
		byConnection.add(k.connection, last[k])
	}
	r.connection, r.connections = byConnection.top(), len(byConnection.keys)
	if r.opt.Connection != 0 {
		if !slices.Contains(byConnection.keys, r.opt.Connection) {
			return fmt.Errorf("the run has no connection %d (its connections are %v)", r.opt.Connection,
				byConnection.keys)
		}
		r.connection = r.opt.Connection
	}
	for _, k := range order {
		if k.connection == r.connection {
			byHost.add(k.host, last[k])
		}
	}
	if len(byHost.keys) == 0 {
		return nil
	}
	top := byHost.top()
	r.receiver = r.subflow.Word(host, top)
	r.sender = r.receiver
	for _, h := range byHost.keys {
		if h != top {
			r.sender = r.subflow.Word(host, h)
		}
	}
	return nil
}

// tally sums amounts by key, keeping the order in which keys came.
type tally struct {
	keys []int64
	sums []int64
}

func (t *tally) add(key, amount int64) {
	i := slices.Index(t.keys, key)
	if i < 0 {
		i = len(t.keys)
		t.keys, t.sums = append(t.keys, key), append(t.sums, 0)
	}
	t.sums[i] += amount
}

// top returns the first key with the largest sum.
func (t *tally) top() int64 {
	best := 0
	for i, s := range t.sums {
		if s > t.sums[best] {
			best = i
		}
	}
	if len(t.keys) == 0 {
		return 0
	}
	return t.keys[best]
}

// scan calls f with the named columns of each row. The slice is reused.
func scan(t *trace.Table, columns []string, f func(v []int64)) error {
	index := make([]int, len(columns))
	for i, name := range columns {
		if index[i] = t.Index(name); index[i] < 0 {
			return fmt.Errorf("series %s has no column %s; run the scenario again with this version", t.Name(), name)
		}
	}
	row := make([]int64, len(columns))
	for c := range t.Chunks() {
		for j := range c.Rows() {
			for i, col := range index {
				row[i] = c.Col(col)[j]
			}
			f(row)
		}
	}
	return nil
}

// words returns the words of a Dict column of a table that may be missing.
func words(t *trace.Table, column string) []string {
	if t == nil || t.Index(column) < 0 {
		return nil
	}
	return slices.Clone(t.Words(t.Index(column)))
}

// linkPalette gives both directions of a link one colour: the look of its name, one of them dotted.
func linkPalette(links []string) palette {
	var stems []string
	for _, l := range links {
		name, _ := stem(l)
		stems = append(stems, name)
	}
	slices.Sort(stems)
	base := newPalette(slices.Compact(stems))
	p := make(palette, len(links))
	for _, l := range links {
		name, dotted := stem(l)
		p[l] = base[name]
		if dotted {
			p[l] = look{base[name].slot, base[name].color, dashes()[2]}
		}
	}
	return p
}

// commonPrefix returns the host that starts every label (phone.wifi, phone.lte), dot included, so
// that legends can leave it out. One label keeps its host.
func commonPrefix(labels []string) string {
	if len(labels) < 2 {
		return ""
	}
	i := strings.IndexByte(labels[0], '.')
	prefix := labels[0][:i+1]
	for _, l := range labels {
		if !strings.HasPrefix(l, prefix) || len(l) == len(prefix) {
			return ""
		}
	}
	return prefix
}

// short is a label as legends show it.
func (r *run) short(label string) string { return ascii(strings.TrimPrefix(label, r.prefix)) }

// ofConnection is appended to an axis label where the run has several connections.
func (r *run) ofConnection() string {
	if r.connections < 2 {
		return ""
	}
	return fmt.Sprintf(" of connection %d", r.connection)
}
