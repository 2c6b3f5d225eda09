package build

import (
	"mpsim/model/topo"
	"mpsim/model/wire"
	"mpsim/sim"
)

// mptcpHost shows a topology host to its MPTCP stack: one address an interface.
type mptcpHost struct{ *topo.Host }

// Addresses implements mptcp.Host.
func (h mptcpHost) Addresses() int { return h.NumInterfaces() }

// Address implements mptcp.Host.
func (h mptcpHost) Address(i int) (addr wire.Addr, up, backup bool) {
	f := h.Interface(i)
	return f.Addrs[0], f.Up, f.Backup
}

// OnAddressChange implements mptcp.Host.
func (h mptcpHost) OnAddressChange(f func(now sim.Time, i int)) {
	h.OnInterface(func(now sim.Time, iface int, _ bool) { f(now, iface) })
}
