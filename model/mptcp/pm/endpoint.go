package pm

import (
	"fmt"

	"mpsim/model/wire"
)

// Endpoint is a local address with what the kernel's path manager is to do with it ("ip mptcp endpoint add",
// Linux 6.18, Documentation/netlink/specs/mptcp_pm.yaml).
type Endpoint struct {
	Addr     wire.Addr
	ID       uint8  // address ID; 0: that of the host's order
	Port     uint16 // announced with the address, where joins are taken; 0: none. With Signal only
	Signal   bool   // announce it
	Subflow  bool   // open a subflow from it to the peer's first address
	Backup   bool   // subflows from it have the B bit
	FullMesh bool   // with Subflow: to every address of the peer that has a subflow; also answers each ADD_ADDR
	Laminar  bool   // answers one ADD_ADDR with a subflow from it
}

// maxEndpointID bounds the IDs given, so that there are some for the host's other addresses.
const maxEndpointID = 127

// check applies the kernel's rules for flags.
func (e *Endpoint) check() error {
	switch {
	case !e.Addr.IsValid():
		return fmt.Errorf("path manager linux: endpoint without address: give one of the host's")
	case e.ID > maxEndpointID:
		return fmt.Errorf("path manager linux: endpoint %v: ID %d: must be 1..%d, or 0 for none", e.Addr.Netip(), e.ID,
			maxEndpointID)
	case e.Signal && e.FullMesh:
		return fmt.Errorf("path manager linux: endpoint %v: signal and fullmesh exclude each other", e.Addr.Netip())
	case e.Port != 0 && !e.Signal:
		return fmt.Errorf("path manager linux: endpoint %v: a port needs signal", e.Addr.Netip())
	}
	return nil
}
