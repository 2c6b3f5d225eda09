package netlink

import (
	"slices"

	"mpsim/model/mptcp/pm"
	"mpsim/sim"
	"mpsim/sockapi"
)

// The commands of family "mptcp_pm" on endpoints, which are the kernel's own path manager's
// (net/mptcp/pm_kernel.c of Linux 6.18; model/mptcp/pm, manager linux). Connections whose paths are left to
// user space pay no heed to them.

// maxEndpoints bounds the endpoints of a host, and the limits (MPTCP_PM_ADDR_MAX).
const maxEndpoints = 8

// maxEndpointID is the largest ID that an endpoint may be given here: package pm keeps the rest for other
// addresses.
const maxEndpointID = 127

// endpoint carries out a command on endpoints.
func (k *Kernel) endpoint(c Command, m Message) (Message, error) {
	list := k.stack.Config().Paths.Endpoints
	switch c {
	case CmdAddAddr:
		return Message{}, k.addEndpoint(list, m)
	case CmdDelAddr:
		if !m.Has.Has(AttrLocalID) {
			return Message{}, sockapi.EINVAL
		}
		i := slices.IndexFunc(list, func(e pm.Endpoint) bool { return e.ID == m.LocalID })
		if i < 0 {
			return Message{}, sockapi.EINVAL
		}
		return Message{}, k.setEndpoints(slices.Delete(slices.Clone(list), i, i+1))
	case CmdGetAddr:
		if !m.Has.Has(AttrLocalID) {
			return Message{}, sockapi.EINVAL
		}
		for _, e := range list {
			if e.ID == m.LocalID {
				return messageOf(e), nil
			}
		}
		return Message{}, sockapi.EINVAL
	case CmdFlushAddrs:
		return Message{}, k.setEndpoints(nil)
	case CmdSetPriority:
		return Message{}, k.flagEndpoint(list, m)
	case CmdSetLimits:
		return Message{}, k.setLimits(m)
	default: // CmdGetLimits
		paths := k.stack.Config().Paths
		limit := paths.Limit
		if limit == 0 {
			limit = pm.DefaultLimit
		}
		return Message{Has: AttrRcvAddAddrs | AttrSubflows, RcvAddAddrs: uint32(paths.Accept),
			Subflows: uint32(limit)}, nil
	}
}

// setLimits changes the limits that are given. No subflow at all cannot be said here: that is manager none.
func (k *Kernel) setLimits(m Message) error {
	paths := k.stack.Config().Paths
	extra, accept := paths.Limit, paths.Accept
	if m.Has.Has(AttrSubflows) {
		if extra = int(m.Subflows); extra == 0 {
			return sockapi.EINVAL
		}
	}
	if m.Has.Has(AttrRcvAddAddrs) {
		accept = int(m.RcvAddAddrs)
	}
	if extra > maxEndpoints || accept > maxEndpoints {
		return sockapi.EINVAL
	}
	k.stack.SetPathLimits(extra, accept)
	return nil
}

func (k *Kernel) setEndpoints(list []pm.Endpoint) error {
	if err := k.stack.SetEndpoints(list); err != nil {
		return sockapi.EINVAL
	}
	return nil
}

func (k *Kernel) addEndpoint(list []pm.Endpoint, m Message) error {
	const portable = AddrSignal // a port goes with announcements only
	switch {
	case !hasEntry(m),
		m.LocalPort != 0 && m.Flags&(AddrSignal|AddrSubflow) != portable,
		m.Flags&AddrSignal != 0 && m.Flags&AddrFullMesh != 0,
		m.Flags&AddrImplicit != 0,
		m.LocalID > maxEndpointID:
		return sockapi.EINVAL
	case len(list) >= maxEndpoints:
		return sockapi.ERANGE
	}
	e := pm.Endpoint{Addr: m.Local, ID: m.LocalID, Port: m.LocalPort, Signal: m.Flags&AddrSignal != 0,
		Subflow: m.Flags&AddrSubflow != 0, Backup: m.Flags&AddrBackup != 0, FullMesh: m.Flags&AddrFullMesh != 0,
		Laminar: m.Flags&AddrLaminar != 0}
	next := uint8(1)
	for _, o := range list {
		switch {
		case e.ID != 0 && o.ID == e.ID:
			return sockapi.EBUSY
		case o.Addr == e.Addr && o.Port == e.Port:
			return sockapi.EEXIST
		}
		next = max(next, o.ID+1)
	}
	if e.ID == 0 {
		if next > maxEndpointID {
			for next = 1; slices.ContainsFunc(list, func(o pm.Endpoint) bool { return o.ID == next }); next++ {
			}
		}
		e.ID = next
	}
	return k.setEndpoints(append(slices.Clone(list), e))
}

