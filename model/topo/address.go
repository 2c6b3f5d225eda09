package topo

import (
	"fmt"

	"mpsim/model/wire"
)

// Family says which addresses an interface is given by the graph's plan, see the package comment.
type Family uint8

// Families.
const (
	IPv4 Family = 1 << iota
	IPv6
	Both = IPv4 | IPv6
)

// maxAssigned are the host and interface numbers that the address plan reaches.
const (
	maxAssignedHost  = 1<<16 - 1
	maxAssignedIface = 1<<8 - 1
)

// plan4 and plan6 are the address plan: h counts hosts from 1, i the host's interfaces from 0.
func plan4(h, i uint64) wire.Addr {
	const mapped, ten = 0xffff << 32, 10 << 24
	return wire.Addr{Lo: mapped | ten | i<<16 | h}
}

func plan6(h, i uint64) wire.Addr {
	const uniqueLocal = 0xfd << 56
	return wire.Addr{Hi: uniqueLocal | i, Lo: h}
}

// assign gives f its addresses: the given ones, then the plan's for each family asked for of which
// none is given.
func (f *iface) assign(given []wire.Addr, families Family) error {
	if len(given) == 0 && families == 0 {
		families = IPv4
	}
	addrs := append([]wire.Addr(nil), given...)
	has4, has6 := false, false
	for _, a := range given {
		if ip := a.Netip(); !a.IsValid() || ip.IsUnspecified() || ip.IsMulticast() || ip.IsLoopback() {
			return fmt.Errorf("address %v cannot be an interface's own: give a unicast address", ip)
		}
		has4 = has4 || a.Is4()
		has6 = has6 || !a.Is4()
	}
	h, i := uint64(f.host.number), uint64(f.index)
	if want4, want6 := families&IPv4 != 0 && !has4, families&IPv6 != 0 && !has6; want4 || want6 {
		if h > maxAssignedHost || i > maxAssignedIface {
			return fmt.Errorf("the address plan ends at host %d, interface %d: give it an address",
				maxAssignedHost, maxAssignedIface)
		}
		if want4 {
			addrs = append(addrs, plan4(h, i))
		}
		if want6 {
			addrs = append(addrs, plan6(h, i))
		}
	}
	for n, a := range addrs {
		if other := f.host.g.owners[a]; other != nil {
			return fmt.Errorf("address %v is taken by interface %s of %s", a.Netip(), other.name, other.host.name)
		}
		for _, b := range addrs[:n] {
			if a == b {
				return fmt.Errorf("address %v is given twice", a.Netip())
			}
		}
	}
	f.addrs = addrs
	for _, a := range addrs {
		f.host.g.owners[a] = f
	}
	return nil
}
