package traffic

import (
	"mpsim/sim"
	"mpsim/sim/unit"
)

// Flow is what became of one connection, put together from what both ends have written.
type Flow struct {
	From, To  int32    // hosts of the group
	Size      int64    // octets asked for; 0: without end
	Queued    int64    // octets that the sender has put into its send buffer
	Received  int64    // octets that the receiver has read and checked
	Measured  int64    // the part of them that it read from Group.MeasureFrom to Group.Stop
	Started   sim.Time // connect called
	Connected sim.Time // handshake done at the sender's end; sim.Never before
	First     sim.Time // first octet read by the receiver; sim.Never before
	Last      sim.Time // newest octet read
	Ended     sim.Time // the receiver has read the end of the stream; sim.Never before
	Subflows  int      // that the connection has had
	Failed    bool
}

// Completed tells that all octets of a flow with an end have arrived, and its end.
func (f *Flow) Completed() bool { return f.Ended != sim.Never && f.Size > 0 && f.Received == f.Size }

// FCT returns the flow completion time, from the call to connect to the last octet read by the receiver; 0
// if the flow is not complete.
func (f *Flow) FCT() unit.Duration {
	if !f.Completed() {
		return 0
	}
	return f.Last.Sub(f.Started)
}

// arrived adds what the receiver's end knows, if anything.
func (f *Flow) arrived(r *received) {
	if r != nil {
		f.Received, f.Measured, f.First, f.Last, f.Ended = r.octets, r.measured, r.first, r.last, r.ended
	}
}

// Flows returns the flows so far, in the order of the sending hosts, then of the start. Those of an incast
// group are its answers, asked for at Started, in the order of the asking hosts, then of the rounds. A flow
// of datagrams has neither connection nor end; what was queued and not received is lost, or on its way.
func (t *Traffic) Flows() []Flow {
	arrived := map[uint32]*received{} // by content stream, which no two flows have in common
	for _, s := range t.sinks {
		for i := range s.records {
			if r := &s.records[i]; r.stream != 0 {
				arrived[r.stream] = r
			}
		}
	}
	for _, m := range t.meters {
		for i := range m.records {
			arrived[m.records[i].stream] = &m.records[i]
		}
	}
	var flows []Flow
	for _, e := range t.emitters {
		for _, x := range e.flows {
			f := Flow{
				From: e.host, To: x.to, Queued: int64(x.pos), Started: x.started, Connected: sim.Never, First: sim.Never,
				Last: sim.Never, Ended: sim.Never, Subflows: 1,
			}
			f.arrived(arrived[x.stream])
			flows = append(flows, f)
		}
	}
	for _, a := range t.askers {
		flows = a.answersOf(flows)
	}
	for _, s := range t.sources {
		first := len(flows)
		for i := range s.records {
			r := &s.records[i]
			f := Flow{
				From: s.host, To: s.pairs[r.pair].To, Size: r.size, Queued: r.queued, Started: r.started,
				Connected: r.connected, First: sim.Never, Last: sim.Never, Ended: sim.Never, Subflows: int(r.subflows),
				Failed: r.failed,
			}
			f.arrived(arrived[r.stream])
			flows = append(flows, f)
		}
		for _, x := range s.live {
			flows[first+int(x.record)].Subflows = int(x.subflows())
		}
	}
	return flows
}
