package tcp

// Proportional Rate Reduction (RFC 9937 section 6.2): during recovery the octets sent follow the octets
// delivered, so that the flight ends at ssthresh, and no burst and no pause arises on the way.
type prr struct {
	delivered      int64 // prr_delivered
	out            int64 // prr_out
	flight         int64 // RecoverFS
	entryDelivered int64 // delivered by the ACK that began the recovery
}

// begin starts a reduction. RecoverFS is what was outstanding and not SACKed before this ACK.
func (p *prr) begin(e *Endpoint) {
	p.delivered, p.out = 0, 0
	p.flight = max(e.snd.out-e.rec.sacked+p.entryDelivered, e.CC.MSS)
	p.entryDelivered = 0
}

// prrACK sets the congestion window to what is in flight plus what this ACK allows to send.
func (e *Endpoint) prrACK(w *ackWork) {
	p := &e.prr
	if w.delivered == 0 && !w.dsack && p.out > 0 {
		return
	}
	p.delivered += w.delivered
	pipe := e.pipe()
	var send int64
	if pipe > e.CC.Ssthresh { // proportional
		send = ceilDiv(p.delivered*e.CC.Ssthresh, p.flight) - p.out
	} else { // conservative bound, or slow start while ACKs say that nothing more is lost
		send = max(p.delivered-p.out, w.delivered)
		if w.advanced && !w.lost {
			send += e.CC.MSS
		}
		send = min(send, e.CC.Ssthresh-pipe)
	}
	if p.out == 0 && e.rec.lostPending > 0 { // the first retransmission always goes
		send = max(send, e.CC.MSS)
	}
	e.CC.Cwnd = max(pipe+max(send, 0), e.CC.MSS) // with nothing in flight one segment may always go
}

// ceilDiv returns a/b rounded up, for a >= 0 and b > 0.
func ceilDiv(a, b int64) int64 { return (a + b - 1) / b }
