package udp

import (
	"errors"
	"fmt"

	"mpsim/model/link"
	"mpsim/model/wire"
	"mpsim/sim"
)

// Why a flow could not be opened, or a port not be taken.
var (
	ErrNoRoute = errors.New("udp: no route")
	ErrInUse   = errors.New("udp: port in use")
)

// Host is what UDP needs of the machine it runs on. topo.Host implements it.
type Host interface {
	Name() string
	Path(src, dst wire.Addr, sport, dport uint16) (link.Path, error) // looked up once a flow
	Send(now sim.Time, p link.PacketID, path link.Path, size int)
	Handler() func(now sim.Time, p link.PacketID, iface int32)
	SetHandler(f func(now sim.Time, p link.PacketID, iface int32))
}

// Labeler is a Host in a network whose routers may choose paths by IPv6 flow label (RFC 6438), as topo.Host
// is.
type Labeler interface {
	// Labels tells that they do.
	Labels() bool
	// LabelPath is Path for an IPv6 flow with a label.
	LabelPath(src, dst wire.Addr, sport, dport uint16, label uint32) (link.Path, error)
}

// Stack is one host's UDP.
type Stack struct {
	net      *link.Net
	host     Host
	others   func(now sim.Time, p link.PacketID, iface int32)
	ports    []port
	nextPort uint16
	count    Counters
	labels   *sim.Stream // of flows; nil: none has been drawn
}

// Counters counts datagrams.
type Counters struct {
	Sent, Received int64
	NoPort         int64 // arrived for a port that nobody has
}

type port struct {
	number  uint16
	receive func(now sim.Time, d *wire.Segment)
}

// Ephemeral ports of RFC 6335 section 6.
const firstEphemeral = 49152

// headersOctets is what a datagram adds to its payload.
const (
	headersOctets4 = 28
	headersOctets6 = 48
)

// HeaderOctets returns the octets of the IP and UDP headers for a family of addresses.
func HeaderOctets(a wire.Addr) int {
	if a.Is4() {
		return headersOctets4
	}
	return headersOctets6
}

// Attach puts UDP before whatever takes the host's packets at the moment.
func Attach(net *link.Net, h Host) *Stack {
	s := &Stack{net: net, host: h, others: h.Handler(), nextPort: firstEphemeral}
	h.SetHandler(s.receive)
	return s
}

// Counters returns what has been counted.
func (s *Stack) Counters() Counters { return s.count }

// Net returns the network that the stack's packets come from.
func (s *Stack) Net() *link.Net { return s.net }

// receive takes every packet that reaches the host.
func (s *Stack) receive(now sim.Time, p link.PacketID, iface int32) {
	d := s.net.Segment(p)
	if !d.IsDatagram() {
		if s.others == nil {
			s.net.Free(p)
			return
		}
		s.others(now, p, iface)
		return
	}
	s.count.Received++
	for i := range s.ports {
		if s.ports[i].number == d.DstPort {
			s.ports[i].receive(now, d)
			s.net.Free(p)
			return
		}
	}
	s.count.NoPort++
	s.net.Free(p)
}

// Listen calls f for each datagram to a port, on all addresses; d is good during the call. It fails with
// ErrInUse.
func (s *Stack) Listen(number uint16, f func(now sim.Time, d *wire.Segment)) error {
	for i := range s.ports {
		if s.ports[i].number == number {
			return fmt.Errorf("%w: host %s, port %d: choose another", ErrInUse, s.host.Name(), number)
		}
	}
	s.ports = append(s.ports, port{number, f})
	return nil
}

// Flow sends datagrams to one place.
type Flow struct {
	s            *Stack
	src, dst     wire.Addr
	sport, dport uint16
	ttl          uint8
	label        uint32 // 0: none
	path         link.Path
	ipid         uint16
}

// defaultTTL is what RFC 1700 recommends and Linux uses.
const defaultTTL = 64

// Open looks up the way to a port from an ephemeral port of this host. It fails with ErrNoRoute.
func (s *Stack) Open(src, dst wire.Addr, dport uint16) (Flow, error) {
	sport := s.nextPort
	if s.nextPort++; s.nextPort == 0 {
		s.nextPort = firstEphemeral
	}
	path, label, err := s.findPath(src, dst, sport, dport)
	if err != nil {
		return Flow{}, fmt.Errorf("%w: host %s to %v: %w", ErrNoRoute, s.host.Name(), dst.Netip(), err)
	}
	return Flow{s: s, src: src, dst: dst, sport: sport, dport: dport, ttl: defaultTTL, label: label,
		path: path}, nil
}

// findPath returns the path of a flow and its flow label, random where routers look at it, else 0.
func (s *Stack) findPath(src, dst wire.Addr, sport, dport uint16) (link.Path, uint32, error) {
	h, ok := s.host.(Labeler)
	if !ok || dst.Is4() || !h.Labels() {
		p, err := s.host.Path(src, dst, sport, dport)
		return p, 0, err
	}
	if s.labels == nil {
		s.labels = s.net.World().Stream("udp/" + s.host.Name() + "/flow label")
	}
	label := 1 + uint32(s.labels.Below(1<<20-1))
	p, err := h.LabelPath(src, dst, sport, dport, label)
	return p, label, err
}

// Send sends one datagram.
func (f *Flow) Send(now sim.Time, payload wire.Payload) {
	s := f.s
	p, d := s.net.NewPacket()
	d.MakeDatagram()
	d.Src, d.Dst, d.SrcPort, d.DstPort, d.TTL = f.src, f.dst, f.sport, f.dport, f.ttl
	if f.src.Is4() {
		d.IPID = f.ipid
		f.ipid++
	} else {
		d.FlowLabel = f.label
	}
	d.Payload = payload
	s.count.Sent++
	s.host.Send(now, p, f.path, d.WireLen())
}
