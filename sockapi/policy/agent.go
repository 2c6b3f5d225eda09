package policy

import (
	"errors"

	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"
)

// Path is a way out of the host: one of its addresses. Policies take paths in the order in which they
// prefer them.
type Path struct {
	Local  wire.Addr
	Costly bool // metered: not for traffic that has time (Intents)
}

// Policy decides how many paths a connection is to use. The agent calls it in its process, from the moment
// at which subflows may be opened; each call may end in Agent.Aim.
type Policy interface {
	Name() string
	Start(a *Agent)                        // once
	Event(a *Agent, e sockapi.SocketEvent) // after the agent has taken note of it
	Tick(a *Agent)                         // when the time of Agent.WakeIn has come
}

// Aim is what an agent brings about: so many paths, the first usable ones in order of preference, each with
// a subflow.
type Aim struct {
	Active  int  // paths with a regular subflow
	Standby int  // further paths whose subflow has the backup flag
	Spare   bool // costly paths are not used at all

	// When a path has failed beside what the stack finds: its retransmission timeout has passed MaxRTO, or
	// more than MaxTimeouts came in a row. 0: no such rule.
	MaxRTO      unit.Duration
	MaxTimeouts int

	// Retry is how long a failed path is left alone; 0: DefaultRetry, or ResetRetry after a reset, doubled for
	// each failure in a row. A connection without any subflow ends after a minute (Linux: close_timeout), so
	// that nothing is doubled then. A path whose address comes up is tried at once.
	Retry unit.Duration
}

// Waits before a failed path is tried again. SMAPP's controller for connections behind NATs waits 1 s after
// a reset and longer otherwise (CoNEXT 2015); how much longer is a choice of ours, as is the bound of the
// doubling.
const (
	ResetRetry   = unit.Second
	DefaultRetry = 10 * unit.Second
	maxDoublings = 4
	calmAfter    = unit.Minute // a path that has worked so long has no failures in a row
)

// path is what an agent knows of a path.
type path struct {
	Path
	up       bool
	blocked  sim.Time // not before; 0: it has not failed
	failures int      // in a row
	since    sim.Time // last subflow established; 0: never
	closing  []uint32 // subflows that the agent has closed, by UID
}

// Agent carries out a policy on one socket: a process beside the application's.
type Agent struct {
	p         *sim.Proc
	host      *sockapi.Host
	sock      *sockapi.Socket
	q         *sockapi.Subscription
	policy    Policy
	aim       Aim
	paths     []path
	hands     bool // off: the subflows are left as they are
	rankless  bool // the host's sockets have no option for priorities (sockapi.APILinuxFork)
	started   bool
	over      bool
	timer     sim.Time // the policy's
	retryAt   sim.Time // of a blocked path
	decisions []Decision
	watch     func(d Decision)
	moves     func(local wire.Addr, s State)
	err       error
}

// Apply makes an agent that carries out a policy on a socket of the host h, beside the process p; the
// socket may be connected already, or not yet. The host's own path manager should be none, or the two work
// against each other. Without paths they are the host's addresses: first those of interfaces that are not
// backup, in the host's order. Errors: EOPNOTSUPP for plain TCP, EBADF, EINVAL for an address that is not
// the host's.
func Apply(p *sim.Proc, h *sockapi.Host, s *sockapi.Socket, x Policy, paths ...Path) (*Agent, error) {
	if !h.HasMPTCP() {
		return nil, sockapi.EOPNOTSUPP
	}
	q, err := s.Watch(sockapi.AllEvents, 0)
	if err != nil {
		return nil, err
	}
	a := &Agent{host: h, sock: s, q: q, policy: x, timer: sim.Never, retryAt: sim.Never}
	if err := a.findPaths(paths); err != nil {
		q.Close()
		return nil, err
	}
	a.started = a.ready()
	h.World().Go(p.Component(), p.Name()+"/"+x.Name(), func(p *sim.Proc) {
		a.p = p
		a.run()
	})
	return a, nil
}

// findPaths takes the given paths, or all of the host.
func (a *Agent) findPaths(given []Path) error {
	m := a.host.MPTCP().Host()
	addrs := m.Addrs()
	if len(given) == 0 {
		for _, wantBackup := range []bool{false, true} {
			for _, addr := range addrs {
				if _, backup := m.InterfaceState(m.InterfaceOf(addr)); backup == wantBackup {
					given = append(given, Path{Local: addr, Costly: backup})
				}
			}
		}
	}
	for _, x := range given {
		i := m.InterfaceOf(x.Local)
		if i < 0 {
			return sockapi.EINVAL
		}
		up, _ := m.InterfaceState(i)
		a.paths = append(a.paths, path{Path: x, up: up})
	}
	return nil
}

// ready tells that subflows may be opened already.
func (a *Agent) ready() bool {
	subs, err := a.sock.SubIDs()
	if err != nil {
		return false
	}
	for _, s := range subs {
		if s.FullyEstablished && !s.Closing {
			return true
		}
	}
	return false
}