// flagEndpoint sets or clears the backup flag of an endpoint, found by ID or address.
func (k *Kernel) flagEndpoint(list []pm.Endpoint, m Message) error {
	if !m.Has.Has(AttrLocalID) && !hasEntry(m) {
		return sockapi.EINVAL
	}
	i := slices.IndexFunc(list, func(e pm.Endpoint) bool {
		if m.LocalID != 0 {
			return e.ID == m.LocalID
		}
		return e.Addr == m.Local
	})
	if i < 0 {
		return sockapi.EINVAL
	}
	list = slices.Clone(list)
	list[i].Backup = m.Flags&AddrBackup != 0
	return k.setEndpoints(list)
}

// messageOf is the answer that describes an endpoint.
func messageOf(e pm.Endpoint) Message {
	m := Message{Has: AttrFamily | AttrLocalID | AttrLocalAddr | AttrFlags, Family: familyOf(e.Addr),
		LocalID: e.ID, Local: e.Addr}
	for _, f := range []struct {
		on   bool
		flag uint32
	}{{e.Signal, AddrSignal}, {e.Subflow, AddrSubflow}, {e.Backup, AddrBackup}, {e.FullMesh, AddrFullMesh},
		{e.Laminar, AddrLaminar}} {
		if f.on {
			m.Flags |= f.flag
		}
	}
	if e.Port != 0 {
		m.Has |= AttrLocalPort
		m.LocalPort = e.Port
	}
	return m
}

// AddEndpoint gives the kernel's own manager an address, with flags AddrX, for connections to come. ID 0:
// the kernel picks one. Errors: EINVAL: flags that exclude each other, a port without AddrSignal alone;
// EBUSY: the ID is in use; EEXIST: so is the address; ERANGE: there are eight. EOPNOTSUPP out of tree, as
// for all on endpoints.
func (s *Socket) AddEndpoint(p *sim.Proc, a Address, flags uint32) error {
	return s.run(p, CmdAddAddr, s.local(a, flags))
}

// DelEndpoint takes an endpoint away. Errors: EINVAL: there is none of that ID.
func (s *Socket) DelEndpoint(p *sim.Proc, id uint8) error {
	return s.run(p, CmdDelAddr, Message{Has: AttrLocalID, LocalID: id})
}

// Endpoint returns an endpoint with its flags. Errors: EINVAL: there is none of that ID.
func (s *Socket) Endpoint(p *sim.Proc, id uint8) (a Address, flags uint32, err error) {
	m, err := s.Do(p, CmdGetAddr, Message{Has: AttrLocalID, LocalID: id})
	a = Address{ID: m.LocalID, Addr: m.Local, Port: m.LocalPort, Backup: m.Flags&AddrBackup != 0}
	return a, m.Flags, err
}

// FlushEndpoints takes all endpoints away.
func (s *Socket) FlushEndpoints(p *sim.Proc) error { return s.run(p, CmdFlushAddrs, Message{}) }

// FlagEndpoint changes the backup flag of an endpoint. Errors: EINVAL: there is none of that ID.
func (s *Socket) FlagEndpoint(p *sim.Proc, id uint8, backup bool) error {
	m := Message{Has: AttrLocalID | AttrFlags, LocalID: id}
	if backup {
		m.Flags = AddrBackup
	}
	return s.run(p, CmdSetPriority, m)
}

// SetLimits bounds what the kernel's own manager does in connections to come: subflows beyond the first, 1
// to 8, and announcements that it answers, 0 to 8. Errors: EINVAL.
func (s *Socket) SetLimits(p *sim.Proc, subflows, addAddrAccepted uint32) error {
	return s.run(p, CmdSetLimits, Message{Has: AttrSubflows | AttrRcvAddAddrs, Subflows: subflows,
		RcvAddAddrs: addAddrAccepted})
}

// Limits returns them.
func (s *Socket) Limits(p *sim.Proc) (subflows, addAddrAccepted uint32, err error) {
	m, err := s.Do(p, CmdGetLimits, Message{})
	return m.Subflows, m.RcvAddAddrs, err
}
