package build

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"mpsim/model/wire"
	"mpsim/scenarios/spec"
	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"
	"mpsim/sockapi/app/traffic"
)

// group is one group of the scenario's traffic at work.
type group struct {
	spec  *spec.Traffic
	run   *traffic.Traffic
	hosts []int32 // of the group, as numbers in World.hosts
}

// addTraffic starts the groups of traffic.
func (w *World) addTraffic() error {
	if len(w.spec.Traffic) == 0 {
		return nil
	}
	w.engine = traffic.New()
	places := w.places()
	var problems spec.Problems
	for i := range w.spec.Traffic {
		t := &w.spec.Traffic[i]
		if err := w.addGroup(t, places); err != nil {
			var own spec.Problems
			if !errors.As(err, &own) {
				own = spec.Problems{w.wrong("traffic."+t.Name, err)}
			}
			problems = append(problems, own...)
		}
	}
	return problems.Err()
}

// addGroup starts one group.
func (w *World) addGroup(t *spec.Traffic, places []traffic.Place) error {
	members, err := w.members(t, "traffic."+t.Name+".hosts")
	if err != nil {
		return err
	}
	g, err := groupOf(t)
	if err != nil {
		return err
	}
	g.Transport.Keep = w.spec.Record.Detail == spec.DetailFull
	g.Hosts = make([]traffic.Host, len(members))
	for k, m := range members {
		h := w.hosts[m]
		g.Hosts[k] = traffic.Host{API: h.api, Addrs: h.topo.Addrs(), Place: places[m]}
	}
	if t.Matrix == spec.MatrixNeighbours {
		w.addNear(g.Hosts, members)
	}
	if g.Transport.Paths == traffic.Nearest {
		g.Hops = w.hops()
	}
	run, err := w.engine.Add(g)
	if err != nil {
		return err
	}
	w.groups = append(w.groups, &group{spec: t, run: run, hosts: members})
	return w.checkWays(t, g.Hosts, run.Pairs())
}

// mostChecked is how many pairs of a matrix are looked at before the run.
const mostChecked = 1 << 16

// checkWays finds a pair of hosts that no pair of their interfaces joins.
func (w *World) checkWays(t *spec.Traffic, hosts []traffic.Host, pairs []traffic.Pair) error {
	for _, p := range pairs[:min(len(pairs), mostChecked)] {
		from, to := &hosts[p.From], &hosts[p.To]
		h := w.byName[from.API.Name()]
		joined := func(local wire.Addr) bool {
			return slices.ContainsFunc(to.Addrs, func(remote wire.Addr) bool { return h.topo.Reach(local, remote) == nil })
		}
		if slices.ContainsFunc(from.Addrs, joined) {
			continue
		}
		hint := ""
		if w.fabric != nil && w.fabric.spec.Kind == spec.Torus {
			hint = ": sources of a torus reach sinks, write matrix: " + spec.MatrixHalves
		}
		return fmt.Errorf("matrix %s: %s has no way to %s%s", t.Matrix, from.API.Name(), to.API.Name(), hint)
	}
	return nil
}

// groupOf translates what does not depend on hosts.
func groupOf(t *spec.Traffic) (traffic.Group, error) {
	g := traffic.Group{
		Name: t.Name, Start: sim.Time(t.Start), Jitter: t.Jitter, Stop: sim.Time(t.Stop),
		MeasureFrom: sim.Time(t.MeasureFrom), Bytes: int64(t.Size.Fixed), Gap: t.Interval, Limit: max(t.Flows, t.Rounds),
		Pause: t.Pause, Rate: t.Rate, Packet: int(t.Packet), On: t.On, Off: t.Off,
	}
	var err error
	if g.Kind, err = traffic.KindNamed(t.Kind); err != nil {
		return g, err
	}
	if g.Matrix.Kind, err = traffic.MatrixNamed(t.Matrix); err != nil {
		return g, err
	}
	g.Matrix.N = max(t.Stride, t.Destinations, t.Group, t.Hot, t.Senders) // of which a matrix has one
	g.Matrix.Edge, g.Matrix.Pod = percent(t.EdgeShare), percent(t.PodShare)
	if t.Matrix == spec.MatrixSparse {
		g.Matrix.Percent = percent(t.Share)
	}
	g.Transport = traffic.Transport{Network: sockapi.MPTCP, Subflows: t.Subflows, Congestion: t.Congestion}
	if t.Transport == spec.TransportTCP {
		g.Transport.Network = sockapi.TCP
	}
	if t.Paths != "" {
		if g.Transport.Paths, err = traffic.PathsNamed(t.Paths); err != nil {
			return g, err
		}
	}
	if t.Kind == spec.TrafficShort {
		g.Bytes = 0
		g.Sizes, err = sizes(&t.Size)
	}
	return g, err
}

// sizes translates a distribution of sizes.
func sizes(s *spec.Sizes) (*traffic.Sizes, error) {
	switch {
	case s.Distribution != "":
		return traffic.SizesNamed(s.Distribution)
	case len(s.Points) == 0:
		return traffic.Fixed(int64(s.Fixed))
	}
	const million = 1_000_000
	points := make([]traffic.SizePoint, len(s.Points))
	for i, p := range s.Points {
		points[i] = traffic.SizePoint{Octets: int64(p.Size), Parts: int64(million * p.Share.Num / max(p.Share.Den, 1))}
	}
	return traffic.NewSizes("of the scenario", points)
}

