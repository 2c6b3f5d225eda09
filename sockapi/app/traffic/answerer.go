package traffic

import (
	"fmt"

	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sockapi"
)

// answerer is the end of a sending host of an incast group: it sends an answer for each request that has
// come in whole.
type answerer struct {
	end
	todo []*answering
}

// answering is its end of one connection.
type answering struct {
	s     *answerer
	flow  sockapi.Flow
	check sockapi.Checker
	part  int64 // octets of a request that is not whole yet
	left  int64 // octets of answers not queued
	duty  duty
}

func newAnswerer(t *Traffic, host int32) (*answerer, error) {
	s := &answerer{}
	s.init(t, host, "answer", s)
	if err := t.listen(host, s.accept); err != nil {
		return nil, err
	}
	return s, nil
}

// listen takes the group's connections to a host.
func (t *Traffic) listen(host int32, accept func(now sim.Time, f sockapi.Flow)) error {
	g := &t.group
	if err := g.Hosts[host].API.ListenFlows(g.flowConfig(), wire.Addr{}, g.Port, accept); err != nil {
		return fmt.Errorf("traffic %s: host %s: port %d: %w", g.Name, g.Hosts[host].API.Name(), g.Port, err)
	}
	return nil
}

func (s *answerer) accept(now sim.Time, f sockapi.Flow) {
	x := &answering{s: s, flow: f}
	s.hash.Mix(uint64(now))
	f.SetNotify(x.notify)
}

// notify is called by the stack when the connection may do something.
func (x *answering) notify(now sim.Time, r tcp.Ready) {
	s := x.s
	g := &s.t.group
	if r&tcp.Readable != 0 {
		for n := x.flow.Readable(); n > 0; n = x.flow.Readable() {
			p := x.flow.Read(now, n)
			if err := x.check.Check(p); err != nil {
				s.failed(err, "requests, after %d octets", x.check.Received())
				x.later(now, dutyAbort)
				return
			}
			for x.part += int64(p.Len); x.part >= g.request(); x.part -= g.request() {
				x.left += g.Bytes
				s.hash.Mix(uint64(now) ^ p.Pos<<24)
			}
		}
		if x.flow.EOF() {
			x.later(now, dutyClose)
			return
		}
		x.fill(now)
	} else if r&tcp.Writable != 0 {
		x.fill(now)
	}
	if r&tcp.Hangup != 0 && x.flow.Err() != nil {
		s.failed(x.flow.Err(), "connection of requests, after %d octets", x.check.Received())
		x.later(now, dutyDrop)
	}
}

func (x *answering) fill(now sim.Time) {
	if x.left > 0 {
		x.left -= x.flow.Fill(now, x.left)
	}
}

// later has the answerer do something for the connection when the present event is over.
func (x *answering) later(now sim.Time, d duty) {
	if x.duty == dutyNone {
		x.s.todo = append(x.s.todo, x)
		x.s.arm(now)
	}
	x.duty = max(x.duty, d)
}

// fire does what has been put off.
func (s *answerer) fire(now sim.Time) {
	for i := 0; i < len(s.todo); i++ { // closing may add to the list
		x := s.todo[i]
		x.flow.SetNotify(nil)
		switch x.duty {
		case dutyClose:
			x.flow.Close(now)
		case dutyAbort:
			x.flow.Abort(now)
		default: // it has failed by itself
		}
		s.hash.Mix(uint64(now))
	}
	s.todo = s.todo[:0]
}
