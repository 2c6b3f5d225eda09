package build

import "mpsim/model/topo"

// mptcpHost shows a topology host to its MPTCP stack.
type mptcpHost struct{ *topo.Host }

// InterfaceState implements mptcp.Host.
func (h mptcpHost) InterfaceState(i int) (up, backup bool) {
	f := h.Interface(i)
	return f.Up, f.Backup
}