// places tells where each host stands, by its number.
func (w *World) places() []traffic.Place {
	places := make([]traffic.Place, len(w.hosts))
	for i := range places {
		places[i] = traffic.Place{Edge: -1, Pod: -1}
	}
	if w.fabric != nil {
		edges := w.fabric.plan.Edges()
		for i := range w.fabric.plan.Hosts {
			places[i] = traffic.Place{Edge: edges[i], Pod: w.fabric.plan.Hosts[i].Pod}
		}
	}
	return places
}

// addNear tells each host of a group which others share a switch with it.
func (w *World) addNear(hosts []traffic.Host, members []int32) {
	if w.fabric == nil {
		return
	}
	place := make(map[int32]int32, len(members)) // number in the group
	for k, m := range members {
		place[m] = int32(k)
	}
	at := make([][]int32, len(w.fabric.plan.Switches)) // members at each switch
	for i := range w.fabric.plan.Links {
		a, b := w.fabric.plan.Links[i].Ends[0], w.fabric.plan.Links[i].Ends[1]
		if k, in := place[a.Index]; a.Host && !b.Host && in {
			at[b.Index] = append(at[b.Index], k)
		}
	}
	for _, list := range at {
		for _, k := range list {
			for _, other := range list {
				if other != k {
					hosts[k].Place.Near = append(hosts[k].Place.Near, other)
				}
			}
		}
	}
	for k := range hosts {
		slices.Sort(hosts[k].Place.Near)
		hosts[k].Place.Near = slices.Compact(hosts[k].Place.Near)
	}
}

// hops returns a function that says how far two addresses are from each other: 2 links if they are at the same
// switch, else more.
func (w *World) hops() func(local, remote wire.Addr) int {
	at := map[wire.Addr]int32{} // written here only: several threads may read it
	if w.fabric != nil {
		for i := range w.fabric.plan.Links {
			a, b := w.fabric.plan.Links[i].Ends[0], w.fabric.plan.Links[i].Ends[1]
			if a.Host && !b.Host {
				at[w.fabric.Hosts[a.Index].Interface(int(a.Port)).Addrs[0]] = b.Index + 1
			}
		}
	}
	return func(local, remote wire.Addr) int {
		if s := at[local]; s != 0 && s == at[remote] {
			return 2
		}
		return 4
	}
}

// members returns the hosts that a group's matrix is over, as numbers in World.hosts, ascending.
func (w *World) members(t *spec.Traffic, path string) ([]int32, error) {
	all := make([]int32, len(w.hosts))
	for i := range all {
		all[i] = int32(i)
	}
	s := &t.Hosts
	switch {
	case s.Except != "":
		return w.membersExcept(all, s.Except), nil
	case !s.Share.IsZero():
		draw := w.world.Stream("traffic/" + t.Name + "/hosts")
		n := (uint64(len(all))*s.Share.Num + s.Share.Den/2) / s.Share.Den
		for i := range all {
			k := i + int(draw.Below(uint64(len(all)-i)))
			all[i], all[k] = all[k], all[i]
		}
		all = all[:n]
		slices.Sort(all)
		return all, nil
	case len(s.Names) > 0:
		return w.membersNamed(s.Names, path)
	}
	return all, nil
}

// membersExcept leaves out the hosts that send in an earlier group.
func (w *World) membersExcept(all []int32, name string) []int32 {
	for _, g := range w.groups {
		if g.spec.Name != name {
			continue
		}
		sends := make([]bool, len(w.hosts))
		for _, p := range g.run.Pairs() {
			sends[g.hosts[p.From]] = true
		}
		return slices.DeleteFunc(all, func(i int32) bool { return sends[i] })
	}
	return all
}

// membersNamed reads names and ranges of names.
func (w *World) membersNamed(names []string, path string) ([]int32, error) {
	number := make(map[string]int32, len(w.hosts))
	for i, h := range w.hosts {
		number[h.name] = int32(i)
	}
	var list []int32
	var problems spec.Problems
	for k, name := range names {
		at := path + "." + strconv.Itoa(k)
		from, to, isRange := strings.Cut(name, "..")
		if !isRange {
			to = from
		}
		var wrong error
		for _, end := range []string{from, to} {
			if _, ok := number[end]; !ok {
				wrong = unknown("host", end, w.hostNames())
			}
		}
		if wrong == nil && number[from] > number[to] {
			wrong = fmt.Errorf("%s comes after %s: write %s..%s", from, to, to, from)
		}
		if wrong != nil {
			problems = append(problems, w.wrong(at, wrong))
			continue
		}
		for i := number[from]; i <= number[to]; i++ {
			list = append(list, i)
		}
	}
	slices.Sort(list)
	return slices.Compact(list), problems.Err()
}

// percent returns a ratio of whole per cent as their number.
func percent(r unit.Ratio) int { return int(100 * r.Num / max(r.Den, 1)) }
