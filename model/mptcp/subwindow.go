package mptcp

// The window of a subflow (RFC 8684 section 3.3.5): whatever the connection's window admits, a subflow sends
// up to ack_i + rcv_wnd_i only, for which there is room behind a middlebox that keeps a window of its own.

// subflowWindow returns the octets from SND.NXT on that the peer's window admits on the subflow.
func (sf *subflow) subflowWindow() int64 {
	if sf.wndEdge == 0 { // the segment that ends the handshake is being handled
		sf.wndEdge = sf.e.PeerEdge()
	}
	return max(0, int64(sf.wndEdge-sf.e.SndNxt()))
}

// limitRoom bounds what a subflow may send by its window. Less than a segment waits for the ACKs of what is
// in flight (RFC 9293 section 3.8.6.2.1); if there is nothing, it is sent, or a shut window probed.
func (c *Conn) limitRoom(sf *subflow, room, mss, window int64) int64 {
	idle := sf.e.SndNxt() == sf.e.SndUna()
	switch {
	case idle && window == 0:
		sf.narrow, c.narrow = true, true
		sf.e.SetProbe(true)
		return 0
	case !idle && window < mss:
		return 0
	}
	return min(room, window)
}

// widened follows a new window of a subflow that was shut.
func (c *Conn) widened(sf *subflow) {
	if sf.wndEdge > sf.e.SndNxt() {
		sf.narrow = false
		sf.e.SetProbe(c.probing)
	}
}

// forgetNarrow ends the probes of single subflows: nothing is left to be sent.
func (c *Conn) forgetNarrow() {
	c.narrow = false
	for _, sf := range c.live {
		if sf.narrow && sf.e != nil {
			sf.narrow = false
			sf.e.SetProbe(c.probing)
		}
	}
}
