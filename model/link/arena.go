package link

import (
	"mpsim/model/wire"
	"mpsim/sim"
)

// maxPacketOctets is the largest IP packet (RFC 791 section 3.1; no IPv6 jumbograms).
const maxPacketOctets = 65535

// packet is the hot record of one packet: all that links touch. It takes 32 octets, two a cache line.
type packet struct {
	arrival sim.Time // planned end of the current hop, before FIFO order is applied
	depart  sim.Time // last bit leaves the current link's transmitter
	next    PacketID // behind this one on its link, in order of departure
	route   Route    // position of the entry that follows the current link
	hop     int32    // that entry, read when the current link took the packet: an arrival need not wait for it
	size    uint16   // octets of the IP packet
	state   uint8
	_       [1]byte
}

// Packet states. Any other use of a packet than the owner's is a broken invariant.
const (
	stateFree uint8 = iota
	stateHeld
	stateTravelling
	stateShadow // it travels in another part of the world, see crossing.go
)

// segmentChunk is the number of segments allocated together, a power of two.
const segmentChunk = 256

// manyPackets is from where on the arena grows by less than it has: beyond some 20 MB.
const manyPackets = 1 << 16

// arena holds the packets: hot records in one slice, segments in chunks that never move.
type arena struct {
	world    *sim.World
	packets  []packet
	segments []*[segmentChunk]wire.Segment
	free     []PacketID // a stack: the packet freed last is warm and is taken first
	shadows  int        // see crossing.go
}

func (a *arena) init(w *sim.World) {
	a.world = w
	a.packets = make([]packet, 1, segmentChunk) // packet 0 is none
	a.segments = []*[segmentChunk]wire.Segment{new([segmentChunk]wire.Segment)}
}

// NewPacket takes a packet from the arena; its segment is ClearForReuse'd. The pointer stays valid
// until Free. Segment returns the same pointer again.
func (a *arena) NewPacket() (PacketID, *wire.Segment) {
	p, s := a.TakePacket()
	s.ClearForReuse()
	return p, s
}

// TakePacket is NewPacket without the clearing: the caller sets every field that ClearForReuse resets. Writing
// them once instead of twice is what an endpoint gains.
func (a *arena) TakePacket() (PacketID, *wire.Segment) {
	last := len(a.free) - 1
	if last < 0 {
		last = a.grow()
	}
	p := a.free[last]
	a.free = a.free[:last]
	a.packets[p].state = stateHeld
	return p, a.Segment(p)
}

// takeFree takes a packet as it is.
func (a *arena) takeFree() PacketID {
	last := len(a.free) - 1
	if last < 0 {
		last = a.grow()
	}
	p := a.free[last]
	a.free = a.free[:last]
	return p
}

// grow makes as many packets as there are, at least one chunk, so that it happens rarely; when there are many, a
// quarter more. It returns the last index of free.
func (a *arena) grow() int {
	first := len(a.packets)
	total := max(2*first, segmentChunk)
	if first >= manyPackets {
		total = first + first/4/segmentChunk*segmentChunk
	}
	packets := make([]packet, total)
	copy(packets, a.packets)
	a.packets = packets
	for len(a.segments)*segmentChunk < total {
		a.segments = append(a.segments, new([segmentChunk]wire.Segment))
	}
	if cap(a.free) < total {
		a.free = append(make([]PacketID, 0, total), a.free...)
	}
	for p := total - 1; p >= first; p-- { // lowest on top
		a.free = append(a.free, PacketID(p))
	}
	return len(a.free) - 1
}

// Segment returns p's segment.
func (a *arena) Segment(p PacketID) *wire.Segment {
	return &a.segments[p/segmentChunk][p%segmentChunk]
}

// Size returns the octets of p's IP packet as given to Send; meaningful once it has been sent.
func (a *arena) Size(p PacketID) int { return int(a.packets[p].size) }

// Free gives p back. Only its owner may do so: who made it and has not sent it, or who received it.
func (a *arena) Free(p PacketID) {
	k := &a.packets[p]
	if k.state != stateHeld {
		a.world.Fail("link: freeing packet %d in state %d: freed twice, or still in the network", p, k.state)
	}
	k.state = stateFree
	a.free = append(a.free, p)
}

// inUse returns the number of packets taken and not freed.
func (a *arena) inUse() int { return len(a.packets) - 1 - len(a.free) - a.shadows }
