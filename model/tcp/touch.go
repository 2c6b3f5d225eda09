package tcp

import "mpsim/model/link"

// A host that lets its stack read ahead what packets on their way will need.
type aheadHost interface {
	SetToucher(f func(p link.PacketID, stage int) uint64)
}

// Toucher is what an Owner may implement to read ahead what its usual segment touches. Nothing may be changed.
type Toucher interface {
	Touch(e *Endpoint) uint64
}

// touch goes one load further towards the state of p's endpoint with each stage: the table of endpoints,
// the place in it, the endpoint, its owner. See link.Toucher.
func (s *Stack) touch(p link.PacketID, stage int) uint64 {
	d := &s.table
	if stage == 0 || d.n == 0 {
		return uint64(len(d.slots))
	}
	seg := s.net.Segment(p)
	hash := tupleHash(seg.Dst, seg.DstPort, seg.Src, seg.SrcPort)
	slot := &d.slots[hash&uint32(len(d.slots)-1)]
	e := slot.e
	if stage == 1 || e == nil || slot.hash != hash {
		return uint64(slot.hash)
	}
	if stage == 2 {
		return e.touch()
	}
	if t, ok := e.owner.(Toucher); ok {
		return t.Touch(e)
	}
	return 0
}

// touch reads one word of each cache line that the usual segment touches.
func (e *Endpoint) touch() uint64 {
	sum := e.local.Lo + uint64(e.CC.MSS) + uint64(e.CC.MinRTT) + uint64(e.ipid)
	sum += e.rcv.nxt + uint64(e.rcv.rttEcho) + e.rcv.dupRight
	sum += uint64(e.stats.SegmentsReceived)
	sum += e.snd.una + uint64(e.snd.wnd) + e.snd.roundAt
	sum += uint64(e.tm.at[0]) + uint64(e.tm.armed)
	sum += uint64(e.rec.sacked) + uint64(e.rec.rtoAt) + e.rec.point
	sum += uint64(e.rtt.base) + uint64(e.rtt.inRow) + uint64(e.rk.sentAt) + e.rk.round + uint64(e.path.Route)
	return sum
}
