package traffic

import (
	"fmt"

	"mpsim/model/tcp"
	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"
)

// Incast (kind Incast): a receiver of the matrix, the asker, keeps a connection to each of its senders. In
// each round it sends all of them a request at once and waits until every answer is complete; the next
// round follows after the pause. This is the barrier-synchronised pattern of storage and of
// partition–aggregate services (Phanishayee et al., FAST 2008; Alizadeh et al., SIGCOMM 2010).

// asker is the asking host's end of a group. Nothing of it is seen by the answering hosts.
type asker struct {
	end
	peers     []*asking
	begun     bool
	connected int // peers that are, or have failed
	waits     int // answers to come in this round
	nextRound sim.Time
	rounds    []round
	answers   []answered
	todo      []*asking
	config    sockapi.FlowConfig
	route     *sim.Stream
}

// asking is the asker's end of one connection.
type asking struct {
	a      *asker
	host   int32 // of the sender
	flow   sockapi.Flow
	check  sockapi.Checker
	toAsk  int64 // octets of the request not queued
	left   int64 // octets of the answer to come
	answer int32 // in asker.answers, of this round
	count  int64 // octets read
	duty   duty
	opened sim.Time // connected; sim.Never before
	failed bool
}

// answered is one answer.
type answered struct {
	host     int32
	size     int64
	octets   int64
	measured int64
	asked    sim.Time
	first    sim.Time
	last     sim.Time
	opened   sim.Time
	done     bool
	failed   bool
}

// round is one round of an asker.
type round struct{ started, finished sim.Time }

func newAsker(t *Traffic, host int32, senders []int32) *asker {
	a := &asker{config: t.group.flowConfig(), nextRound: sim.Never}
	a.init(t, host, "ask", a)
	for _, from := range senders {
		a.peers = append(a.peers, &asking{a: a, host: from, opened: sim.Never})
	}
	a.route = a.stream("route")
	a.arm(t.group.Start)
	if stop := t.group.stop(); stop != sim.Never {
		a.arm(stop)
	}
	return a
}

// fire does what is due.
func (a *asker) fire(now sim.Time) {
	for i := 0; i < len(a.todo); i++ { // closing may add to the list
		a.todo[i].conclude(now)
	}
	a.todo = a.todo[:0]
	g := &a.t.group
	if !a.begun && now >= g.Start {
		a.begun = true
		for _, x := range a.peers {
			x.open(now)
		}
		a.ready(now)
	}
	stop := g.stop()
	if now >= stop {
		a.nextRound = sim.Never
		if a.waits == 0 {
			a.close(now)
		}
	}
	if a.nextRound <= now {
		a.ask(now)
	}
	next := a.nextRound
	if now < stop {
		next = min(next, stop)
	}
	if next != sim.Never {
		a.arm(next)
	}
}

// open connects to a sender.
func (x *asking) open(now sim.Time) {
	a := x.a
	g := &a.t.group
	from, to := &g.Hosts[a.host], &g.Hosts[x.host]
	route := g.route(from, to, a.route.Uint64())
	a.config.Pairs = route
	flow, err := from.API.OpenFlow(now, &a.config, route[0].Local, route[0].Remote, g.Port, x.notify)
	if err != nil {
		x.fail(now, err, "connect to %s", to.API.Name())
		return
	}
	x.flow = flow
}

// ready plans the first round once every connection is there.
func (a *asker) ready(now sim.Time) {
	if a.connected == len(a.peers) && len(a.rounds) == 0 && a.nextRound == sim.Never {
		a.nextRound = now
		a.arm(now)
	}
}

// ask begins a round.
func (a *asker) ask(now sim.Time) {
	g := &a.t.group
	a.nextRound = sim.Never
	a.rounds = append(a.rounds, round{started: now, finished: sim.Never})
	a.hash.Mix(uint64(now))
	for _, x := range a.peers {
		if x.failed {
			continue
		}
		a.waits++
		x.answer = int32(len(a.answers))
		a.answers = append(a.answers, answered{
			host: x.host, size: g.Bytes, asked: now, first: sim.Never, last: sim.Never, opened: x.opened,
		})
		x.left, x.toAsk = g.Bytes, g.request()
	}
	for _, x := range a.peers {
		if !x.failed {
			x.send(now)
		}
	}
	if a.waits == 0 { // nobody is left to ask
		a.close(now)
	}
}

func (x *asking) send(now sim.Time) { x.toAsk -= x.flow.Fill(now, x.toAsk) }

// notify is called by the stack when the connection may do something.
func (x *asking) notify(now sim.Time, r tcp.Ready) {
	a := x.a
	if r&tcp.ConnectDone != 0 && x.opened == sim.Never {
		x.opened = now
		a.connected++
		a.ready(now)
	}
	if r&tcp.Writable != 0 && x.toAsk > 0 {
		x.send(now)
	}
	if r&tcp.Readable != 0 {
		if !x.read(now) {
			return
		}
		if x.flow.EOF() {
			x.later(now, dutyClose)
			return
		}
	}
	if r&tcp.Hangup != 0 && x.flow.Err() != nil {
		x.fail(now, x.flow.Err(), "connection to %s", x.peer())
		x.later(now, dutyDrop)
	}
}

