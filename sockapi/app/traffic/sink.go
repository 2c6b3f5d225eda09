package traffic

import (
	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sockapi"
)

// sink is a receiving host's end of a group of connections: it accepts them, reads and checks what comes
// inside the stack's processing, and keeps a record of each. Nothing of it is seen by the senders' ends.
type sink struct {
	end
	records []received
	free    []*receiving
	todo    []*receiving
	from    sim.Time // of the measuring
	until   sim.Time
}

// received is what the receiver knows of a flow.
type received struct {
	stream   uint32 // content; 0: nothing has come yet
	octets   int64
	measured int64
	accepted sim.Time
	first    sim.Time // octet read; sim.Never before
	last     sim.Time
	ended    sim.Time // the stream has come to its end; sim.Never before
}

// receiving is a flow that is not over yet.
type receiving struct {
	snk    *sink
	record int32
	duty   duty
	check  sockapi.Checker
	flow   sockapi.Flow
	notify func(now sim.Time, r tcp.Ready)
}

func newSink(t *Traffic, host int32) (*sink, error) {
	s := &sink{from: t.group.MeasureFrom, until: t.group.stop()}
	s.init(t, host, "receive", s)
	return s, t.listen(host, s.accept)
}

// accept takes a connection from the stack.
func (s *sink) accept(now sim.Time, f sockapi.Flow) {
	x := s.take()
	x.record, x.duty, x.check, x.flow = int32(len(s.records)), dutyNone, sockapi.Checker{}, f
	s.records = append(s.records, received{accepted: now, first: sim.Never, last: sim.Never, ended: sim.Never})
	s.hash.Mix(uint64(now))
	f.SetNotify(x.notify)
}

func (s *sink) take() *receiving {
	if n := len(s.free); n > 0 {
		x := s.free[n-1]
		s.free = s.free[:n-1]
		return x
	}
	x := &receiving{snk: s}
	x.notify = x.ready
	return x
}

// ready is called by the stack when there is something to read, or nothing more will be.
func (x *receiving) ready(now sim.Time, r tcp.Ready) {
	s := x.snk
	rec := &s.records[x.record]
	if r&tcp.Readable != 0 {
		for n := x.flow.Readable(); n > 0; n = x.flow.Readable() {
			p := x.flow.Read(now, n)
			if err := x.check.Check(p); err != nil {
				s.failed(err, "flow %d, after %d octets", x.record, rec.octets)
				x.later(now, dutyAbort)
				return
			}
			s.read(now, rec, p)
		}
		if x.flow.EOF() {
			x.later(now, dutyClose)
			return
		}
	}
	if r&tcp.Hangup != 0 && x.flow.Err() != nil {
		s.failed(x.flow.Err(), "flow %d, after %d octets", x.record, rec.octets)
		x.later(now, dutyDrop)
	}
}

// read accounts for an extent.
func (s *sink) read(now sim.Time, rec *received, p wire.Payload) {
	if rec.first == sim.Never {
		rec.first, rec.stream = now, p.Stream
	}
	rec.last = now
	rec.octets += int64(p.Len)
	if now >= s.from && now < s.until {
		rec.measured += int64(p.Len)
	}
	s.hash.Mix(uint64(now) ^ p.Pos<<24 ^ uint64(p.Len))
}

// later has the sink do something for the flow when the present event is over.
func (x *receiving) later(now sim.Time, d duty) {
	if x.duty == dutyNone {
		x.snk.todo = append(x.snk.todo, x)
		x.snk.arm(now)
	}
	x.duty = max(x.duty, d)
}

// fire does what has been put off.
func (s *sink) fire(now sim.Time) {
	for i := 0; i < len(s.todo); i++ { // closing may add to the list
		x := s.todo[i]
		x.flow.SetNotify(nil)
		switch x.duty {
		case dutyClose:
			s.records[x.record].ended = now
			x.flow.Close(now)
		case dutyAbort:
			x.flow.Abort(now)
		default: // it has failed by itself
		}
		s.hash.Mix(uint64(now) ^ uint64(x.record)<<40)
		x.flow = sockapi.Flow{}
		s.free = append(s.free, x)
	}
	s.todo = s.todo[:0]
}
