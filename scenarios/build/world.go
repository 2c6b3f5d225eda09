package build

import (
	"errors"
	"fmt"

	"mpsim/model/link"
	"mpsim/model/middlebox"
	"mpsim/model/mptcp"
	"mpsim/model/topo"
	"mpsim/scenarios/spec"
	"mpsim/sim"
	"mpsim/sim/trace"
	"mpsim/sim/unit"
	"mpsim/sockapi"
	"mpsim/sockapi/app/traffic"
)

// Options say what a run records besides its summary.
type Options struct {
	// Series takes time series; nil: none.
	Series *trace.Series
	// Capture opens the capture of one host, or with PerInterface of one of its interfaces (host.interface);
	// nil: none.
	Capture      func(name string) (trace.PacketSink, error)
	PerInterface bool
	// Sharing makes hosts remember the paths of all flows, for the report of what shares which link. Memory
	// grows with each flow; nothing else changes.
	Sharing bool
	// Workers is how many parts of the world are to run side by side; 0 or 1: it runs in one. See World.Workers.
	Workers int

	// Opened, if not nil, is called when an end of an application has its connection.
	Opened func(now sim.Time, a *spec.Application, c *sockapi.Conn, client bool)
	// ShakeTies is the key of sim.World.ShakeTies; 0: the plain order of events.
	ShakeTies uint64
}

// World is a scenario ready to run.
type World struct {
	spec  *spec.Scenario
	world *sim.World
	net   *link.Net
	graph *topo.Graph
	hosts []*host   // in the order of the graph: those of the topology first
	links []*duplex // of the file; those of the topology are in fabric

	byName  map[string]*host
	fabric  *fabric         // nil: no topology
	routers []*topo.Router  // of the file
	engine  *traffic.Engine // nil: no traffic
	groups  []*group
	parts   []*world         // one, unless the world has been cut
	whole   error            // why it has not been cut as asked, or nil
	track   bool             // flows are remembered, for the report of sharing
	layer   *middlebox.Layer // nil: no middleboxes
	boxes   []box
	apps    []*application

	programs []*program  // scripts, compiled
	scripts  []*scripted // applications that are scripts
	plugged  []*plugged  // what hosts have of scripts
	watch    *watcher

	views  map[*mptcp.Conn]*connView // of connections that tables tell of
	ended  map[tokenPair]*mptcp.Conn // see formerPeer
	listed map[*mptcp.Stack]sim.Time

	onOpen func(now sim.Time, a *spec.Application, c *sockapi.Conn, client bool)

	inputs   []Input
	warnings []string
}

// Input is a file that the scenario names.
type Input struct {
	Name      string // as written in the scenario
	SizeBytes int64
	SHA256    string // 64 hexadecimal digits
}

// host is one end system of the scenario with its stacks.
type host struct {
	name string
	spec *spec.Host // of the topology's hosts: what they have in common
	topo *topo.Host
	api  *sockapi.Host
	part int // of World.parts
}

// Stats are the costs of a run so far.
type Stats struct {
	Events     uint64 // handled
	PacketHops uint64 // packets taken by a link
	Endpoints  uint64 // TCP endpoints made
	Packets    int    // packets that exist now
	Links      int    // directions of links
	Hosts      int
	Queue      sim.Stats // of pending events
}

