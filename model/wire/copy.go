package wire

// optsUsual are the options whose values lie in front, and those of SACK: what segments of an open connection
// carry.
const optsUsual = OptTimestamps | OptDSS | OptSACK

// CopyUsed makes s say what from says, and touches no more of both than that takes: two cache lines for
// a usual segment. Fields of absent options keep what they were.
func (s *Segment) CopyUsed(from *Segment) {
	if from.Opts&^optsUsual != 0 || from.Flags&URG != 0 {
		*s = *from
		return
	}
	s.Seq, s.Ack = from.Seq, from.Ack
	s.TSVal, s.TSEcr = from.TSVal, from.TSEcr
	s.Opts, s.Flags, s.Window = from.Opts, from.Flags, from.Window
	s.Payload = from.Payload
	s.SrcPort, s.DstPort = from.SrcPort, from.DstPort
	s.TTL, s.TOS, s.IPID = from.TTL, from.TOS, from.IPID
	s.DSS = from.DSS
	s.Src, s.Dst = from.Src, from.Dst
	s.FlowLabel = from.FlowLabel
	if from.Opts&OptSACK != 0 {
		s.SACKN, s.SACK = from.SACKN, from.SACK
	}
}
