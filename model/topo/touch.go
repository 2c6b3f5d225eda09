package topo

import "mpsim/model/link"

// SetToucher registers what reads ahead the state that the host's handler will need for p: later steps of
// link.Toucher, counted from 0 again.
func (h *Host) SetToucher(f func(p link.PacketID, stage int) uint64) { h.toucher = f }

// Touch implements link.Toucher: the interface and the packet first, the host next, then the handler's own
// steps.
func (f *iface) Touch(p link.PacketID, stage int) uint64 {
	h := f.host
	switch {
	case stage == 0:
		s := h.net.Segment(p)
		return uint64(f.received.Packets) + uint64(s.Seq) + s.DSS.DSN + s.Dst.Lo
	case h.toucher == nil:
		return uint64(h.number)
	}
	return h.toucher(p, stage-1)
}
