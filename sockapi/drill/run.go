package drill

import (
	"fmt"

	"mpsim/model/link"
	"mpsim/model/mptcp"
	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"
	"mpsim/sockapi/drill/pkt"
)

// Run reads and runs one script. Options of the script's first lines go before those of c.
func Run(file, text string, c Config) (res *Result) {
	res = &Result{File: file}
	s, err := pkt.Parse(file, text, c.Defines...)
	if err != nil {
		res.Bad = err
		return res
	}
	c.defaults()
	for _, o := range s.Options {
		if err := c.set(o); err != nil {
			res.Bad = &pkt.Error{File: file, Pos: o.Pos, Problem: err.Error()}
			return res
		}
	}
	if err := (tcp.Config{Profile: c.Profile}).Validate(); err != nil {
		res.Bad = err
		return res
	}
	c.addresses()
	r := newRunner(s, c)
	defer r.close()
	defer func() {
		switch x := recover().(type) {
		case nil:
		case *Failure:
			res.Failure = x
		case *pkt.Error:
			res.Bad = x
		default:
			panic(x)
		}
	}()
	r.run()
	return res
}

// runner is one script being run. Its methods unwind with a *Failure or a *pkt.Error.
type runner struct {
	script *pkt.Script
	c      Config
	w      *sim.World
	net    *link.Net
	host   *host
	sys    sysctls
	tcp    *tcp.Stack // nil until something but a command happens
	mptcp  *mptcp.Stack
	api    *sockapi.Host

	fds     []*file // by number
	calls   []*pending
	queue   []captured // sent by the host and not yet expected
	waiting bool       // Run is to stop at the next packet

	event *pkt.Event
	last  sim.Time // of the event before

	flows   []*flow
	current *flow           // made last
	newest  *sockapi.Socket // opened or accepted last
	listens bool            // listen() was called since: the next SYN makes a flow
	peers   addresses
	zeros   uint32 // content stream of zeros
	keys    keys
	conns   []*mconn
	code    code
}

func newRunner(s *pkt.Script, c Config) *runner {
	r := &runner{script: s, c: c, w: sim.NewWorld(c.Seed), fds: make([]*file, 3)}
	r.net = link.NewNet(r.w)
	r.net.Contents().KeepReleased()
	r.net.Contents().MayBeForged() // what scripts inject is zeros without a place
	r.host = &host{net: r.net, comp: r.w.Component("host"), sent: r.capture}
	r.host.addrs = []iface{{addr: c.local, up: true}}
	r.zeros = r.net.Contents().New()
	r.net.Contents().AppendBytes(r.zeros, 0, make([]byte, 1<<16))
	r.sys.init()
	r.peers.init(r)
	return r
}

func (r *runner) close() { r.w.Close() }

// start makes the stacks when the first event that is no command comes: until then commands shape them.
func (r *runner) start() {
	if r.tcp != nil {
		return
	}
	r.tcp = tcp.NewStack(r.w, r.net, r.host, r.tcpConfig())
	r.tcp.SetPacketBuffers(r.c.Profile == "linux")
	r.applyToStack()
	if r.sys.mptcpOn {
		r.mptcp = mptcp.NewStack(r.w, r.net, r.tcp, r.host, r.mptcpConfig())
	}
	r.api = sockapi.NewHost("host", r.w, r.tcp, r.mptcp)
}

func (r *runner) run() {
	if r.script.Init != nil {
		r.event = &pkt.Event{Pos: r.script.Init.Pos, Text: "`...`"}
		r.command(r.script.Init)
	}
	for _, e := range r.script.Events {
		r.event = e
		r.step(e)
	}
	for len(r.calls) > 0 {
		r.awaitCall(r.calls[0])
	}
	if r.script.Cleanup != nil {
		r.event = &pkt.Event{Pos: r.script.Cleanup.Pos, Text: "`...`"}
		r.command(r.script.Cleanup)
	}
}

// tolerance returns how far an event that is due at a time may be off: a part of the wait since the event before,
// at least what --tolerance_usecs says.
func (r *runner) tolerance(due sim.Time) unit.Duration {
	if r.c.Strict {
		return r.c.Tolerance
	}
	return max(r.c.Tolerance, unit.Duration(int64(due.Sub(r.last))/1000*r.c.permille))
}

// when returns the bounds of an event's time.
func (r *runner) when(t pkt.Time) (from, to sim.Time) {
	switch t.Kind {
	case pkt.Any:
		return r.last, r.last.Add(unit.Hour)
	case pkt.Relative:
		from, to = r.last.Add(unit.Duration(t.Start)), r.last.Add(unit.Duration(t.End))
	case pkt.Absolute:
		from, to = at(t.Start), at(t.End)
	}
	if !t.Range {
		to = from
	}
	return from, to
}

func (r *runner) step(e *pkt.Event) {
	from, to := r.when(e.Time)
	if e.Packet != nil && !e.Packet.In {
		r.start()
		r.expect(e, from, to)
		return
	}
	r.advance(from)
	r.last = max(r.last, from)
	switch {
	case e.Command != nil:
		r.command(e.Command)
	case e.Packet != nil:
		r.start()
		if e.Packet.ICMP != nil {
			r.injectICMP(e.Packet)
		} else {
			r.inject(e.Packet)
		}
	case e.Call != nil:
		r.start()
		r.call(e, from)
	case e.Code != nil:
		r.start()
		r.runCode(e.Code)
	}
}

// advance lets the world run until t.
func (r *runner) advance(t sim.Time) {
	if now := r.w.Now(); t < now {
		if now.Sub(t) > r.c.Tolerance {
			r.fail("this line is too late", "at "+stamp(t), "")
		}
		t = now
	}
	r.w.Run(t)
	r.settleCalls()
}

// fail unwinds with a mismatch of the present line.
func (r *runner) fail(problem, expected, actual string) {
	panic(&Failure{File: r.script.File, Pos: r.event.Pos, Line: r.event.Text, Problem: problem,
		Expected: expected, Actual: actual, At: r.w.Now()})
}

// bad unwinds because the script asks for something that cannot be.
func (r *runner) bad(at pkt.Pos, format string, args ...any) {
	panic(&pkt.Error{File: r.script.File, Pos: at, Problem: fmt.Errorf(format, args...).Error()})
}

func (r *runner) trace(line string) {
	if r.c.Trace != nil {
		r.c.Trace(stamp(r.w.Now()) + "  " + line)
	}
}

// captured is a segment that the host has sent.
type captured struct {
	at  sim.Time
	seg wire.Segment
}

func (r *runner) capture(now sim.Time, seg *wire.Segment) {
	r.queue = append(r.queue, captured{now, *seg})
	if r.waiting {
		r.w.Stop()
	}
}