// New wires the scenario. Its errors are spec.Problems with positions in the file.
func New(s *spec.Scenario, o Options) (*World, error) {
	w := &World{spec: s, world: sim.NewWorld(s.Seed), onOpen: o.Opened, track: o.Sharing,
		byName: map[string]*host{},
		views:  map[*mptcp.Conn]*connView{}, ended: map[tokenPair]*mptcp.Conn{}, listed: map[*mptcp.Stack]sim.Time{}}
	w.world.ShakeTies(o.ShakeTies)
	w.net = link.NewNet(w.world)
	w.graph = topo.New(w.net)
	for _, step := range []func() error{
		w.addTopology, w.addHosts, w.addLinks, w.addPools, w.setRouting, w.addFailures, w.prepareRoutes, w.addMiddleboxes,
		func() error { return w.cutWorld(&o) },
		w.checkScripts, w.addStacks, w.addTimetables, w.addTraffic, w.addApplications, w.addCalls,
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	w.watch = newWatcher(w, o.Series)
	if o.Capture != nil {
		if err := w.addCaptures(o.Capture, o.PerInterface); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// problem reports what only the wiring could find, at its place in the file.
func (w *World) problem(path string, err error) error {
	return spec.Problems{w.wrong(path, err)}
}

// wrong is the one problem that problem reports.
func (w *World) wrong(path string, err error) spec.Problem {
	p := w.spec.Problem(path, err.Error(), "")
	var u *unknownError
	if errors.As(err, &u) {
		p.Hint = u.hint
	}
	return p
}

// unknownError is a name that nothing has.
type unknownError struct{ msg, hint string }

func (e *unknownError) Error() string { return e.msg }

// unknown says that there is no thing of that name, and which of the known names is probably meant.
func unknown(what, name string, known []string) *unknownError {
	e := &unknownError{msg: fmt.Sprintf("there is no %s %q", what, name)}
	if best := spec.Closest(name, known); best != "" {
		e.hint = fmt.Sprintf("did you mean %q?", best)
	}
	return e
}

// Run handles all events up to and including until.
func (w *World) Run(until sim.Time) { w.world.Run(until) }

// Now returns the virtual time, Digest the digest of what happened so far.
func (w *World) Now() sim.Time { return w.world.Now() }

// Digest returns 32 hexadecimal digits.
func (w *World) Digest() string { return w.world.Digest() }

// Close ends the applications that still block. The world cannot run afterwards.
func (w *World) Close() { w.world.Close() }

// Events returns the number of events handled so far, without looking at anything else.
func (w *World) Events() uint64 { return w.world.Stats().Events }

// Stats returns the costs so far.
func (w *World) Stats() Stats {
	q := w.world.Stats()
	st := Stats{
		Events: q.Events, Packets: w.net.InUse(), Links: w.net.NumLinks(), Hosts: len(w.hosts), Queue: q,
	}
	for id := range w.net.NumLinks() {
		st.PacketHops += uint64(w.net.Counters(link.ID(id)).Accepted.Packets)
	}
	for _, h := range w.hosts {
		st.Endpoints += uint64(h.api.TCP().Info().Endpoints)
	}
	return st
}

// Err joins what went wrong in the applications: a failed connection, a corrupt stream.
func (w *World) Err() error {
	var all []error
	for _, a := range w.apps {
		if a.result.Err != nil {
			all = append(all, a.result.Err)
		}
	}
	for _, g := range w.groups {
		if err := g.run.Err(); err != nil {
			all = append(all, err)
		}
	}
	return errors.Join(all...)
}

// Inputs lists the files that the scenario names, in its order.
func (w *World) Inputs() []Input { return w.inputs }

// Warnings are remarks to read before the result is trusted.
func (w *World) Warnings() []string {
	out := append([]string(nil), w.warnings...)
	for _, a := range w.apps {
		if a.result.Err == nil && a.result.Connected == sim.Never {
			out = append(out, fmt.Sprintf("application %s never connected: look at its links and start time",
				a.spec.Name))
		}
	}
	for _, g := range w.groups {
		if lost := w.unconnected(g); lost != "" {
			out = append(out, lost)
		}
	}
	out = append(append(out, w.scriptWarnings()...), w.hangs()...)
	return append(out, w.Late()...)
}

// Late names what the scenario plans for after its end.
func (w *World) Late() []string {
	var out []string
	note := func(what string, at unit.Duration) {
		if at > w.spec.Duration {
			out = append(out, fmt.Sprintf("%s at %v never happens: the run ends at %v", what, at, w.spec.Duration))
		}
	}
	for _, a := range w.spec.Applications {
		note("start of application "+a.Name, a.Start)
	}
	for _, f := range w.spec.Failures {
		note("failure of "+f.Link+f.Node, f.At)
		note("repair of "+f.Link+f.Node, f.Until)
	}
	for _, t := range w.spec.Traffic {
		note("start of traffic "+t.Name, t.Start)
	}
	for _, l := range w.spec.Links {
		for k, d := range []*spec.Direction{&l.Forward, &l.Backward} {
			for _, c := range d.Timetable {
				note("change of link "+l.Name+"."+directions[k], c.At)
			}
		}
	}
	for _, h := range w.spec.Hosts {
		for _, i := range h.Interfaces {
			for _, c := range i.Timetable {
				note("change of interface "+h.Name+"."+i.Name, c.At)
			}
		}
	}
	return out
}
