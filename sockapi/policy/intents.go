package policy

import (
	"math"
	"math/bits"

	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"
)

// Socket Intents (Schmidt, Enghardt, Khalili, Feldmann, "Socket Intents: leveraging application awareness
// for multi-access connectivity", CoNEXT 2013): an application tells what it is going to do, and a policy
// makes the best of it, without any guarantee.

// Category is INTENT_CATEGORY. Here and in the other enumerations 0 means that nothing was said, and the
// others are the numbers of the C header plus 1.
type Category uint8

// Categories.
const (
	Query      Category = iota + 1 // small, short
	Bulk                           // large, short, fast, bursty
	Control                        // large, long, slow, bursty
	Keepalives                     // small, long, slow
	Stream                         // large, long, fast, not bursty
)

// Burstiness is INTENT_BURSTINESS.
type Burstiness uint8

// Kinds of bursts.
const (
	RandomBursts Burstiness = iota + 1
	RegularBursts
	NoBursts
	BulkBursts // limited by the congestion window
)

// Timeliness is INTENT_TIMELINESS.
type Timeliness uint8

// Demands on delay.
const (
	Streaming          Timeliness = iota + 1 // low delay, low jitter
	InteractiveTraffic                       // low delay
	Transfer                                 // should complete eventually
	Background                               // has time
)

// Resilience is INTENT_RESILIENCE.
type Resilience uint8

// Meanings of a lost connection.
const (
	Sensitive Resilience = iota + 1 // the application fails
	Tolerant                        // inconvenient
	Resilient                       // acceptable
)

// Intents are what an application tells; what is zero it does not tell.
type Intents struct {
	Category   Category
	FileSize   int64         // octets
	Duration   unit.Duration // between the first and the last packet: with FileSize, a deadline
	Bitrate    int64         // octets a second (so the C header, whatever the name)
	Burstiness Burstiness
	Timeliness Timeliness
	Resilience Resilience
}

// SmallTransfer is the size below which a second subflow is not opened, octets: more than an initial window
// of ten segments and its successor carry, so that a transfer is over before a join, which takes two round
// trips, could help. Deng et al., "WiFi, LTE, or both?" (IMC 2014), found no gain of MPTCP for short flows
// and gains for long ones; the number is a choice of ours.
const SmallTransfer = 64 << 10

// intentCheck is how often the rate that is reached is compared with the one that is needed. The first look
// is after one interval (SMAPP's streaming controller looks at 500 ms).
const intentCheck = 500 * unit.Millisecond

// Policy maps the intents to a policy. The first row that applies tells how many paths are used:
//
//	background traffic                             one that is not costly; none else, it waits
//	query, control, keepalives; FileSize small     one
//	Bitrate, or FileSize and Duration              one, all once its rate is below the one needed
//	interactive or streaming traffic               as Interactive
//	bulk or stream, bulk bursts, transfer, FileSize all, as Aggregate
//	nothing of these                               one
//
// and Resilience what is done for the connection: sensitive keeps one more path standing by with the backup
// flag, and a path has failed when its RTO passes MaxRTO; so it has for tolerant and where nothing was
// said; resilient waits for the stack to find that it has. Other values of Burstiness are hints for
// congestion control and change nothing here.
func (x Intents) Policy() Policy {
	aim := Aim{Active: 1, MaxRTO: MaxRTO}
	switch x.Resilience {
	case Sensitive:
		aim.Standby = 1
	case Resilient:
		aim.MaxRTO = 0
	default:
	}
	small := x.FileSize > 0 && x.FileSize < SmallTransfer
	switch {
	case x.Timeliness == Background:
		aim.Spare = true
	case x.Category == Query, x.Category == Control, x.Category == Keepalives, small:
	case x.deadlined():
		return &paced{Intents: x, aim: aim}
	case x.Timeliness == InteractiveTraffic, x.Timeliness == Streaming:
		return &Interactive{base: aim}
	case x.Category != 0, x.Burstiness == BulkBursts, x.Timeliness == Transfer, x.FileSize > 0:
		aim.Active, aim.MaxRTO = allPaths, 0
	}
	return steady{aim}
}

// deadlined tells that a rate can be told that the transfer must have.
func (x Intents) deadlined() bool { return x.Bitrate > 0 || x.FileSize > 0 && x.Duration > 0 }

// rate is octets in a time, octets a second.
func rate(octets int64, d unit.Duration) int64 {
	high, low := bits.Mul64(uint64(max(octets, 0)), uint64(unit.Second))
	if d <= 0 || high >= uint64(d) {
		return math.MaxInt64
	}
	q, _ := bits.Div64(high, low, uint64(d))
	return int64(min(q, math.MaxInt64))
}

// allPaths is more paths than a host has.
const allPaths = 1 << 16

// steady has one aim for good.
type steady struct{ aim Aim }

// Name implements Policy.
func (steady) Name() string { return "intents" }

// Start implements Policy.
func (x steady) Start(a *Agent) { a.Aim(x.aim) }

// Event implements Policy.
func (steady) Event(*Agent, sockapi.SocketEvent) {}

// Tick implements Policy.
func (steady) Tick(*Agent) {}

// paced adds paths when one is too slow, as SMAPP's controller that opens a full mesh if it is needed does:
// when the rate of the last interval would not bring the rest over in the time that is left, or is below
// the bit rate.
type paced struct {
	Intents
	aim   Aim
	began sim.Time
	from  int64 // octets before that
	last  int64 // octets at the last look
}

// Name implements Policy.
func (*paced) Name() string { return "intents" }

// Start implements Policy.
func (x *paced) Start(a *Agent) {
	a.Aim(x.aim)
	x.began, x.from = a.Now(), progress(a)
	x.last = x.from
	a.WakeIn(intentCheck)
}

// Event implements Policy.
func (*paced) Event(*Agent, sockapi.SocketEvent) {}

// Tick implements Policy.
func (x *paced) Tick(a *Agent) {
	done := progress(a)
	reached := rate(done-x.last, intentCheck)
	x.last = done
	if reached < x.needed(a.Now(), done) && waiting(a) {
		x.aim.Active = allPaths
		a.Aim(x.aim)
		return
	}
	a.WakeIn(intentCheck)
}

// needed is the rate that is needed from now on, octets a second.
func (x *paced) needed(now sim.Time, done int64) int64 {
	if x.Bitrate > 0 {
		return x.Bitrate
	}
	return rate(x.FileSize-(done-x.from), x.Duration-now.Sub(x.began))
}

// progress is the octets that the connection has brought over in the direction that has carried more.
func progress(a *Agent) int64 {
	acked, received := a.Progress()
	return max(acked, received)
}

// waiting tells that the application is not what makes a sender slow: some of its octets are not
// acknowledged.
func waiting(a *Agent) bool {
	acked, received := a.Progress()
	return received > acked || a.sock.Outstanding() > 0
}
