package netlink

import (
	"mpsim/model/mptcp"
	"mpsim/model/mptcp/pm"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"
)

// Kernel is the kernel's side on one host: the path manager of its connections that leaves every decision to
// processes in user space. They talk to it by sockets (Open).
type Kernel struct {
	host    *sockapi.Host
	stack   *mptcp.Stack
	family  Family
	sockets []*Socket
	filter  Mask // events that are sent
	commands,
	events uint64
}

// Attach makes user space the path manager of the host's connections from now on; those that are open keep
// theirs. It fails with EOPNOTSUPP on a host without MPTCP.
func Attach(h *sockapi.Host, f Family) (*Kernel, error) {
	if !h.HasMPTCP() {
		return nil, sockapi.EOPNOTSUPP
	}
	k := &Kernel{host: h, stack: h.MPTCP(), family: f, filter: AllEvents}
	k.stack.SetManagers(func() pm.Manager { return &session{k: k} })
	k.stack.Host().OnInterface(k.interfaceChanged)
	if f == Upstream {
		k.stack.OnListen(k.listens)
	}
	return k, nil
}

// Family returns the family that the kernel speaks.
func (k *Kernel) Family() Family { return k.family }

// Counts returns how many events happened for which there was a socket, and how many commands were given.
func (k *Kernel) Counts() (events, commands uint64) { return k.events, k.commands }

// Open opens a socket of a process with the privilege to manage networks. latency is the time that a
// message takes in each direction: an event is there to be read that long after it happened, a command
// takes effect that long after it was given.
func (k *Kernel) Open(latency unit.Duration) *Socket {
	return k.open(latency, true)
}

// OpenUnprivileged is Open for a process without that privilege (CAP_NET_ADMIN): all that it does is
// refused with EPERM. The out-of-tree family lets it hear events.
func (k *Kernel) OpenUnprivileged(latency unit.Duration) *Socket {
	return k.open(latency, false)
}

func (k *Kernel) open(latency unit.Duration, admin bool) *Socket {
	s := &Socket{k: k, latency: max(latency, 0), admin: admin}
	k.sockets = append(k.sockets, s)
	return s
}

// SMAPPLatency is a latency, one way, with which a join that a process asks for when it hears of its
// connection is 23 us later than one of the kernel's own manager: the mean that Hesmans et al. measured
// ("SMAPP: towards smart Multipath TCP-enabled applications", CoNEXT 2015); 37 us on a busy processor.
const SMAPPLatency = 11_500 * unit.Nanosecond

// Open attaches user space to a host and opens a socket: for hosts with one daemon. Errors: those of Attach.
func Open(h *sockapi.Host, f Family, latency unit.Duration) (*Socket, error) {
	k, err := Attach(h, f)
	if err != nil {
		return nil, err
	}
	return k.Open(latency), nil
}

// deliver sends an event to every socket that is to have it.
func (k *Kernel) deliver(e Event) {
	told := false
	for _, s := range k.sockets {
		if s.hears(e.Kind) {
			told = true
			s.take(e)
		}
	}
	if told {
		k.events++
	}
}

// wanted tells that an event passes the filter, which only the out-of-tree family has.
func (k *Kernel) wanted(kind EventKind) bool {
	return kind >= EventAddressUp || k.filter&MaskOf(kind) != 0
}

// interfaceChanged is what rtnetlink tells of the addresses of an interface.
func (k *Kernel) interfaceChanged(now sim.Time, iface int, up bool) {
	h := k.stack.Host()
	kind := EventAddressDown
	if up {
		kind = EventAddressUp
	}
	for _, a := range h.Addrs() {
		if h.InterfaceOf(a) == iface {
			k.deliver(Event{Kind: kind, At: now, Message: Message{Has: AttrFamily | AttrLocalAddr | AttrIfIndex,
				Family: familyOf(a), Local: a, IfIndex: iface + 1}})
		}
	}
}

// listens is told of listening sockets.
func (k *Kernel) listens(now sim.Time, addr wire.Addr, port uint16, open bool) {
	kind := EventListenerClosed
	if open {
		kind = EventListenerCreated
	}
	k.deliver(Event{Kind: kind, At: now, Message: Message{Has: AttrFamily | AttrLocalAddr | AttrLocalPort,
		Family: familyOf(addr), Local: addr, LocalPort: port}})
}
