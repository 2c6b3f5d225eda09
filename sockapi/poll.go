package sockapi

import "mpsim/model/tcp"

// Events are what poll(2) tells of a socket.
type Events uint16

// Events.
const (
	PollIn     Events = 1 << iota // data, end of stream, or a connection to accept
	PollOut                       // room in the send buffer, or writing would fail at once
	PollErr                       // the connection failed and nobody asked why, or the error queue holds something
	PollHangup                    // both directions are over, or there is no connection
	PollRdHup                     // the peer has ended its stream, or reading was shut down
)

// Poll returns the events that are so now (tcp_poll of Linux 6.18).
func (s *Socket) Poll() Events {
	switch {
	case s.state == socketListening:
		if len(s.lst.queue) > 0 {
			return PollIn
		}
		return 0
	case s.conn == nil:
		return PollOut | PollHangup
	case s.deferred: // the first write sends the SYN
		return PollOut
	}
	var e Events
	c := s.conn
	failed := c.Err() != nil
	closed := c.sock.ReadyBits()&tcp.Hangup != 0
	peerClosed := c.sock.EOF() || failed || closed || s.peerClosed()
	if peerClosed && c.writeClosed || closed || failed {
		e |= PollHangup
	}
	if peerClosed || s.noRead {
		e |= PollIn | PollRdHup
	}
	if failed && !s.told && !s.lost() || s.completed() != s.zero.told {
		e |= PollErr
	}
	switch {
	case !c.connected() && !failed && !closed:
		return e
	case c.sock.Readable() > 0:
		e |= PollIn
	}
	if c.writeClosed || failed || closed || c.sock.ReadyBits()&tcp.Writable != 0 {
		e |= PollOut
	}
	return e
}

// peerClosed tells that the peer's stream has ended, be it read or not.
func (s *Socket) peerClosed() bool {
	if t := s.conn.TCP(); t != nil && t.Endpoint() != nil {
		switch t.Endpoint().State() {
		case tcp.StateCloseWait, tcp.StateClosing, tcp.StateLastAck, tcp.StateTimeWait, tcp.StateClosed:
			return true
		default:
			return false
		}
	}
	return false
}

// Edges counts what an edge-triggered wait wakes for: octets that arrived, and times that room became free or
// a send completed.
func (s *Socket) Edges() (in, out uint64) {
	switch {
	case s.state == socketListening:
		return uint64(len(s.lst.queue)), 0
	case s.conn == nil:
		return 0, 0
	}
	in = uint64(s.read + s.conn.sock.Readable())
	if s.conn.sock.EOF() || s.peerClosed() {
		in++
	}
	return in, s.conn.writable + uint64(s.completed())
}
