package traffic

import (
	"slices"

	"mpsim/model/tcp"
	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"
)

// source is a sending host's end of a group of connections: it opens them, fills their send buffers from
// inside the stack's processing, and keeps a record of each. Nothing of it is seen by the receivers' ends.
type source struct {
	end
	pairs   []Pair // of this host
	begin   []beginning
	arrive  *arrivals // nil but with kind Short
	route   *sim.Stream
	records []sent
	free    []*sending
	live    []*sending // those without end, in order of opening
	todo    []*sending // to be closed after the event that is being handled
	config  sockapi.FlowConfig
}

// beginning is a flow to come: to the receiver of pair number pair.
type beginning struct {
	at   sim.Time
	pair int32
}

// sent is what the sender knows of a flow.
type sent struct {
	stream    uint32 // content; what the receiver's record is found by
	pair      int32  // in the source's pairs
	size      int64  // octets asked for; 0: until the end
	queued    int64  // octets put into the send buffer
	started   sim.Time
	connected sim.Time // sim.Never before
	closed    sim.Time // the peer has closed, too; sim.Never before
	subflows  uint8    // that the connection has had
	failed    bool
}

// sending is a flow that is not over yet.
type sending struct {
	src    *source
	record int32
	left   int64 // octets not queued; negative: no end
	flow   sockapi.Flow
	notify func(now sim.Time, r tcp.Ready)
	duty   duty
	place  int32 // in live, -1: not there
}

// duty is what is to be done for a flow after the event that is being handled: closing inside the stack's
// processing would be closing the branch that one sits on.
type duty uint8

const (
	dutyNone duty = iota
	dutyCloseWrite
	dutyClose
	dutyAbort
	dutyDrop // the connection has failed by itself
)

func newSource(t *Traffic, pairs []Pair) *source {
	s := &source{pairs: pairs, config: t.group.flowConfig()}
	s.init(t, pairs[0].From, "send", s)
	s.route = s.stream("route")
	if t.group.Kind == Short {
		s.arrive = newArrivals(s)
		s.arm(s.arrive.next)
	} else {
		s.plan()
	}
	if stop := t.group.stop(); stop != sim.Never {
		s.arm(stop)
	}
	return s
}

// plan draws when the flows of the matrix begin.
func (s *source) plan() {
	g := &s.t.group
	draw := s.stream("start")
	for i := range s.pairs {
		at := g.Start
		if g.Jitter > 0 {
			at = at.Add(unit.Duration(draw.Below(uint64(g.Jitter))))
		}
		s.begin = append(s.begin, beginning{at, int32(i)})
	}
	slices.SortStableFunc(s.begin, func(a, b beginning) int {
		switch {
		case a.at < b.at:
			return -1
		case a.at > b.at:
			return 1
		}
		return 0
	})
	s.arm(s.begin[0].at)
}

// fire does what is due.
func (s *source) fire(now sim.Time) {
	s.finish(now)
	stop := s.t.group.stop()
	if now >= stop {
		for len(s.live) > 0 {
			s.closeWrite(now, s.live[len(s.live)-1])
		}
		return
	}
	for len(s.begin) > 0 && s.begin[0].at <= now {
		b := s.begin[0]
		s.begin = s.begin[1:]
		s.open(now, b.pair, s.t.group.Bytes)
	}
	next := sim.Never
	if len(s.begin) > 0 {
		next = s.begin[0].at
	}
	if a := s.arrive; a != nil {
		for a.next <= now {
			pair, size := a.draw()
			s.open(now, pair, size)
		}
		next = a.next
	}
	if next = min(next, stop); next != sim.Never {
		s.arm(next)
	}
}

// open starts a flow of so many octets, 0: without end.
func (s *source) open(now sim.Time, pair int32, size int64) {
	g := &s.t.group
	from, to := &g.Hosts[s.host], &g.Hosts[s.pairs[pair].To]
	x := s.take()
	x.record, x.left, x.duty, x.place = int32(len(s.records)), size, dutyNone, -1
	if size == 0 {
		x.left = -1
	}
	s.records = append(s.records, sent{
		pair: pair, size: size, started: now, connected: sim.Never, closed: sim.Never,
	})
	route := g.route(from, to, s.route.Uint64())
	s.config.Pairs = route
	s.hash.Mix(uint64(now))
	s.hash.Mix(uint64(size)<<16 ^ uint64(s.pairs[pair].To))
	flow, err := from.API.OpenFlow(now, &s.config, route[0].Local, route[0].Remote, g.Port, x.notify)
	if err != nil {
		s.records[x.record].failed = true
		s.failed(err, "connect to %s", to.API.Name())
		s.free = append(s.free, x)
		return
	}
	x.flow = flow
	s.records[x.record].stream = flow.SendStream()
	if x.left < 0 {
		x.place = int32(len(s.live))
		s.live = append(s.live, x)
	}
}

