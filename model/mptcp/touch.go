package mptcp

import "mpsim/model/tcp"

// Touch implements tcp.Toucher: the lines of connection and subflow that the usual segment touches.
func (c *Conn) Touch(e *tcp.Endpoint) uint64 {
	sum := uint64(c.id) + c.snd.End() + c.sndEdge + c.rcvEdge + c.rcvFin
	if id := e.UserData() - 1; int(id) < len(c.subs) && c.subs[id] != nil {
		sf := c.subs[id]
		sum += uint64(sf.id) + sf.maps.delivered + sf.wndEdge + sf.high
	}
	return sum
}
