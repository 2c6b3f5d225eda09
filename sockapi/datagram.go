package sockapi

import (
	"fmt"

	"mpsim/model/udp"
)

// UDP returns the host's UDP, which the first call makes: from then on datagrams are taken out of what
// arrives. It fails where the host's machine is none that packets can be taken from.
func (h *Host) UDP() (*udp.Stack, error) {
	if h.udp == nil {
		machine, ok := h.tcp.Host().(udp.Host)
		if !ok {
			return nil, fmt.Errorf("host %s: its machine has no UDP: use one of a topology", h.name)
		}
		h.udp = udp.Attach(h.tcp.Net(), machine)
	}
	return h.udp, nil
}