func (s *source) take() *sending {
	if n := len(s.free); n > 0 {
		x := s.free[n-1]
		s.free = s.free[:n-1]
		return x
	}
	x := &sending{src: s}
	x.notify = x.ready
	return x
}

// ready is called by the stack when the flow may do something.
func (x *sending) ready(now sim.Time, r tcp.Ready) {
	s := x.src
	rec := &s.records[x.record]
	if r&tcp.ConnectDone != 0 && rec.connected == sim.Never {
		rec.connected = now
		s.hash.Mix(uint64(now))
	}
	if r&tcp.Writable != 0 && x.left != 0 {
		x.fill(now, rec)
	}
	switch {
	case r&tcp.Readable != 0 && x.flow.EOF():
		x.later(now, dutyClose)
	case r&tcp.Readable != 0:
		s.failed(sockapi.EINVAL, "%d octets came from the receiver, which sends none", x.flow.Readable())
		x.later(now, dutyAbort)
	case r&tcp.Hangup != 0 && x.flow.Err() != nil:
		s.failed(x.flow.Err(), "flow to %s, after %d octets", s.peer(rec), rec.queued)
		x.later(now, dutyDrop)
	}
}

func (s *source) peer(rec *sent) string { return s.t.group.Hosts[s.pairs[rec.pair].To].API.Name() }

// fill puts into the send buffer what it takes.
func (x *sending) fill(now sim.Time, rec *sent) {
	octets := x.left
	if octets < 0 {
		octets = 1 << 40
	}
	n := x.flow.Fill(now, octets)
	rec.queued += n
	if x.left > 0 {
		if x.left -= n; x.left == 0 {
			x.later(now, dutyCloseWrite)
		}
	}
}

// later has the source do something for the flow when the present event is over; a greater duty takes the
// place of a smaller one.
func (x *sending) later(now sim.Time, d duty) {
	if x.duty == dutyNone {
		x.src.todo = append(x.src.todo, x)
		x.src.arm(now)
	}
	x.duty = max(x.duty, d)
}

// finish does what has been put off.
func (s *source) finish(now sim.Time) {
	for i := 0; i < len(s.todo); i++ { // closing may add to the list
		x := s.todo[i]
		d := x.duty
		x.duty = dutyNone
		if d == dutyCloseWrite {
			x.flow.CloseWrite(now)
			continue
		}
		s.conclude(now, x, d)
	}
	s.todo = s.todo[:0]
}

// conclude gives up the connection and the flow's state.
func (s *source) conclude(now sim.Time, x *sending, d duty) {
	rec := &s.records[x.record]
	x.flow.SetNotify(nil)
	rec.subflows = x.subflows()
	switch d {
	case dutyClose:
		rec.closed = now
		x.flow.Close(now)
	case dutyAbort:
		rec.failed = true
		x.flow.Abort(now)
	default:
		rec.failed = true
	}
	s.hash.Mix(uint64(now) ^ uint64(x.record)<<40)
	s.leave(x)
	x.flow = sockapi.Flow{}
	s.free = append(s.free, x)
}

// closeWrite ends a flow without end.
func (s *source) closeWrite(now sim.Time, x *sending) {
	s.leave(x)
	x.left = 0
	x.flow.CloseWrite(now)
}

// leave takes a flow out of the list of those without end.
func (s *source) leave(x *sending) {
	if x.place < 0 {
		return
	}
	last := s.live[len(s.live)-1]
	s.live[x.place], last.place = last, x.place
	s.live = s.live[:len(s.live)-1]
	x.place = -1
}

// subflows returns how many subflows the flow's connection has had.
func (x *sending) subflows() uint8 {
	if m := x.flow.MPTCP(); m != nil {
		return uint8(min(m.Info().SubflowsTotal, 255))
	}
	return 1
}
