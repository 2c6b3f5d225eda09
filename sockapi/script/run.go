package script

import (
	"go.starlark.net/starlark"

	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"
	"mpsim/sockapi/netlink"
)

// Config says where and with what a script runs.
type Config struct {
	Host   *sockapi.Host
	Name   string         // of the application: names the component, the random stream and errors
	Start  sim.Time       // when main() begins; not before now
	Args   []Arg          // what the script sees as args
	Stream *sim.Stream    // of rand; nil: the stream script/NAME of the world
	Limits Limits         // zero: the defaults
	Labels []InterfaceTag // names of the host's interfaces, in their order

	// Resolve gives the address of a name such as "server" or "server.eth0"; nil: only numeric addresses.
	Resolve func(name string) (wire.Addr, error)

	OnLog    func(l Line)   // if not nil, called for each line of log
	OnRecord func(r Record) // if not nil, called for each row of record
	OnError  func(e *Error) // if not nil, called when a task has failed
}

// InterfaceTag names one interface.
type InterfaceTag struct {
	Name  string
	Addrs []wire.Addr
	Up    func() bool // nil: always
}

// Arg is one argument of the scenario: Value is a bool, int, int64, float64, string, unit.Duration, unit.Bytes,
// unit.Bitrate, wire.Addr, or a slice of such ([]any).
type Arg struct {
	Name  string
	Value any
}

// Line is one line of log.
type Line struct {
	At   sim.Time
	Task string
	Text string
}

// Run is a script at work on one host.
type Run struct {
	*meter
	prog      *Program
	config    Config
	world     *sim.World
	name      string
	component sim.Component
	stream    *sim.Stream
	globals   starlark.StringDict
	hash      sim.Hash
	begun     bool // main has started
	alive     int  // tasks
	spawned   int  // tasks that began at the instant
	instant   sim.Time
	tasks     int     // so far
	living    []*Task // and some that have ended, in order
	endedAt   sim.Time
	sockets   []*Socket
	open      int // sockets
	socketIDs int
	scratch   []byte // of recv
	netlink   *netlink.Kernel
	host      *hostValue

	recorded recorded
	errs     []*Error
	lines    []Line
	records  []Record
	results  []Field
}

// Start makes main() of the script a process of the host's world. The Run fills while the world runs. It panics
// if an argument has a type that scripts do not know.
func (p *Program) Start(c Config) *Run {
	w := c.Host.TCP().World()
	r := &Run{prog: p, config: c, world: w, name: c.Name, meter: newMeter(c.Limits), stream: c.Stream}
	if r.name == "" {
		r.name = p.name
	}
	r.component = w.Component("script/" + r.name)
	w.DigestOf(r.component, func() uint64 { return uint64(r.hash) })
	if r.stream == nil {
		r.stream = w.Stream("script/" + r.name)
	}
	r.host = newHostValue(r)
	if c.Start > w.Now() {
		w.Call(r.component, c.Start, func(sim.Time) { r.begin() })
	} else {
		r.begin()
	}
	return r
}

// begin starts the task main, which loads the script first.
func (r *Run) begin() {
	r.begun = true
	r.start("main", nil, nil, nil)
}

// load runs the module body and finds main.
func (r *Run) load(t *starlark.Thread) (starlark.Value, error) {
	args, err := argsValue(r.config.Args)
	if err != nil {
		return nil, err
	}
	r.globals, err = r.prog.load(t, starlark.StringDict{"args": args, "host": r.host})
	if err != nil {
		return nil, err
	}
	if main, ok := r.globals["main"].(starlark.Callable); ok {
		return main, nil
	}
	if err := r.prog.Needs("main"); err != nil {
		return nil, err
	}
	return nil, &Error{Pos: r.prog.begin(), Msg: "main is not a function when the module has run"}
}

// exit is the end of the last task: the sockets that are still open are closed, as those of a process.
func (r *Run) exit() {
	for _, s := range r.sockets {
		if !s.closed {
			s.closed = true
			_ = s.s.Close() // there is nobody to tell
		}
	}
	r.sockets = nil
}

// Ended tells whether all tasks have ended.
func (r *Run) Ended() bool { return r.begun && r.alive == 0 }

// EndedAt returns when the last task ended, sim.Never while one lives or before the start.
func (r *Run) EndedAt() sim.Time {
	if !r.Ended() {
		return sim.Never
	}
	return r.endedAt
}

// failed notes that a task ended in an error.
func (r *Run) failed(e *Error) {
	r.mix(hashError)
	if len(r.errs) < maxErrors {
		r.errs = append(r.errs, e)
	}
	if r.config.OnError != nil {
		r.config.OnError(e)
	}
}

// maxErrors is how many errors of one run are kept.
const maxErrors = 100

// Err returns the first error of a task, or nil. It is an *Error.
func (r *Run) Err() error {
	if len(r.errs) == 0 {
		return nil
	}
	return r.errs[0]
}

// Errors lists the errors of the tasks that failed, the first hundred, in order of time.
func (r *Run) Errors() []*Error { return r.errs }

// Log lists the lines of log so far.
func (r *Run) Log() []Line { return r.lines }

// Records lists the rows of record so far.
func (r *Run) Records() []Record { return r.records }

// Results lists what result was given, in the order in which the names came first.
func (r *Run) Results() []Field { return r.results }

// Allocated returns the octets counted against Limits.Memory, Steps those against Limits.Steps by the turns that
// are over.
func (r *Run) Allocated() unit.Bytes { return r.allocated }

// Steps is described with Allocated.
func (r *Run) Steps() uint64 { return r.steps }

// What the hash of a run is mixed of, each with its time.
const (
	hashTaskEnd = iota + 1
	hashError
	hashLog
	hashRecord
	hashResult
)

func (r *Run) mix(what uint64) {
	r.hash.Mix(what)
	r.hash.Mix(uint64(r.world.Now()))
}

// mixText folds a text in, eight octets at a time.
func (r *Run) mixText(s string) {
	r.hash.Mix(uint64(len(s)))
	for len(s) > 0 {
		var v uint64
		n := min(8, len(s))
		for i := range n {
			v |= uint64(s[i]) << (8 * i)
		}
		r.hash.Mix(v)
		s = s[n:]
	}
}
