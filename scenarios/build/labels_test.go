package build

import (
	"fmt"
	"slices"
	"testing"

	"mpsim/model/mptcp"
	"mpsim/sim"
	"mpsim/sim/trace"
	"mpsim/sim/unit"
)

// pathLabels lists, by host and subflow, what the series call subflows; it fails if a name moves.
func pathLabels(t *testing.T, s *trace.Series) map[string]string {
	t.Helper()
	table := s.Subflows.Table
	names := map[string]string{}
	rows(table, []string{"host", "subflow", "label"}, func(v []int64) {
		key := fmt.Sprintf("%s %d", table.Word(table.Index("host"), v[0]), v[1])
		label := table.Word(table.Index("label"), v[2])
		if was, ok := names[key]; ok && was != label {
			t.Errorf("subflow %s is called %s, then %s", key, was, label)
		}
		names[key] = label
	})
	return names
}

// When one of several subflows of a path closes, the others keep their names, at both ends; a later one takes
// the name that is free.
func TestLabelsStay(t *testing.T) {
	s := load(t, "basics/two-paths", "hosts.client.mptcp.path-manager=ndiffports",
		"hosts.client.mptcp.subflows=3",
		"duration=3s",
		"calls=[{at: 1s, application: download, end: client, call: close-subflow, subflow: 1}, "+
			"{at: 2s, application: download, end: client, call: open-subflow, local-interface: near}]")
	series := trace.NewSeries()
	w := run(t, s, Options{Series: series}, 3*unit.Second)
	seen := pathLabels(t, series)
	byTuple := map[string][]string{}
	for _, h := range w.hosts {
		h.api.MPTCP().EachConn(func(c *mptcp.Conn) bool {
			c.EachSubflow(func(f mptcp.SubflowInfo) bool {
				l := w.lifetime(c, &f)
				key := fmt.Sprint(l.client, l.server)
				byTuple[key] = append(byTuple[key], w.labelOf(c, f.ID))
				if got := seen[fmt.Sprintf("%s %d", h.name, f.ID)]; got != w.labelOf(c, f.ID) {
					t.Errorf("%s subflow %d: %q in the series, %q in the end", h.name, f.ID, got, w.labelOf(c, f.ID))
				}
				return true
			})
			return true
		})
	}
	var all []string
	for tuple, names := range byTuple {
		if len(names) != 2 || names[0] != names[1] {
			t.Errorf("the ends call subflow %s %q", tuple, names)
		}
		all = append(all, names[0])
	}
	slices.Sort(all)
	if got := fmt.Sprint(all); got != "[client.near client.near#2 client.near#2 client.near#3]" {
		t.Errorf("the names are %s", got)
	}
}

// The numbers follow from who lives when a subflow is opened, whichever end is asked and whatever has closed
// since.
func TestNumbersOfLifetimes(t *testing.T) {
	at := func(opened, closed sim.Time) lifetime { return lifetime{path: "p", opened: opened, closed: closed} }
	all := []lifetime{at(1, 5), at(2, 3), at(2, 0), {path: "q", opened: 3}, at(4, 0), at(6, 0)}
	for i := range all {
		all[i].number = free(all[:i], &all[i])
	}
	var got []int
	for _, l := range all {
		got = append(got, l.number)
	}
	if want := []int{1, 2, 3, 1, 2, 1}; !slices.Equal(got, want) {
		t.Errorf("numbers %v, want %v", got, want)
	}
	l, o := at(5, 9), at(4, 0)
	l.merge(&o)
	if l.opened != 4 || l.closed != 9 {
		t.Errorf("merged: opened %d, closed %d", l.opened, l.closed)
	}
}
