package drill

import (
	"errors"
	"io"

	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"
	"mpsim/sockapi/drill/pkt"
)

// file is what a file descriptor leads to.
type file struct {
	sock     *sockapi.Socket
	poll     *epoll // of epoll_create
	pipe     *pipe  // of pipe
	size     int64  // of a regular file of zeros (open)
	regular  bool
	nonblock bool
	flags    int64
	inq      bool // TCP_INQ
}

// pipe holds counted octets.
type pipe struct{ octets int64 }

// answer is what a call came back with.
type answer struct {
	value int64
	err   error
	note  string // what is wrong with the arguments that the call has filled in
}

// pending is a call that may be blocked.
type pending struct {
	tol    unit.Duration
	event  *pkt.Event
	begin  sim.Time
	end    sim.Time // when it has to return
	blocks bool
	done   bool
	at     sim.Time // when it returned
	got    answer
}

// call runs a system call as a process of the host.
func (r *runner) call(e *pkt.Event, from sim.Time) {
	for len(r.calls) > 0 { // one thread: the next call waits for the one before
		r.awaitCall(r.calls[0])
	}
	c := e.Call
	run := r.lookup(c)
	q := &pending{event: e, begin: r.w.Now(), end: from, blocks: c.Blocks}
	if c.Blocks {
		switch e.Time.Kind {
		case pkt.Relative:
			q.end = from.Add(unit.Duration(c.End - e.Time.Start))
		default:
			q.end = at(c.End)
		}
	}
	q.tol = r.tolerance(q.end)
	var failure any
	r.w.Go(r.host.comp, c.Name, func(p *sim.Proc) {
		defer func() {
			switch x := recover().(type) {
			case nil:
			case *Failure, *pkt.Error:
				failure = x
				q.done = true
			default:
				panic(x)
			}
		}()
		q.got = run(p)
		q.done, q.at = true, p.Now()
	})
	r.w.Run(r.w.Now())
	if failure != nil {
		panic(failure)
	}
	if q.done {
		r.settle(q)
		return
	}
	if !c.Blocks {
		r.fail("the call blocks", "", "no result yet; a call that may block has a time a...b")
	}
	r.trace("call " + e.Text + ": blocked")
	r.calls = append(r.calls, q)
}

// settleCalls looks for calls that have returned since, or ought to have.
func (r *runner) settleCalls() {
	keep := r.calls[:0]
	var late, done *pending
	for _, q := range r.calls {
		switch {
		case q.done && done == nil:
			done = q
		case !q.done && r.w.Now() > q.end.Add(q.tol) && late == nil:
			late = q
			keep = append(keep, q)
		default:
			keep = append(keep, q)
		}
	}
	r.calls = keep
	if done != nil {
		r.settle(done)
	}
	if late != nil {
		r.event = late.event
		r.fail("the call is still blocked", "a result at "+stamp(late.end), "")
	}
}

// awaitCall lets the world run until a call has returned.
func (r *runner) awaitCall(q *pending) {
	until := q.end.Add(q.tol)
	for !q.done && r.w.Now() < until {
		r.w.Run(min(until, r.w.Now().Add(100*unit.Microsecond)))
	}
	if !q.done {
		r.event = q.event
		r.fail("the call is still blocked", "a result at "+stamp(q.end), "")
	}
	r.settleCalls()
}

// settle compares a call's result with the script's.
func (r *runner) settle(q *pending) {
	now := r.event
	r.event = q.event
	c := q.event.Call
	r.trace("call " + q.event.Text + ": " + resultText(q.got))
	r.checkResult(c, q.got)
	if q.blocks {
		if d := q.at.Sub(q.end); d > q.tol || d < -q.tol {
			r.fail("the call returned at another time", "at "+stamp(q.end), "at "+stamp(q.at))
		}
	}
	r.event = now
}

func (r *runner) checkResult(c *pkt.Call, got answer) {
	if got.note != "" {
		r.fail(got.note, "", resultText(got))
	}
	if c.Result.Kind == pkt.Ellipsis {
		return
	}
	want := r.number(c.Result)
	value := got.value
	if got.err != nil {
		value = -1
	}
	if value != want {
		r.fail("the result is another", "", resultText(got))
	}
	if want == -1 && c.Errno != "" {
		name := ""
		var e sockapi.Errno
		if errors.As(got.err, &e) {
			name = e.Name()
		}
		if name != c.Errno {
			r.fail("the error is another", "", resultText(got))
		}
	}
}

func resultText(a answer) string {
	if a.err != nil {
		return "-1: " + a.err.Error()
	}
	return decimal(a.value)
}

// octets turns a count and an error of the API into a result: the end of the stream is 0.
func octets(n int, err error) answer {
	if errors.Is(err, io.EOF) {
		return answer{value: 0}
	}
	if err != nil {
		return answer{value: -1, err: err}
	}
	return answer{value: int64(n)}
}

// outcome turns an error of the API into a result.
func outcome(err error) answer {
	if err != nil {
		return answer{value: -1, err: err}
	}
	return answer{}
}

// open gives f a descriptor. In scripts descriptors are names: the one that the script says is taken.
func (r *runner) open(c *pkt.Call, f *file) answer {
	if w := c.Result; w.Kind == pkt.Integer && w.Int > 0 && w.Int < maxFD {
		return r.openAs(w.Int, f)
	}
	for i := int64(3); ; i++ { // 0, 1 and 2 are the standard streams
		if i >= int64(len(r.fds)) || r.fds[i] == nil {
			return r.openAs(i, f)
		}
	}
}

const maxFD = 1 << 16

func (r *runner) openAs(n int64, f *file) answer {
	for int64(len(r.fds)) <= n {
		r.fds = append(r.fds, nil)
	}
	if n < 3 {
		return answer{err: sockapi.EMFILE, value: -1, note: "descriptors below 3 are the standard streams"}
	}
	r.fds[n] = f // a name that is used again means the new one
	return answer{value: n}
}
