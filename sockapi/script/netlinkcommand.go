package script

import (
	"go.starlark.net/starlark"

	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sockapi/netlink"
)

// netlinkCommand is one command that a script gives. wrong is the first argument of a wrong type.
type netlinkCommand struct {
	*netlinkValue
	p     *sim.Proc
	g     *given
	wrong error
}

func (x *netlinkCommand) keep(err error) {
	if x.wrong == nil {
		x.wrong = err
	}
}

func (x *netlinkCommand) number(i int, high int64) int64 {
	n, err := x.g.number(i, 0, high, 0)
	x.keep(err)
	return n
}

func (x *netlinkCommand) flag(i int) bool {
	on, err := x.g.flag(i, false)
	x.keep(err)
	return on
}

func (x *netlinkCommand) addr(i int) wire.Addr {
	a, err := x.run.address(x.g, i)
	x.keep(err)
	return a
}

func (x *netlinkCommand) token() uint32 { return uint32(x.number(0, 1<<32-1)) }

// tuple is a subflow: what an event or sub_tuple gives, with local, local_port, remote, remote_port.
func (x *netlinkCommand) tuple(i int) (u netlink.Tuple) {
	s, ok := x.g.v[i].(*structValue)
	if !ok || s.field("remote_port") == nil {
		x.keep(x.g.wrong(i, "an event, or what sub_tuple returns"))
		return u
	}
	local, _ := s.field("local").(Address)
	remote, _ := s.field("remote").(Address)
	u.Local, u.Remote = wire.Addr(local), wire.Addr(remote)
	u.LocalPort, u.RemotePort = portOf(s.field("local_port")), portOf(s.field("remote_port"))
	return u
}

// field returns an attribute, or nil.
func (s *structValue) field(name string) starlark.Value {
	v, err := s.Attr(name)
	if err != nil {
		return nil
	}
	return v
}

func portOf(v starlark.Value) uint16 {
	if n, ok := v.(starlark.Int); ok {
		p, _ := n.Int64()
		return uint16(p)
	}
	return 0
}

func netlinkAnnounce(x *netlinkCommand) error {
	token := x.token()
	a := netlink.Address{Addr: x.addr(1), ID: uint8(x.number(2, 255)), Port: uint16(x.number(3, 65535)),
		Backup: x.flag(4)}
	if x.wrong != nil {
		return nil
	}
	return x.s.Announce(x.p, token, a)
}

func netlinkRemove(x *netlinkCommand) error {
	token, id := x.token(), uint8(x.number(1, 255))
	if x.wrong != nil {
		return nil
	}
	return x.s.Remove(x.p, token, id)
}

func netlinkCreate(x *netlinkCommand) error {
	token := x.token()
	f := netlink.Subflow{
		Local:     netlink.Address{Addr: x.addr(1), ID: uint8(x.number(2, 255)), Backup: x.flag(7)},
		Remote:    netlink.Address{Addr: x.addr(3), ID: uint8(x.number(4, 255)), Port: uint16(x.number(6, 65535))},
		LocalPort: uint16(x.number(5, 65535)),
	}
	if x.wrong != nil {
		return nil
	}
	return x.s.CreateSubflow(x.p, token, f)
}

func netlinkDestroy(x *netlinkCommand) error {
	token, u := x.token(), x.tuple(1)
	if x.wrong != nil {
		return nil
	}
	return x.s.DestroySubflow(x.p, token, u)
}

func netlinkPriority(x *netlinkCommand) error {
	token, u, backup := x.token(), x.tuple(1), x.flag(2)
	if x.wrong != nil {
		return nil
	}
	return x.s.SetPriority(x.p, token, u, backup)
}

func netlinkExist(x *netlinkCommand) error {
	token := x.token()
	if x.wrong != nil {
		return nil
	}
	return x.s.Exist(x.p, token)
}

func netlinkEndpoint(x *netlinkCommand) error {
	a := netlink.Address{Addr: x.addr(0), ID: uint8(x.number(1, 255)), Backup: x.flag(4)}
	flags := uint32(0)
	for i, flag := range []uint32{2: netlink.AddrSignal, 3: netlink.AddrSubflow, 4: netlink.AddrBackup,
		5: netlink.AddrFullMesh} {
		if flag != 0 && x.flag(i) {
			flags |= flag
		}
	}
	if x.wrong != nil {
		return nil
	}
	return x.s.AddEndpoint(x.p, a, flags)
}

func netlinkDelEndpoint(x *netlinkCommand) error {
	id := uint8(x.number(0, 255))
	if x.wrong != nil {
		return nil
	}
	return x.s.DelEndpoint(x.p, id)
}

func netlinkLimits(x *netlinkCommand) error {
	subflows, accepted := uint32(x.number(0, 255)), uint32(x.number(1, 255))
	if x.wrong != nil {
		return nil
	}
	return x.s.SetLimits(x.p, subflows, accepted)
}
