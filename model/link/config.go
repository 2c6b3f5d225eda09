package link

import (
	"fmt"
	"math"

	"mpsim/sim"
	"mpsim/sim/unit"
)

// Queue limits what a link holds: the packets whose last bit has not left the transmitter, the one
// in service included. An arriving packet that would exceed a limit is dropped. Zero: no limit.
type Queue struct {
	Octets  unit.Bytes
	Packets int
}

// Config describes one direction of a link.
type Config struct {
	Name       string
	Rate       unit.Bitrate  // of IP packets; 0: infinitely fast; ignored with Trace
	Delay      unit.Duration // one way, from the last bit's departure to the arrival
	Queue      Queue
	Discipline Discipline // of the queue; the zero value is drop-tail
	MTU        int        // octets of the largest IP packet it carries, larger ones are dropped; 0: no limit
	Loss       Loss
	Jitter     Jitter
	Wake       Wake
	Trace      *Trace // nil: fixed rate
}

// link is the hot part of one direction of a link: two cache lines. An arrival touches the first one only.
type link struct {
	head  PacketID // arrives next; its arrival is the armed event
	tail  PacketID // departs last
	mark  PacketID // first in order of departure that may not have departed yet
	event sim.EventID
	mode  mode
	mtu   uint16

	queuedPackets int32
	queuedOctets  int64 // of the packets from mark on: at least what has not departed
	delivered     Count
	freeAt        sim.Time // the last packet's departure, whole nanoseconds
	rem           uint64   // work left at freeAt: below rate, in nano-bits (see fifo.go)

	rate    uint64 // bits a second; 0: infinite; see setRate
	inverse uint64 // floor((2^64-1)/rate)
	delay   unit.Duration

	// Up to here a packet is taken without a closer look: the lesser of peak and limit.
	roomOctets  int64
	roomPackets int32
	leaving     int32 // place in Net.leaving, from 1; 0: nothing crosses, or shadows do. See leaving.go

	hash     sim.Hash
	accepted Count
}

// setRate sets the rate and what divides by it.
func (l *link) setRate(rate uint64) {
	l.rate, l.inverse = rate, 0
	if rate != 0 {
		l.inverse = math.MaxUint64 / rate
	}
}

// mode says what a link does beside fixed-rate FIFO service without loss.
type mode uint16

const (
	modeLoss    mode = 1 << iota // draw at arrival
	modeTrace                    // departures come from a trace
	modeWake                     // a radio that sleeps
	modeJitter                   // draw at enqueue
	modeReorder                  // jitter breaks order: arrivals are kept in extra.flight
	modeDown
	modeEntry    // an interceptor at the entry
	modeExit     // an interceptor at the exit
	modeEarly    // the discipline looks at each packet that comes
	modePool     // the buffer is shared with other links
	modeServed   // a server with a queue of its own, see served.go
	modeCrossing // ends in other parts of the world, too, see crossing.go
	modeShadows  // and keeps shadows of what arrives there

	// See enqueue.
	modeUnusual = modeTrace | modeWake | modeJitter | modeEntry | modeEarly | modePool | modeServed |
		modeCrossing
	modeAtTheEnd = modeLoss | modeReorder | modeExit | modeShadows // see arrivals
)

// extra is the cold part of a link.
type extra struct {
	name  string
	comp  sim.Component
	queue Queue // as configured

	limitOctets, peakOctets   int64 // of the queue; the limit in force
	limitPackets, peakPackets int32

	dropped [causes]Count
	flushed Count
	evicted Count
	marked  Count
	aqm     *aqm  // nil: plain drop-tail
	pool    int32 // number of the shared buffer, from 1; 0: none

	loss   lossState
	jitter jitterState
	cursor cursor
	flight flight
	radio  int32 // index in Net.radios, -1: none

	boxes interceptors

	crossing *crossing // nil: it ends in one part of the world

	ramps   [rampKinds]uint32 // generation: a change ends the ramp of the same quantity
	onState []func(now sim.Time, id ID, up bool)
}

