package mptcp

import (
	"mpsim/model/wire"
	"mpsim/sim"
)

// Crossing joins (RFC 8684 section 3.9.2): with equal ports at both ends the SYNs of two joins between the
// same addresses meet on one 4-tuple, and TCP's simultaneous open makes one subflow of them. Each SYN has
// the other's token and a nonce, each SYN/ACK the short and each ACK the long HMAC, which both sides check.
// If SYN/ACKs are lost so that one side is done while the other still waits, the subflow may fail at its
// SYN/ACK timeout; the connection is not affected.

// joinCrossed takes the peer's SYN for a join that we have sent a SYN for.
func (c *Conn) joinCrossed(now sim.Time, sf *subflow, seg *wire.Segment) bool {
	if seg.Opts&wire.OptJoin == 0 || seg.Join.Form != wire.JoinSYN || seg.Join.Token != c.localToken {
		sf.reason = "crossing SYN of no join of this connection"
		c.kill(now, sf, killMPTCP)
		return false
	}
	c.s.count.JoinSynRX++
	sf.crossed = true
	sf.peerNonce = seg.Join.Nonce
	sf.remoteID = seg.Join.AddrID
	sf.backupIn = seg.Join.Backup
	c.touchViews()
	return true
}
