package mptcp

import "mpsim/sim"

// A connection can leave MPTCP while one subflow carries both streams in one straight line: stream position and
// subflow offset then differ by a constant, in each direction its own (RFC 8684 section 3.7, "contiguous data").

// identity is the difference on the first subflow of a connection that never had another: its first data
// octet has offset 1 and position 0.
const identity = ^uint64(0)

// laying notes that the subflow is about to send the octet at a position: where the line of its octets
// begins.
func (sf *subflow) laying(pos uint64) {
	at := sf.e.SndNxt()
	if shift := pos - at; shift != sf.outShift || sf.lineFrom == 0 {
		sf.outShift, sf.lineFrom = shift, at
	}
}

// straight tells that everything not acknowledged at the data level lies on one line on the subflow, in both
// directions, and that nothing else waits.
func (c *Conn) straight(sf *subflow) bool {
	if c.rcv.OutOfOrder() > 0 || sf.maps.floor() < sf.maps.delivered {
		return false
	}
	for i := range sf.maps.len() { // of segments that TCP holds still
		if m := sf.maps.at(i); m.end > sf.maps.delivered && m.pos-m.ssn != c.rcv.Next()-sf.maps.delivered {
			return false
		}
	}
	una, nxt := c.snd.Una(), c.snd.Nxt()
	if una == nxt {
		return true
	}
	return nxt == sf.e.SndNxt()+sf.outShift && int64(una-sf.outShift-sf.lineFrom) >= 0
}

// straighten fixes the differences for a connection that goes on as plain TCP on the subflow.
func (c *Conn) straighten(sf *subflow) {
	c.rail = sf
	c.outShift, c.inShift = identity, identity
	if sf.e == nil || !c.everEstablished {
		return
	}
	if sf.lineFrom == 0 || c.snd.Una() == c.snd.Nxt() {
		sf.outShift, sf.lineFrom = c.snd.Nxt()-sf.e.SndNxt(), sf.e.SndNxt()
	}
	c.outShift = sf.outShift
	c.inShift = c.rcv.Next() - sf.maps.floor() // what has no mapping is what is missing
}

// plainAcked returns the position that a subflow acknowledgement stands for in a plain connection.
func (c *Conn) plainAcked(una uint64) uint64 {
	if c.rail != nil && int64(una-c.rail.lineFrom) < 0 {
		return c.snd.Una() // before the line
	}
	return min(una+c.outShift, c.snd.End())
}

// release delivers what the subflow held when the connection became plain: octets whose checksum was not complete
// or was wrong, and those without mapping.
func (c *Conn) release(now sim.Time, sf *subflow) {
	q := &sf.maps
	checking, unmapped := q.checking, q.unmapped
	q.checking, q.unmapped, q.octets = nil, nil, 0
	for _, h := range checking {
		c.arrive(now, sf, h.ssn+c.inShift, h.p)
	}
	for _, h := range unmapped {
		c.arrive(now, sf, h.ssn+c.inShift, h.p)
	}
}
