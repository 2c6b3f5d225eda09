package policy

import (
	"mpsim/sim"
	"mpsim/sockapi"
)

// The multipath properties of the Transport Services interface (RFC 9622): an application says what it
// wants, not which subflows.

// Multipath is the selection property "multipath" (section 6.2.14).
type Multipath uint8

// Values.
const (
	Disabled Multipath = iota // none: the SYN has no MP_CAPABLE. Default of those that are opened
	ActiveMP                  // negotiate multiple paths and use them after MultipathPolicy
	Passive                   // support them if the peer opens some. Default of listeners
)

// String is the name in the RFC.
func (m Multipath) String() string { return [...]string{"Disabled", "Active", "Passive"}[m] }

// MultipathPolicy is the connection property "multipathPolicy" (section 8.1.7).
type MultipathPolicy uint8

// Values.
const (
	HandoverPolicy MultipathPolicy = iota // the default
	InteractivePolicy
	AggregatePolicy
)

// String is the name in the RFC.
func (m MultipathPolicy) String() string {
	return [...]string{"Handover", "Interactive", "Aggregate"}[m]
}

// Policy returns what carries it out.
func (m MultipathPolicy) Policy() Policy {
	switch m {
	case InteractivePolicy:
		return &Interactive{}
	case AggregatePolicy:
		return Aggregate{}
	default:
		return Handover{}
	}
}

// Properties are those of a connection that are about paths.
type Properties struct {
	Multipath         Multipath
	MultipathPolicy   MultipathPolicy
	AdvertisesAltaddr bool // tell the peer of the other addresses (section 6.2.15), so that it can open subflows
}

// Socket makes a socket with the properties: with Disabled it is plain TCP.
func (x Properties) Socket(h *sockapi.Host) *sockapi.Socket {
	if x.Multipath == Disabled {
		return h.Socket(sockapi.TCP)
	}
	return h.Socket(sockapi.MPTCP)
}

// Apply makes the agent of the properties, as the function Apply does. For Disabled there is none: a socket
// made for MPTCP becomes one of plain TCP (TCP_MULTIPATH_ENABLE of RFC 6897). Errors: those of Apply; EPERM
// for Disabled on a socket that is connected.
func (x Properties) Apply(p *sim.Proc, h *sockapi.Host, s *sockapi.Socket, paths ...Path) (*Agent, error) {
	if x.Multipath == Disabled {
		if s.Network() == sockapi.TCP {
			return nil, nil
		}
		return nil, s.SetMultipathEnable(false)
	}
	var inner Policy = passive{}
	if x.Multipath == ActiveMP {
		inner = x.MultipathPolicy.Policy()
	}
	if x.AdvertisesAltaddr {
		inner = &advertiser{Policy: inner}
	}
	return Apply(p, h, s, inner, paths...)
}

// passive leaves the subflows to the peer.
type passive struct{}

// Name implements Policy.
func (passive) Name() string { return "passive" }

// Start implements Policy.
func (passive) Start(a *Agent) { a.hands = true }

// Event implements Policy.
func (passive) Event(*Agent, sockapi.SocketEvent) {}

// Tick implements Policy.
func (passive) Tick(*Agent) {}

// advertiser tells the peer of the addresses beside another policy.
type advertiser struct{ Policy }

// Start implements Policy.
func (x *advertiser) Start(a *Agent) {
	x.Policy.Start(a)
	for i := range a.paths {
		if a.paths[i].up {
			a.advertise(i)
		}
	}
}

// Event implements Policy.
func (x *advertiser) Event(a *Agent, e sockapi.SocketEvent) {
	if i := a.pathOf(e.Address); e.Kind == sockapi.EventLocalUp && i >= 0 {
		a.advertise(i)
	}
	x.Policy.Event(a, e)
}

// advertise announces an address unless it is that of the first subflow, which the peer knows. It names the
// first subflow's port, at which joins are taken then: this host need not listen (RFC 8684 section 3.4.1).
// The drafts have no option for it; in TAPS as well it is the stack that does it.
func (a *Agent) advertise(i int) {
	c := a.sock.Conn()
	if c == nil || c.MPTCP() == nil {
		return
	}
	m := c.MPTCP()
	first, ok := m.Subflow(0)
	if !ok || first.Local == a.paths[i].Local {
		return
	}
	_, err := m.AnnounceAddress(a.Now(), a.paths[i].Local, 0, first.LocalPort)
	a.decide(Decision{Action: Advertise, Path: i, Err: err})
}
