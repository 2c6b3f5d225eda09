package drill

import "mpsim/model/wire"

// lastWritten tells whether a segment carries the last octet that the application has written so far.
func (r *runner) lastWritten(f *flow, seg *wire.Segment) bool {
	s := r.socketOf(f)
	if s == nil {
		return true
	}
	if t := s.Conn().TCP(); t != nil {
		return uint64(seg.Seq-f.iss-1)+uint64(seg.Payload.Len) >= t.SendBuffer().End()
	}
	end := int64(seg.Payload.Pos) + int64(seg.Payload.Len)
	return end >= s.Conn().MPTCP().Info().BytesQueued
}
