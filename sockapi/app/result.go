package app

import (
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"
)

// Result is what one workload achieved; it may be read at any time, after Update. Octets are
// application octets.
type Result struct {
	Started   sim.Time // connect called
	Connected sim.Time // connection established; sim.Never before
	FirstByte sim.Time // first octet read by the receiving application; sim.Never before
	LastByte  sim.Time // newest octet read
	Finished  sim.Time // all transferred, in order, and both ends closed; sim.Never before

	Sent     int64 // octets the sender queued
	Received int64 // octets the receiver read and checked

	// LongestGap is the longest time between two reads of the receiving application after its
	// first, up to the end of the transfer or now; LongestGapAt is when it began.
	LongestGap   unit.Duration
	LongestGapAt sim.Time

	Requests  int             // request–response exchanges completed
	Latencies []unit.Duration // of each exchange: request written to response read

	Err error // why the workload failed, or nil

	Client, Server End // how each end came out

	hash sim.Hash

	sender   *sockapi.Conn
	stream   uint32 // content that the receiver is to read: the sender's
	requests uint32 // content of the requests
}

// End is how the application at one end came out.
type End struct {
	Done bool  // it has returned
	Err  error // with this
}

// returned is the last word of one end's application.
func (r *Result) returned(e *End, err error) {
	e.Done, e.Err = true, err
	r.fail(err)
}

func newResult() Result {
	return Result{
		Connected: sim.Never, FirstByte: sim.Never, LastByte: sim.Never, Finished: sim.Never,
	}
}

// read accounts for an extent read at now.
func (r *Result) read(now sim.Time, x wire.Payload) {
	if r.FirstByte == sim.Never {
		r.FirstByte = now
	} else {
		r.gap(now)
	}
	r.LastByte = now
	r.Received += int64(x.Len)
	r.hash.Mix(uint64(now))
	r.hash.Mix(x.Pos)
	r.hash.Mix(uint64(x.Len))
}

// Update brings Sent up to date, and lets the silence since the last read count up to now, as it has to
// when a run ends inside a silence.
func (r *Result) Update(now sim.Time) {
	if r.sender != nil {
		r.Sent = r.sender.Sent()
	}
	r.gap(now)
}

func (r *Result) gap(now sim.Time) {
	if r.LastByte == sim.Never || r.Finished != sim.Never {
		return
	}
	if gap := now.Sub(r.LastByte); gap > r.LongestGap {
		r.LongestGap, r.LongestGapAt = gap, r.LastByte
	}
}

// fail keeps the first error.
func (r *Result) fail(err error) {
	if r.Err == nil && err != nil {
		r.Err = err
	}
}

// Goodput returns the received bits a second from the first to the last octet read, rounded down; 0
// when less than two reads happened.
func (r *Result) Goodput() unit.Bitrate {
	if r.FirstByte == sim.Never || r.LastByte <= r.FirstByte {
		return 0
	}
	return unit.Bitrate(mulDiv(r.Received, 8*int64(unit.Second), int64(r.LastByte-r.FirstByte)))
}