// run is the body of the agent's process.
func (a *Agent) run() {
	if a.started {
		a.policy.Start(a)
		a.pursue()
	}
	for !a.over {
		e, err := a.q.RecvUntil(a.p, min(a.timer, a.retryAt))
		var n sockapi.Errno
		switch {
		case err == nil:
			a.take(e)
		case errors.As(err, &n) && n == sockapi.EAGAIN:
			a.tick()
		case errors.As(err, &n): // the connection has ended, or Stop
			a.over = true
		default:
			a.err, a.over = err, true
		}
		if a.started && !a.over {
			a.pursue()
		}
	}
	a.q.Close()
}

func (a *Agent) tick() {
	now := a.p.Now()
	if a.timer <= now {
		a.timer = sim.Never
		a.policy.Tick(a)
	}
}

// Stop ends the agent: the subflows stay as they are.
func (a *Agent) Stop() {
	a.over = true
	a.q.Close()
}

// Over tells that the agent has ended, with its connection or by Stop.
func (a *Agent) Over() bool { return a.over }

// Err returns why the agent ended before its connection, nil if it did not: an interrupt of its process.
func (a *Agent) Err() error { return a.err }

// Aim changes what the agent brings about, from now on.
func (a *Agent) Aim(x Aim) { a.aim = x }

// Aims returns what it brings about.
func (a *Agent) Aims() Aim { return a.aim }

// WakeIn has the policy's Tick called in d; another call changes that.
func (a *Agent) WakeIn(d unit.Duration) { a.timer = a.Now().Add(d) }

// Now returns the virtual time.
func (a *Agent) Now() sim.Time { return a.host.World().Now() }

// Socket returns the socket that the agent serves.
func (a *Agent) Socket() *sockapi.Socket { return a.sock }

// Paths lists the paths in order of preference.
func (a *Agent) Paths() []Path {
	all := make([]Path, len(a.paths))
	for i := range a.paths {
		all[i] = a.paths[i].Path
	}
	return all
}

// pathOf returns the path of a local address, -1 for none.
func (a *Agent) pathOf(addr wire.Addr) int {
	for i := range a.paths {
		if a.paths[i].Local == addr {
			return i
		}
	}
	return -1
}

// take takes note of an event.
func (a *Agent) take(e sockapi.SocketEvent) {
	switch e.Kind {
	case sockapi.EventEstablished:
		if !a.started {
			a.started = true
			a.policy.Start(a)
		}
		return
	case sockapi.EventFellBack, sockapi.EventClosed:
		a.over = true
		return
	case sockapi.EventLocalUp, sockapi.EventLocalDown:
		a.localChanged(a.pathOf(e.Address), e.Kind == sockapi.EventLocalUp)
	case sockapi.EventSubflowCreated:
		if i := a.pathOf(e.Local); i >= 0 {
			a.paths[i].since = e.At
			a.tell(i, Available)
		}
	case sockapi.EventSubflowClosed:
		a.closed(e)
	case sockapi.EventTimeout:
		a.timeout(e)
	default: // nothing that all policies would heed; SubIDs tells the rest
	}
	if a.started {
		a.policy.Event(a, e)
	}
}

// localChanged notes that a path's address has come up or gone down.
func (a *Agent) localChanged(i int, up bool) {
	if i < 0 {
		return
	}
	x := &a.paths[i]
	x.up = up
	if up {
		x.blocked, x.failures = 0, 0
		a.tell(i, Added)
		return
	}
	a.tell(i, Removed)
}

// closed notes that a subflow has ended: if the agent did not want that, its path has failed.
func (a *Agent) closed(e sockapi.SocketEvent) {
	i := a.pathOf(e.Local)
	if i < 0 {
		return
	}
	x := &a.paths[i]
	for k, uid := range x.closing {
		if uid == e.UID {
			x.closing = append(x.closing[:k], x.closing[k+1:]...)
			return
		}
	}
	wait := DefaultRetry
	if e.Errno == sockapi.ECONNRESET || e.Errno == sockapi.ECONNREFUSED {
		wait = ResetRetry
	}
	why := e.Reason
	if e.Errno != 0 {
		why = e.Errno.Name()
	}
	a.block(i, wait, why)
}

// timeout looks whether a path has had too many.
func (a *Agent) timeout(e sockapi.SocketEvent) {
	i := a.pathOf(e.Local)
	if i < 0 || a.paths[i].blocked > e.At {
		return
	}
	switch {
	case a.aim.MaxRTO > 0 && e.RTO > a.aim.MaxRTO:
		a.block(i, DefaultRetry, "RTO "+e.RTO.String())
	case a.aim.MaxTimeouts > 0 && e.Backoff > a.aim.MaxTimeouts:
		a.block(i, DefaultRetry, "timeouts in a row")
	}
}

// alone tells that the connection has no subflow.
func (a *Agent) alone() bool {
	subs, err := a.subs()
	return err == nil && len(subs) == 0
}

// block leaves a path alone for a while.
func (a *Agent) block(i int, wait unit.Duration, why string) {
	x := &a.paths[i]
	now := a.Now()
	if x.since > 0 && now.Sub(x.since) > calmAfter {
		x.failures = 0
	}
	switch {
	case a.aim.Retry > 0:
		wait = a.aim.Retry
	case !a.alone():
		wait <<= min(x.failures, maxDoublings)
	}
	x.failures++
	x.blocked = now.Add(wait)
	a.decide(Decision{Action: Failed, Path: i, Why: why})
	a.tell(i, Unreachable)
}