func (x *asking) peer() string { return x.a.t.group.Hosts[x.host].API.Name() }

// read takes what has come of the answer. It returns false if that is not what was sent.
func (x *asking) read(now sim.Time) bool {
	a := x.a
	for n := x.flow.Readable(); n > 0; n = x.flow.Readable() {
		p := x.flow.Read(now, n)
		err := x.check.Check(p)
		if err == nil && int64(p.Len) > x.left {
			err = fmt.Errorf("%d octets more than were asked for", int64(p.Len)-x.left)
		}
		if err != nil {
			x.fail(now, err, "answer of %s, after %d octets", x.peer(), x.count)
			x.later(now, dutyAbort)
			return false
		}
		rec := &a.answers[x.answer]
		if rec.first == sim.Never {
			rec.first = now
		}
		rec.last = now
		rec.octets += int64(p.Len)
		if now >= a.t.group.MeasureFrom && now < a.t.group.stop() {
			rec.measured += int64(p.Len)
		}
		x.count += int64(p.Len)
		a.hash.Mix(uint64(now) ^ p.Pos<<24 ^ uint64(p.Len))
		if x.left -= int64(p.Len); x.left == 0 {
			rec.done = true
			a.answerDone(now)
		}
	}
	return true
}

// answerDone ends the round with its last answer.
func (a *asker) answerDone(now sim.Time) {
	if a.waits--; a.waits > 0 {
		return
	}
	g := &a.t.group
	a.rounds[len(a.rounds)-1].finished = now
	next := now.Add(g.Pause)
	if g.Limit > 0 && len(a.rounds) >= g.Limit || next >= g.stop() {
		for _, x := range a.peers {
			x.later(now, dutyCloseWrite)
		}
		return
	}
	a.nextRound = next
	a.arm(next)
}

// close ends the connections: the senders close when they see that.
func (a *asker) close(now sim.Time) {
	for _, x := range a.peers {
		if !x.failed && x.opened != sim.Never {
			x.flow.CloseWrite(now)
		}
	}
}

// fail takes a connection that does not work out of the rounds.
func (x *asking) fail(now sim.Time, err error, what string, args ...any) {
	a := x.a
	if x.failed {
		return
	}
	x.failed = true
	a.failed(err, what, args...)
	if x.opened == sim.Never {
		a.connected++
		a.ready(now)
	}
	if x.left > 0 {
		a.answers[x.answer].failed = true
		x.left = 0
		a.answerDone(now)
	}
}

// later has the asker do something for the connection when the present event is over.
func (x *asking) later(now sim.Time, d duty) {
	if x.failed && d == dutyCloseWrite {
		return
	}
	if x.duty == dutyNone {
		x.a.todo = append(x.a.todo, x)
		x.a.arm(now)
	}
	x.duty = max(x.duty, d)
}

func (x *asking) conclude(now sim.Time) {
	d := x.duty
	x.duty = dutyNone
	if d == dutyCloseWrite {
		x.flow.CloseWrite(now)
		return
	}
	x.failed = true // it takes part no more
	x.flow.SetNotify(nil)
	switch d {
	case dutyClose:
		x.flow.Close(now)
	case dutyAbort:
		x.flow.Abort(now)
	default: // it has failed by itself
	}
	x.a.hash.Mix(uint64(now) ^ uint64(x.host)<<40)
}

// Round is one round of an incast group.
type Round struct {
	Host     int32    // that asked
	Started  sim.Time // requests written
	Finished sim.Time // last octet of the last answer read; sim.Never before
}

// Rounds returns the rounds of an incast group so far, in the order of the asking hosts, then of time.
func (t *Traffic) Rounds() []Round {
	var list []Round
	for _, a := range t.askers {
		for _, r := range a.rounds {
			list = append(list, Round{a.host, r.started, r.finished})
		}
	}
	return list
}

// roundTimes returns how long the finished rounds took.
func (t *Traffic) roundTimes() []unit.Duration {
	var list []unit.Duration
	for _, r := range t.Rounds() {
		if r.Finished != sim.Never {
			list = append(list, r.Finished.Sub(r.Started))
		}
	}
	return list
}

// answersOf appends an asker's answers as flows.
func (a *asker) answersOf(flows []Flow) []Flow {
	for i := range a.answers {
		r := &a.answers[i]
		f := Flow{
			From: r.host, To: a.host, Size: r.size, Received: r.octets, Measured: r.measured, Started: r.asked,
			Connected: r.opened, First: r.first, Last: r.last, Ended: sim.Never, Failed: r.failed,
		}
		if r.done {
			f.Ended = r.last
		}
		flows = append(flows, f)
	}
	return flows
}
