package torture

import (
	"fmt"
	"runtime/debug"
	"slices"

	"gopkg.in/yaml.v3"

	"mpsim/model/link"
	"mpsim/scenarios/build"
	"mpsim/scenarios/spec"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// Kind is what sort of promise was broken. Shrinking keeps the kind.
type Kind string

// Kinds of violations.
const (
	Panic       Kind = "panic"       // an assertion of the models, or any other panic
	Corrupt     Kind = "corrupt"     // an octet that was not sent there, twice, out of order or too early
	Truncated   Kind = "truncated"   // an end of stream before the last octet
	Failed      Kind = "failed"      // a connection failed without a cause in the scenario
	Stalled     Kind = "stalled"     // an unfinished transfer does not go on for a long time
	Stuck       Kind = "stuck"       // an unfinished transfer will never go on
	Livelock    Kind = "livelock"    // events without end
	Packets     Kind = "packets"     // packets appear or vanish
	Buffers     Kind = "buffers"     // more is held than allowed
	Leak        Kind = "leak"        // something is left at the end
	Wire        Kind = "wire"        // what a host sends breaks the protocol
	Audit       Kind = "audit"       // ... as package audit judges it
	Determinism Kind = "determinism" // two runs of one world differ
	Invalid     Kind = "invalid"     // the scenario does not load or build
)

// Violation is one broken promise.
type Violation struct {
	Kind Kind
	At   sim.Time
	Text string // one line
	Info string // more lines: a stack; or empty
}

func (v Violation) String() string {
	return fmt.Sprintf("%s at %v: %s", v.Kind, unit.Duration(v.At), v.Text)
}

// Outcome is what the checkers say about one world.
type Outcome struct {
	Violations []Violation // in the order in which they were found, at most maxSame of a kind
	Digest     string      // of the whole run
	End        sim.Time    // when the world had come to rest
	Events     uint64
	Coverage   Coverage
}

// maxSame bounds what is kept of one world: the first violations tell the story.
const maxSame = 3

// world is a run under the checkers.
type world struct {
	spec    *spec.Scenario
	build   *build.World
	out     *Outcome
	traits  traits
	forge   uint64 // joins, of a hundred, that arrive with a wrong HMAC
	streams []*transfer
	eyes    []*eye
	options Options
	packets int              // seen by the eyes
	boxed   map[link.ID]bool // middleboxes stand on them
}

// Options choose among the checkers.
type Options struct {
	NoAudit bool // do not hold every host to what package audit knows of the RFCs as well
}

// Check runs a scenario file under the checkers. name is for messages.
func Check(name string, data []byte, options Options) *Outcome {
	out := &Outcome{Coverage: Coverage{}}
	s, problems := spec.Load(name, data, nil)
	if len(problems) > 0 {
		out.add(Violation{Kind: Invalid, Text: problems[0].Error()})
		return out
	}
	w := &world{spec: s, out: out, options: options}
	x := extrasOf(data)
	w.forge = min(x.Forge, 100)
	w.traits = traitsOf(s)
	w.traits.harsh = w.traits.harsh || w.forge > 0
	w.run(x.Shake)
	return out
}

// extras are the keys of a scenario file that are for the checkers alone.
type extras struct {
	Shake uint64 `yaml:"x-shake"` // key under which the order of simultaneous events is shaken; 0: it is not
	Forge uint64 `yaml:"x-forge"` // joins, of a hundred, that arrive with a wrong HMAC
}

func extrasOf(data []byte) (x extras) {
	if yaml.Unmarshal(data, &x) != nil {
		return extras{}
	}
	return x
}

func (o *Outcome) add(v Violation) {
	same := 0
	for _, old := range o.Violations {
		if old.Kind == v.Kind {
			same++
		}
	}
	if same < maxSame {
		o.Violations = append(o.Violations, v)
	}
}

// Kinds returns the kinds of the violations, each once, in order of appearance.
func (o *Outcome) Kinds() []Kind {
	var kinds []Kind
	for _, v := range o.Violations {
		if !slices.Contains(kinds, v.Kind) {
			kinds = append(kinds, v.Kind)
		}
	}
	return kinds
}

// violate reports a violation at the present time.
func (w *world) violate(k Kind, format string, args ...any) {
	now := sim.Time(0)
	if w.build != nil {
		now = w.build.Now()
	}
	w.out.add(Violation{Kind: k, At: now, Text: fmt.Sprintf(format, args...)})
}

// run builds the world, runs it to its rest, and checks what is left. A panic is a violation, too.
func (w *world) run(shake uint64) {
	defer func() {
		if cause := recover(); cause != nil {
			w.out.add(panicked(cause))
		}
	}()
	var err error
	w.build, err = build.New(w.spec, build.Options{Opened: w.opened, ShakeTies: shake})
	if err != nil {
		w.out.add(Violation{Kind: Invalid, Text: err.Error()})
		return
	}
	defer w.build.Close()
	w.boxed = map[link.ID]bool{}
	for i := range w.spec.Links {
		for _, id := range w.build.LinkIDs(i) {
			w.boxed[id] = len(w.spec.Links[i].Middleboxes) > 0
		}
	}
	w.watchStreams()
	w.watchPackets()
	w.runScenario()
	if !endless(w.spec) {
		w.drain()
		w.checkStreams()
		w.checkRest()
		for _, e := range w.eyes {
			if e.auditor != nil {
				e.auditor.Finish()
			}
		}
	}
	w.out.Digest = w.build.Digest()
	w.out.End = w.build.Now()
	w.out.Events = w.build.Stats().Events
	w.cover()
}

func panicked(cause any) Violation {
	v := Violation{Kind: Panic, Text: fmt.Sprint(cause), Info: string(debug.Stack())}
	if f, ok := cause.(*sim.Failure); ok {
		v.At = f.Now
		v.Text = fmt.Sprint(f.Cause)
		if f.Stack != "" {
			v.Info = f.Stack
		}
	}
	return v
}

// slice is the virtual time between two looks at a running world.
const slice = 100 * unit.Millisecond

// mostEvents is more than any world of this size needs: beyond it something goes round in circles.
const (
	mostEvents  = 5_000_000
	mostPackets = 2_000_000
)

// runScenario runs to the end of the scenario, looking at what the world holds now and then.
func (w *world) runScenario() {
	end := sim.Time(w.spec.Duration)
	for now := sim.Time(0); now < end && !w.circling(); {
		now = min(end, now.Add(slice))
		w.build.Run(now)
		w.look()
	}
}

// Draining: the world goes on in growing steps until nothing is pending.
const (
	firstStep = unit.Second
	lastStep  = 200 * unit.Second
	drainEnd  = 4 * unit.Hour
)

// drain runs on after the end of the scenario until the world has come to rest. A connection whose peer is
// gone without its knowledge would wait for ever, as TCP does: it is aborted.
func (w *world) drain() {
	step := firstStep
	end := w.build.Now().Add(drainEnd)
	swept := false
	w.resume()
	for !w.circling() {
		if w.build.Sim().Pending() == 0 {
			if swept || !w.sweep() {
				return
			}
			swept = true
		}
		if w.build.Now() >= end && w.crawls() {
			end = end.Add(drainEnd) // what is left now must go soon
		}
		if w.build.Now() >= end {
			w.violate(Livelock, "%d events are still pending %v after the end of the scenario",
				w.build.Sim().Pending(), drainEnd)
			return
		}
		w.build.Run(w.build.Now().Add(step))
		w.look()
		step = min(2*step, lastStep)
	}
}

// circling reports a world that handles far more events than its work needs.
func (w *world) circling() bool {
	if w.build.Stats().Events < mostEvents && w.packets < mostPackets {
		return false
	}
	w.violate(Livelock, "more than %d events or %d packets", mostEvents, mostPackets)
	return true
}

// seen counts a packet at an interface, and ends a world that has too many, even at one instant.
func (w *world) seen() {
	if w.packets++; w.packets >= mostPackets {
		w.build.Sim().Stop()
	}
}

// look checks what must hold at any moment.
func (w *world) look() {
	w.checkPackets()
	w.checkBuffers()
	w.checkProgress()
}
