package sockapi

import (
	"mpsim/model/tcp"
	"mpsim/sim"
)

// Events are what poll(2) tells of a socket.
type Events uint16

// Events.
const (
	PollIn      Events = 1 << iota // data, end of stream, or a connection to accept
	PollOut                        // room in the send buffer, or writing would fail at once
	PollErr                        // the connection failed and nobody asked why, or the error queue holds something
	PollHangup                     // both directions are over, or there is no connection
	PollRdHup                      // the peer has ended its stream, or reading was shut down
	PollPri                        // an event waits that Subscribe asked for
	PollInvalid                    // the socket is closed
)

// PollItem is one socket of a PollAll.
type PollItem struct {
	Socket *Socket // nil: none, as a negative descriptor
	Want   Events  // PollErr, PollHangup and PollInvalid are told in any case
	Got    Events  // the answer
}

const pollAlways = PollErr | PollHangup | PollInvalid

// PollAll is poll(2): it blocks until one of the sockets is as its item wants, fills in Got of all items, and
// returns the number of those that have something to tell: 0 once the deadline is reached. sim.Never is no
// deadline, now or earlier only looks. A process that interrupts it gives the error. Unlike on Linux, a socket that
// another process closes meanwhile is told of (PollInvalid).
func PollAll(p *sim.Proc, items []PollItem, deadline sim.Time) (int, error) {
	for {
		n, signals := 0, 1
		for i := range items {
			x := &items[i]
			x.Got = 0
			if x.Socket != nil {
				x.Got = x.Socket.Poll() & (x.Want | pollAlways)
			}
			if x.Got != 0 {
				n++
			}
			if x.Want&PollPri != 0 {
				signals = 2
			}
		}
		if n > 0 || p.Now() >= deadline {
			return n, nil
		}
		k := len(items)
		_, err := p.FirstOf(deadline, signals*k, func(i int) *sim.Signal {
			if i < k {
				return items[i].signal()
			}
			return items[i-k].eventSignal()
		})
		if err != nil {
			return 0, err
		}
	}
}

// signal returns what is notified when an item's events may have changed, apart from PollPri; nil: nothing.
func (x *PollItem) signal() *sim.Signal {
	switch s := x.Socket; {
	case s == nil:
		return nil
	case s.state == socketListening:
		return &s.lst.arrived
	case s.conn != nil:
		return &s.conn.changed
	}
	return nil
}

// eventSignal returns what is notified when an event comes that the item wants to hear of, or, where nobody has
// subscribed yet, when somebody does; nil: nothing.
func (x *PollItem) eventSignal() *sim.Signal {
	switch s := x.Socket; {
	case s == nil || x.Want&PollPri == 0:
		return nil
	case s.events != nil && s.events.own != nil:
		return &s.events.own.arrived
	default:
		return &s.subscribed
	}
}

// Poll returns the events that are so now (tcp_poll of Linux 6.18).
func (s *Socket) Poll() Events {
	e := s.readiness()
	if s.EventsWaiting() > 0 && e != PollInvalid {
		e |= PollPri
	}
	return e
}

func (s *Socket) readiness() Events {
	switch {
	case s.state == socketClosed:
		return PollInvalid
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
	bits, failed := c.sock.ReadyBits(), c.sock.Err() != nil
	closed := bits&tcp.Hangup != 0
	peerClosed := failed || closed || c.sock.EOF() || s.peerClosed()
	if peerClosed && c.writeClosed || closed || failed {
		e |= PollHangup
	}
	if peerClosed || s.noRead {
		e |= PollIn | PollRdHup
	}
	if failed && !s.told && !s.lost() || s.zero.calls > 0 && s.completed() != s.zero.told {
		e |= PollErr
	}
	switch {
	case !c.connected() && !failed && !closed:
		return e
	case c.sock.Readable() > 0:
		e |= PollIn
	}
	if c.writeClosed || failed || closed || bits&tcp.Writable != 0 {
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
