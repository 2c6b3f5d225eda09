package build

import (
	"fmt"
	"slices"
	"strings"

	"mpsim/model/link"
	"mpsim/model/topo"
	"mpsim/scenarios/spec"
	"mpsim/sim"
)

// addFailures plans what fails and is repaired. It comes when the map of the world is complete, before any path
// is asked for.
func (w *World) addFailures() error {
	if len(w.spec.Failures) == 0 {
		return nil
	}
	if err := w.graph.SetReroute(w.spec.Routing.RerouteDelay); err != nil {
		return w.problem("routing.reroute-delay", err)
	}
	var problems spec.Problems
	for i := range w.spec.Failures {
		f := &w.spec.Failures[i]
		if key, err := w.addFailure(f); err != nil {
			problems = append(problems, w.wrong(fmt.Sprintf("failures.%d.%s", i, key), err))
		}
	}
	return problems.Err()
}

// addFailure plans one failure and its repair. An error comes with the key that is wrong.
func (w *World) addFailure(f *spec.Failure) (key string, err error) {
	fail, repair := func(sim.Time) {}, func(sim.Time) {}
	if f.Node != "" {
		r := w.routerNamed(f.Node)
		if r == nil {
			return "switch", w.notARouter(f.Node)
		}
		fail = func(now sim.Time) { w.graph.FailSwitch(now, r) }
		repair = func(now sim.Time) { w.graph.RepairSwitch(now, r) }
	} else {
		ids, ok := w.linkNamed(f.Link)
		if !ok {
			return "link", w.notALink(f.Link)
		}
		fail = func(now sim.Time) { w.graph.FailLink(now, ids[:]...) }
		repair = func(now sim.Time) { w.graph.RepairLink(now, ids[:]...) }
	}
	w.world.Global(sim.Time(f.At), fail)
	if f.Until > 0 {
		w.world.Global(sim.Time(f.Until), repair)
	}
	return "", nil
}

// notARouter says what a name is that no switch or router has.
func (w *World) notARouter(name string) error {
	err := unknown("switch or router", name, w.routerNames())
	if h := w.hostNamed(name); h != nil {
		err.msg = fmt.Sprintf("%q is a host, and hosts do not fail", name)
		err.hint = "name a link of it"
		if h.topo.Interface(0).Connected {
			link := w.net.Name(h.topo.Interface(0).Out)
			err.hint += fmt.Sprintf(", as in link: %q", link[:strings.LastIndexByte(link, '.')])
		}
	}
	return err
}

// notALink says what is probably meant by a name that no link has.
func (w *World) notALink(name string) error {
	err := unknown("link", name, w.linkNames())
	if a, b, two := strings.Cut(name, ":"); two {
		if _, ok := w.linkNamed(b + ":" + a); ok {
			err.hint = fmt.Sprintf("the lower end comes first: %q", b+":"+a)
		}
	}
	return err
}

// routerNamed returns a router of the file or a switch of the topology, or nil.
func (w *World) routerNamed(name string) *topo.Router {
	if i := slices.Index(w.spec.Routers, name); i >= 0 {
		return w.routers[i]
	}
	if w.fabric != nil {
		if i, ok := w.fabric.switchNamed(name); ok {
			return w.fabric.Switches[i]
		}
	}
	return nil
}

func (w *World) routerNames() []string {
	names := slices.Clone(w.spec.Routers)
	if w.fabric != nil {
		for i := range w.fabric.plan.Switches {
			names = append(names, w.fabric.plan.Switches[i].Name)
		}
	}
	return names
}

// linkNamed returns both directions of a link of the file or of the topology.
func (w *World) linkNamed(name string) ([2]link.ID, bool) {
	for _, d := range w.links {
		if d.spec.Name == name {
			return d.ids, true
		}
	}
	if w.fabric != nil {
		if i, ok := w.fabric.linkNamed(name); ok {
			return w.fabric.Links[i], true
		}
	}
	return [2]link.ID{}, false
}

func (w *World) linkNames() []string {
	var names []string
	for _, d := range w.links {
		names = append(names, d.spec.Name)
	}
	if w.fabric != nil {
		names = append(names, w.fabric.linkNames()...)
	}
	return names
}
