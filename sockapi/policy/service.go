package policy

import (
	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"
)

// The service types of Apple's systems (NSURLSessionMultipathServiceType: handover 1, interactive 2,
// aggregate 3; 0 is none), which are the multipathPolicy of RFC 9622 section 8.1.7 as well. Neither gives
// thresholds.

// MaxRTO is the retransmission timeout beyond which a path has failed: that of SMAPP's controller for
// backup subflows (Hesmans et al., CoNEXT 2015).
const MaxRTO = unit.Second

// MaxRTT is the delay up to which Apple's interactive service stays on Wi-Fi alone (Bonaventure, "Multipath
// TCP" book, UCLouvain).
const MaxRTT = 250 * unit.Millisecond

// Handover uses one path: the first that works. Another one is opened only when that is lost: its address
// goes down, its subflow ends, or its retransmission timeout passes MaxRTO. When a path that is preferred
// comes back, the connection returns to it.
type Handover struct {
	MaxRTO unit.Duration // 0: the constant MaxRTO; negative: no such rule
	Retry  unit.Duration // Aim.Retry
}

// Name implements Policy.
func (Handover) Name() string { return "handover" }

// Start implements Policy.
func (x Handover) Start(a *Agent) { a.Aim(Aim{Active: 1, MaxRTO: orRTO(x.MaxRTO), Retry: x.Retry}) }

// Event implements Policy.
func (Handover) Event(*Agent, sockapi.SocketEvent) {}

// Tick implements Policy.
func (Handover) Tick(*Agent) {}

func orRTO(d unit.Duration) unit.Duration {
	switch {
	case d < 0:
		return 0
	case d == 0:
		return MaxRTO
	}
	return d
}

// Interactive uses the first path alone while it is good, and the next one beside it from the moment at
// which a segment is lost or the smoothed round-trip time passes MaxRTT. It gives the second up when the
// first has been good for Calm. A first path that carries nothing, because the second is faster, tells
// nothing: it gets its chance after Calm as well, after twice that if trouble comes back soon, and so on up
// to a minute. Each socket needs an Interactive of its own.
type Interactive struct {
	MaxRTT unit.Duration // 0: the constant MaxRTT
	Losses int           // retransmitted segments in one interval of Check; 0: 1
	Check  unit.Duration // how often TCP_INFO is looked at; 0: 100 ms, a choice of ours
	Calm   unit.Duration // 0: 5 s, a choice of ours
	Retry  unit.Duration // Aim.Retry

	base    Aim      // what is wanted beside the number of paths
	path    int      // that retrans is of
	retrans uint32   // segments retransmitted on it, ever
	badAt   sim.Time // last sign of trouble
	goodAt  sim.Time // when the second path was given up
	calm    unit.Duration
}

// fill puts in the defaults.
func (x *Interactive) fill() {
	if x.MaxRTT == 0 {
		x.MaxRTT = MaxRTT
	}
	if x.Losses == 0 {
		x.Losses = 1
	}
	if x.Check == 0 {
		x.Check = 100 * unit.Millisecond
	}
	if x.Calm == 0 {
		x.Calm = 5 * unit.Second
	}
	x.path, x.calm = -1, x.Calm
}

// Name implements Policy.
func (*Interactive) Name() string { return "interactive" }

// Start implements Policy.
func (x *Interactive) Start(a *Agent) {
	x.fill()
	x.use(a, 1)
	a.WakeIn(x.Check)
}

// Event implements Policy.
func (x *Interactive) Event(a *Agent, e sockapi.SocketEvent) {
	if e.Kind == sockapi.EventTimeout && a.pathOf(e.Local) == a.First() {
		x.trouble(a)
	}
}

// Tick implements Policy.
func (x *Interactive) Tick(a *Agent) {
	a.WakeIn(x.Check)
	i := a.First()
	info, ok := a.Info(i)
	if !ok {
		return
	}
	if i != x.path { // another path: its count begins
		x.path, x.retrans = i, info.TotalRetrans
	}
	lost := info.TotalRetrans - x.retrans
	x.retrans = info.TotalRetrans
	rtt := unit.Duration(info.RTT) * unit.Microsecond
	fresh := unit.Duration(info.LastAckRecv)*unit.Millisecond <= 2*x.Check
	switch {
	case int(lost) >= x.Losses || rtt > x.MaxRTT && fresh:
		x.trouble(a)
	case a.Aims().Active > 1 && a.Now().Sub(x.badAt) >= x.calm:
		x.goodAt = a.Now()
		x.use(a, 1)
	}
}

// use sets the number of paths.
func (x *Interactive) use(a *Agent, paths int) {
	aim := x.base
	aim.Active, aim.Retry = paths, x.Retry
	a.Aim(aim)
}

// trouble has the second path used.
func (x *Interactive) trouble(a *Agent) {
	if a.Aims().Active == 1 { // soon after the second path was given up: too soon
		if x.goodAt > 0 && a.Now().Sub(x.goodAt) < x.calm {
			x.calm = min(2*x.calm, max(x.Calm, unit.Minute))
		} else {
			x.calm = x.Calm
		}
	}
	x.badAt = a.Now()
	x.use(a, 2)
}

// Aggregate uses all paths at once, for their capacity. A path that fails is opened again.
type Aggregate struct {
	Retry unit.Duration // Aim.Retry
}

// Name implements Policy.
func (Aggregate) Name() string { return "aggregate" }

// Start implements Policy.
func (x Aggregate) Start(a *Agent) { a.Aim(Aim{Active: len(a.paths), Retry: x.Retry}) }

// Event implements Policy.
func (Aggregate) Event(*Agent, sockapi.SocketEvent) {}

// Tick implements Policy.
func (Aggregate) Tick(*Agent) {}
