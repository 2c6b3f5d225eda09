package tcp

import (
	"fmt"

	"mpsim/model/cc"
	"mpsim/model/link"
	"mpsim/model/wire"
	"mpsim/sim"
)

// Stack is one host's TCP: demultiplexing, listeners, endpoints, timers.
type Stack struct {
	a    *Arena
	w    *sim.World
	net  *link.Net
	host Host
	name string
	par  params

	table     demux
	listeners []listener
	join      Acceptor
	dead      []uint32 // released endpoints, not yet free
	free      []uint32

	labels        *labels  // nil: not looked at
	uplinks       Uplinker // nil: no small queues
	isn, tsOffset *sim.Stream
	nextPort      uint16
	hash          sim.Hash // running digest
	tick          tickClock
	cookies       map[cookiePath]cookieEntry // of servers, for Fast Open
	cookieN       int
	foKey         FastOpenKey
	hasFoKey      bool
	listenerIDs   uint32
	paths         map[wire.Addr]pathMTU // by destination, where ICMP told of them
	synKey        [2]uint64             // of SYN cookies
	hasSynKey     bool
	packets       bool  // see SetPacketBuffers
	lowat         int64 // of new streams, see SetNotSentLowat
	stats         StackInfo

	controllers func() cc.Controller // see SetControllers
}

// StackInfo counts what belongs to no endpoint.
type StackInfo struct {
	SegmentsReceived, SegmentsSent int64
	NoEndpoint                     int64 // segments that no endpoint or listener wanted
	ResetsSent                     int64
	Refused                        int64 // SYNs refused by an acceptor
	Stateless                      int64 // SYNs answered without keeping anything of them
	FastOpens                      int64 // connections opened early by a valid cookie (RFC 7413)
	Endpoints                      int64 // made so far
	OutOfWindowICMPs               int64 // ICMP errors that quote what is not in the network
}

// NewStack attaches TCP to a host, with an arena of its own. It panics if c is not valid (Validate).
func NewStack(w *sim.World, net *link.Net, h Host, c Config) *Stack {
	return NewArena(w, net).NewStack(h, c)
}

// NewStack attaches TCP to a host. It panics if c is not valid (Validate).
func (a *Arena) NewStack(h Host, c Config) *Stack {
	par, err := c.resolve()
	if err != nil {
		panic(fmt.Sprintf("tcp: stack of host %s: %v", h.Name(), err))
	}
	s := &Stack{a: a, w: a.w, net: a.net, host: h, name: h.Name(), par: par}
	s.isn = s.w.Stream("tcp/" + s.name + "/isn")
	s.tsOffset = s.w.Stream("tcp/" + s.name + "/timestamp offset")
	s.nextPort = uint16(s.w.Stream("tcp/" + s.name + "/first port").Below(ephemeralPorts))
	s.tick.tick = par.TimestampTick
	s.w.DigestOf(s.w.Component("tcp/"+s.name), func() uint64 { return uint64(s.hash) })
	if s.uplinks, _ = h.(Uplinker); s.uplinks == nil {
		s.par.smallQueues = false
	}
	h.SetHandler(s.receiver())
	if t, ok := h.(aheadHost); ok {
		t.SetToucher(s.touch)
	}
	return s
}

// Host returns the machine, Config the resolved parameters, World the world, Net the network.
func (s *Stack) Host() Host { return s.host }

// Config returns the parameters with the profile's values filled in.
func (s *Stack) Config() Config { return s.par.Config }

// World returns the stack's world.
func (s *Stack) World() *sim.World { return s.w }

// Net returns the network that the stack's packets come from.
func (s *Stack) Net() *link.Net { return s.net }

// SetControllers makes f give every endpoint made from now on its congestion control, in place of the name of
// Config (nil: back to that). f returns a fresh controller each time.
func (s *Stack) SetControllers(f func() cc.Controller) { s.controllers = f }

// Info returns what the stack has counted.
func (s *Stack) Info() StackInfo { return s.stats }

// EachEndpoint calls f for each endpoint that is not closed, in order of arena place, until f returns false.
func (s *Stack) EachEndpoint(f func(e *Endpoint) bool) {
	for i := range s.a.n {
		if e := s.a.at(i); e.s == s && e.inUse && e.state != StateClosed && !f(e) {
			return
		}
	}
}

// receiver returns what takes every packet that reaches the host. It is no method value, which would be a call
// more; inlined, the function would lose what is inlined into it.
//
//go:noinline
func (s *Stack) receiver() func(now sim.Time, p link.PacketID, iface int32) {
	return func(now sim.Time, p link.PacketID, _ int32) {
		if len(s.dead) > 0 {
			s.reap()
		}
		seg := s.net.Segment(p)
		s.stats.SegmentsReceived++
		s.hash.Mix(uint64(now) ^ uint64(seg.Seq)<<32 ^ uint64(seg.Ack) ^ uint64(seg.Payload.Len)<<16)
		e := s.table.find(seg)
		if e == nil {
			s.receiveUnknown(now, p, seg)
			return
		}
		e.input(now, p, seg)
	}
}

// send puts a segment on its way and folds it into the digest.
func (s *Stack) send(now sim.Time, p link.PacketID, seg *wire.Segment, path link.Path) {
	s.stats.SegmentsSent++
	s.hash.Mix(uint64(now) ^ uint64(seg.Seq)<<32 ^ uint64(seg.Ack) ^ uint64(seg.Flags)<<48 ^ 1<<63)
	s.host.Send(now, p, path, seg.WireLen())
}
