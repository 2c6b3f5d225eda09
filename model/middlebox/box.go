package middlebox

import (
	"errors"
	"fmt"

	"mpsim/model/link"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// Config describes one box.
type Config struct {
	Name string // unique in the world; streams and counters are named after it
	// Direction of the packets that the box acts on; the others pass. Kinds that need both directions
	// (NAT, firewall, ISN, Rewriter, Proxy) act on connections, whatever is set here.
	Direction Applies
	// Probability that the box acts on a connection, drawn when its first packet comes and kept. The
	// zero value means 1.
	Probability unit.Ratio
	Do          Kind
}

// Applies says in which directions a box acts.
type Applies uint8

// Directions that a box acts on.
const (
	Both Applies = iota
	ForwardOnly
	BackwardOnly
)

func (a Applies) has(d Direction) bool {
	return a == Both || (a == ForwardOnly) == (d == Forward)
}

// Kind is what a box does, one of the exported types of this package: Options, NAT, Firewall ...
type Kind interface {
	build(b *Box) (mechanism, error)
}

func (c *Config) check() error {
	switch {
	case c.Name == "":
		return errors.New("middlebox without a name: give it one, counters and random streams are named after it")
	case c.Do == nil:
		return fmt.Errorf("middlebox %s: it does nothing; give it a kind", c.Name)
	case c.Probability.Num > c.Probability.Den:
		return fmt.Errorf("middlebox %s: probability %d/%d is above 1", c.Name, c.Probability.Num,
			c.Probability.Den)
	}
	return nil
}

// mechanism is the behaviour of a box.
type mechanism interface {
	// open is called when a connection takes slot, and again when another one does.
	open(slot int32)
	// packet is called for each packet of a connection that the box acts on. It must pass, drop, absorb
	// or keep p (and release it later).
	packet(now sim.Time, p link.PacketID, s *wire.Segment, f *flow, d Direction)
}

// rawMechanism sees every packet, before connections are told apart.
type rawMechanism interface {
	raw(now sim.Time, p link.PacketID, s *wire.Segment, d Direction)
}

// timedMechanism is called when the box's timer is due.
type timedMechanism interface {
	due(now sim.Time)
}

// Cause is why a box dropped a packet.
type Cause uint8

// Causes.
const (
	CauseBlocked     Cause = iota // carries an option that the box does not let pass
	CauseUnsolicited              // from outside, and no connection from inside asked for it
	CauseExpired                  // the connection's state had timed out
	CauseInvalid                  // sequence or acknowledgment number out of what a firewall expects
	CauseHole                     // data behind a hole in the sequence space
	CauseAck                      // acknowledges data that the box has not seen
	CauseNoPort                   // all ports of a NAT are taken
	CauseNoRoute                  // nothing has the destination address
	CauseOverflow                 // no room to hold it
	Causes
)

// String is the cause as counters name it.
func (c Cause) String() string {
	return [...]string{"blocked", "unsolicited", "expired", "invalid", "hole", "ack", "no_port",
		"no_route",
		"overflow"}[c]
}

// Counters is what a box has done. At any moment In + Made = Out + all Dropped + Absorbed + Held.
type Counters struct {
	In, Out     [2]link.Count // by Direction
	Made        link.Count    // packets that the box made
	Absorbed    link.Count    // packets that end in the box: consumed or replaced
	Dropped     [Causes]link.Count
	Held        int64 // packets that the box keeps now
	Modified    int64 // packets that the box changed
	Connections int64 // seen
	Affected    int64 // connections that the box acted on
	// Events is what the kind counts besides: see its description.
	Events int64

	// Of attackers: what they tried, who answered, who refused by RST, what came of it. See the kind.
	Attempts, Answered, Refused, Succeeded int64
}

// DroppedPackets is the sum over all causes.
func (c *Counters) DroppedPackets() int64 {
	sum := int64(0)
	for i := range c.Dropped {
		sum += c.Dropped[i].Packets
	}
	return sum
}

// Box is one middlebox of a chain.
type Box struct {
	chain  *Chain
	at     int32
	cfg    Config
	comp   sim.Component
	hash   sim.Hash
	m      mechanism
	raw    rawMechanism   // nil: m works by connection
	ticks  timedMechanism // nil: no timer
	timer  sim.Timer
	chance *sim.Stream
	flows  flowTable
	count  Counters
}

// Name returns the box's name, Kind what it does.
func (b *Box) Name() string { return b.cfg.Name }

// Kind returns what the box does.
func (b *Box) Kind() Kind { return b.cfg.Do }

// Counters returns a snapshot.
func (b *Box) Counters() Counters {
	c := b.count
	c.Held = c.In[0].Packets + c.In[1].Packets + c.Made.Packets -
		c.Out[0].Packets - c.Out[1].Packets - c.Absorbed.Packets - c.DroppedPackets()
	return c
}

func (b *Box) world() *sim.World { return b.chain.layer.w }
func (b *Box) net() *link.Net    { return b.chain.layer.net }

// stream opens the random stream "middlebox/<name>/<what>".
func (b *Box) stream(what string) *sim.Stream {
	return b.world().Stream("middlebox/" + b.cfg.Name + "/" + what)
}

func add(c *link.Count, octets int) {
	c.Packets++
	c.Octets += int64(octets)
}

// receive takes a packet from the chain.
func (b *Box) receive(now sim.Time, p link.PacketID, d Direction) {
	s := b.net().Segment(p)
	add(&b.count.In[d], s.WireLen())
	if s.IsDatagram() { // boxes know TCP only
		b.pass(p, d)
		return
	}
	if b.raw != nil {
		b.raw.raw(now, p, s, d)
		return
	}
	f := b.flow(now, s, d)
	if !f.affected || !b.cfg.Direction.has(d) {
		b.pass(p, d)
		return
	}
	b.m.packet(now, p, s, f, d)
}

func (b *Box) due(now sim.Time) {
	if b.timer.Due(b.world(), now) {
		b.ticks.due(now)
		b.chain.drain(now, false)
	}
}

// pass hands p to the next box in its direction.
func (b *Box) pass(p link.PacketID, d Direction) {
	add(&b.count.Out[d], b.net().Segment(p).WireLen())
	next := b.at + 1
	if d == Backward {
		next = b.at - 1
	}
	b.chain.queue = append(b.chain.queue, item{p, next, d})
}

// modified counts a change and passes p on.
func (b *Box) modified(p link.PacketID, d Direction) {
	b.count.Modified++
	b.pass(p, d)
}

// drop counts p at a cause and frees it.
func (b *Box) drop(now sim.Time, p link.PacketID, why Cause) {
	size := b.net().Segment(p).WireLen()
	add(&b.count.Dropped[why], size)
	b.hash.Mix(uint64(now))
	b.hash.Mix(uint64(why)<<32 | uint64(size))
	b.net().Free(p)
}

// absorb ends p: the box has consumed or replaced it.
func (b *Box) absorb(p link.PacketID) {
	add(&b.count.Absorbed, b.net().Segment(p).WireLen())
	b.net().Free(p)
}

// make takes a new packet. The caller fills it and calls emit.
func (b *Box) make() (link.PacketID, *wire.Segment) { return b.net().NewPacket() }

// emit sends a packet that the box made on in a direction. The way is that to its destination address.
func (b *Box) emit(now sim.Time, p link.PacketID, d Direction) {
	s := b.net().Segment(p)
	add(&b.count.Made, s.WireLen())
	b.hash.Mix(uint64(now) ^ uint64(s.Seq)<<16 ^ uint64(s.Flags))
	b.send(now, p, s, d)
}

// send directs p by its destination address and passes it on.
func (b *Box) send(now sim.Time, p link.PacketID, s *wire.Segment, d Direction) {
	way := b.chain.way(d, s.Dst)
	if way == 0 {
		b.drop(now, p, CauseNoRoute)
		return
	}
	b.net().SetRest(p, way)
	b.pass(p, d)
}

// clone makes a packet like s.
func (b *Box) clone(s *wire.Segment) (link.PacketID, *wire.Segment) {
	p, c := b.make()
	*c = *s
	return p, c
}

// event counts something that the kind names and tells the observer of it.
func (b *Box) event(now sim.Time, what string) {
	b.count.Events++
	b.hash.Mix(uint64(now))
	b.tell(now, what)
}

// succeed counts an attack that has reached its end.
func (b *Box) succeed(now sim.Time) {
	b.count.Succeeded++
	b.tell(now, "attack succeeded")
}

func (b *Box) tell(now sim.Time, what string) {
	if f := b.chain.layer.observer; f != nil {
		f(now, b, what)
	}
}

// digest returns the running hash with the counters.
func (b *Box) digest() uint64 {
	h := b.hash
	c := b.Counters()
	for _, v := range [...]int64{
		c.In[0].Packets, c.In[1].Packets, c.Out[0].Packets, c.Out[0].Octets, c.Out[1].Packets, c.Out[1].Octets,
		c.Made.Packets, c.Absorbed.Packets, c.Held, c.Modified, c.Affected, c.Events,
		c.Attempts, c.Answered, c.Refused, c.Succeeded,
	} {
		h.Mix(uint64(v))
	}
	return uint64(h)
}

// emitAlong is emit for a packet that goes the way of another one.
func (b *Box) emitAlong(now sim.Time, p link.PacketID, rest link.Route, d Direction) {
	s := b.net().Segment(p)
	add(&b.count.Made, s.WireLen())
	b.hash.Mix(uint64(now) ^ uint64(s.Seq)<<16 ^ uint64(s.Flags))
	b.net().SetRest(p, rest)
	b.pass(p, d)
}