// AddLink makes a link; its component is "link/"+Name. It is up, empty, and its radio asleep.
func (n *Net) AddLink(c Config) (ID, error) {
	if err := c.check(); err != nil {
		return 0, err
	}
	id := ID(len(n.links))
	comp := n.w.Component("link/" + c.Name)
	l := link{delay: c.Delay, mtu: maxPacketOctets, freeAt: neverUsed}
	l.setRate(uint64(c.Rate))
	if c.MTU > 0 {
		l.mtu = uint16(c.MTU)
	}
	l.event = n.w.NewEvent(n.kind, uint32(id), comp)
	x := extra{name: c.Name, comp: comp, queue: c.Queue, radio: -1}
	x.loss.init(n.w, c.Name, c.Loss)
	if c.Loss.active() {
		l.mode |= modeLoss
	}
	if c.Jitter.Span > 0 {
		l.mode |= modeJitter
		x.jitter.init(n.w, c.Name, c.Jitter)
		if c.Jitter.Reorder {
			l.mode |= modeReorder
		}
	}
	if c.Trace != nil {
		l.mode |= modeTrace
		l.setRate(0)
		x.cursor = cursor{trace: c.Trace, left: opportunityOctets}
	}
	n.initDiscipline(&l, &x, &c, id)
	if c.Wake.Delay > 0 {
		l.mode |= modeWake
		x.radio = int32(len(n.radios))
		n.radios = append(n.radios, radio{Wake: c.Wake, links: [2]ID{id, id}})
	}
	n.links = append(n.links, l)
	n.extras = append(n.extras, x)
	n.setLimits(id)
	n.w.DigestOf(comp, func() uint64 { return n.server(id).digest(id) })
	return id, nil
}

func (c *Config) check() error {
	switch {
	case c.Name == "":
		return fmt.Errorf("link without a name: give it one, counters and random streams are named after it")
	case c.Rate < 0:
		return fmt.Errorf("link %s: rate %d bit/s is negative (0 means infinitely fast)", c.Name, c.Rate)
	case c.Trace != nil && c.Rate != 0:
		return fmt.Errorf("link %s: has both a rate and a trace; leave one out", c.Name)
	case c.MTU < 0 || c.MTU > maxPacketOctets:
		return fmt.Errorf("link %s: MTU %d is outside 1..%d octets", c.Name, c.MTU, maxPacketOctets)
	}
	if err := checkDelay(c.Name, c.Delay); err != nil {
		return err
	}
	if err := c.Queue.check(c.Name, c.MTU); err != nil {
		return err
	}
	if err := c.Discipline.check(c); err != nil {
		return err
	}
	if err := c.Loss.check(c.Name); err != nil {
		return err
	}
	if err := c.Jitter.check(c.Name); err != nil {
		return err
	}
	return c.Wake.check(c.Name)
}

// checkDelay refuses what would bring times near the end of the clock.
func checkDelay(name string, d unit.Duration) error {
	if d < 0 || d > maxDelay {
		return fmt.Errorf("link %s: delay %d ns is outside 0..%d ns", name, d, maxDelay)
	}
	return nil
}

// maxDelay bounds delays, jitter and wake-up times: an hour is longer than any path.
const maxDelay = unit.Hour

func (q Queue) check(name string, mtu int) error {
	if q.Octets < 0 || q.Packets < 0 || q.Packets > math.MaxInt32 {
		return fmt.Errorf("link %s: queue limit of %d octets, %d packets; 0 means no limit",
			name, q.Octets, q.Packets)
	}
	if q.Octets > 0 && int(q.Octets) < mtu {
		return fmt.Errorf("link %s: queue of %d octets cannot hold one packet of the MTU, %d octets",
			name, q.Octets, mtu)
	}
	return nil
}

// setLimits brings the limits in force up to date: a link that is down admits nothing.
func (n *Net) setLimits(id ID) {
	l, x := &n.links[id], &n.extras[id]
	x.limitOctets, x.limitPackets = math.MaxInt64, math.MaxInt32
	if x.queue.Octets > 0 {
		x.limitOctets = int64(x.queue.Octets)
	}
	if x.queue.Packets > 0 {
		x.limitPackets = int32(x.queue.Packets)
	}
	if l.mode&modeDown != 0 {
		x.limitPackets = 0
	}
	l.setRoom(x)
}

// setRoom follows a change of peak or limit.
func (l *link) setRoom(x *extra) {
	l.roomOctets = min(x.peakOctets, x.limitOctets)
	l.roomPackets = min(x.peakPackets, x.limitPackets)
}

// extraOf returns the cold part of id and panics if there is no such link.
func (n *Net) extraOf(id ID) *extra {
	if id < 0 || int(id) >= len(n.extras) {
		n.w.Fail("link: there is no link %d (of %d)", id, len(n.extras))
	}
	return &n.extras[id]
}
