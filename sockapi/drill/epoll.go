package drill

import (
	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"
	"mpsim/sockapi/drill/pkt"
)

// epoll is an epoll(7) instance.
type epoll struct{ watches []*watch }

type watch struct {
	fd      int64
	f       *file
	events  int64
	data    *pkt.Expr // fd, ptr, u32 or u64 with its value
	in, out uint64    // edges told of
	told    bool
	off     bool // EPOLLONESHOT has fired
}

// eventBits translates the API's events.
func eventBits(e sockapi.Events) (v int64) {
	for _, x := range [...]struct {
		e sockapi.Events
		v int64
	}{{sockapi.PollIn, 0x1 | 0x40}, {sockapi.PollOut, 0x4 | 0x100}, {sockapi.PollErr, 0x8},
		{sockapi.PollHangup, 0x10}, {sockapi.PollRdHup, 0x2000}} {
		if e&x.e != 0 {
			v |= x.v
		}
	}
	return v
}

const always = 0x8 | 0x10 // error and hang-up are always told

func (r *runner) callPoll(c *pkt.Call) func(p *sim.Proc) answer {
	list := r.arg(c, 0)
	if list.Kind != pkt.List {
		r.bad(list.Pos, "[{fd=N, events=..., revents=...}, ...] is needed here")
	}
	timeout := r.intArg(c, 2)
	return func(p *sim.Proc) answer {
		var got []int64
		n := r.wait(p, timeout, func() int64 {
			ready := int64(0)
			got = got[:0]
			for _, e := range list.Args {
				v := r.pollOne(e)
				got = append(got, v)
				if v != 0 {
					ready++
				}
			}
			return ready
		})
		for i, e := range list.Args {
			if w := field(e, "revents"); w != nil && w.Kind != pkt.Ellipsis && r.number(w) != got[i] {
				return answer{value: n, note: "revents is " + hexadecimal(got[i]) + " instead of " +
					hexadecimal(r.number(w))}
			}
		}
		return answer{value: n}
	}
}

func hexadecimal(v int64) string {
	const digits = "0123456789abcdef"
	text := ""
	for {
		text = string(digits[v&15]) + text
		if v >>= 4; v == 0 {
			return "0x" + text
		}
	}
}

func (r *runner) pollOne(e *pkt.Expr) int64 {
	fd, events := field(e, "fd"), field(e, "events")
	if fd == nil || events == nil {
		r.bad(e.Pos, "{fd=N, events=..., revents=...} is needed here")
	}
	n := r.number(fd)
	if n < 0 || n >= int64(len(r.fds)) || r.fds[n] == nil || r.fds[n].sock == nil {
		return constants["POLLNVAL"]
	}
	return eventBits(r.fds[n].sock.Poll()) & (r.number(events) | always)
}

// wait calls ready until it gives more than 0 or the timeout in milliseconds (negative: none) is over.
func (r *runner) wait(p *sim.Proc, timeout int64, ready func() int64) int64 {
	until := sim.Never
	if timeout >= 0 {
		until = p.Now().Add(unit.Duration(timeout) * unit.Millisecond)
	}
	const look = 100 * unit.Microsecond // events may come of any socket
	for {
		if n := ready(); n > 0 || p.Now() >= until {
			return n
		}
		if err := p.Sleep(min(look, until.Sub(p.Now()))); err != nil {
			return 0
		}
	}
}

func (r *runner) callEpoll(c *pkt.Call) func(p *sim.Proc) answer {
	if c.Name == "epoll_create" || c.Name == "epoll_create1" {
		return func(*sim.Proc) answer { return r.open(c, &file{poll: &epoll{}}) }
	}
	f := r.fd(c, 0)
	if f == nil || f.poll == nil {
		return result(sockapi.EBADF)
	}
	if c.Name == "epoll_wait" {
		want, most, timeout := r.arg(c, 1), r.intArg(c, 2), r.intArg(c, 3)
		return func(p *sim.Proc) answer { return r.epollWait(p, f.poll, want, most, timeout) }
	}
	op, fd := r.intArg(c, 1), r.intArg(c, 2)
	target := r.fd(c, 2)
	if target == nil || target.sock == nil {
		return result(sockapi.EBADF)
	}
	var ev *pkt.Expr
	events := int64(0)
	if op != constants["EPOLL_CTL_DEL"] {
		if ev = r.arg(c, 3); field(ev, "events") == nil {
			r.bad(ev.Pos, "{events=..., fd=N} is needed here")
		}
		events = r.number(field(ev, "events"))
	}
	return func(*sim.Proc) answer { return f.poll.control(op, fd, target, events, ev) }
}

func (e *epoll) control(op, fd int64, f *file, events int64, ev *pkt.Expr) answer {
	at := -1
	for i, w := range e.watches {
		if w.fd == fd {
			at = i
		}
	}
	switch op {
	case constants["EPOLL_CTL_ADD"]:
		if at >= 0 {
			return outcome(sockapi.EINVAL)
		}
		e.watches = append(e.watches, &watch{fd: fd, f: f, events: events, data: ev})
	case constants["EPOLL_CTL_MOD"]:
		if at < 0 {
			return outcome(sockapi.EINVAL)
		}
		e.watches[at] = &watch{fd: fd, f: f, events: events, data: ev}
	case constants["EPOLL_CTL_DEL"]:
		if at < 0 {
			return outcome(sockapi.EINVAL)
		}
		e.watches = append(e.watches[:at], e.watches[at+1:]...)
	}
	return answer{}
}

// ready returns the events to tell of a watch, and notes that they were told.
func (w *watch) ready() int64 {
	if w.off {
		return 0
	}
	v := eventBits(w.f.sock.Poll()) & (w.events | always)
	if v == 0 {
		return 0
	}
	if w.events&constants["EPOLLET"] != 0 {
		in, out := w.f.sock.Edges()
		const readable = 0x1 | 0x40
		if fresh := !w.told || in != w.in && w.events&readable != 0 || out != w.out; !fresh {
			return 0
		}
		w.told, w.in, w.out = true, in, out
	}
	w.off = w.events&constants["EPOLLONESHOT"] != 0
	return v
}

func (r *runner) epollWait(p *sim.Proc, e *epoll, want *pkt.Expr, most, timeout int64) answer {
	var got []int64
	var of []*watch
	n := r.wait(p, timeout, func() int64 {
		for _, w := range e.watches {
			if int64(len(got)) < most {
				if v := w.ready(); v != 0 {
					got, of = append(got, v), append(of, w)
				}
			}
		}
		return int64(len(got))
	})
	list := []*pkt.Expr{want}
	if want.Kind == pkt.List {
		list = want.Args
	}
	for i, x := range list {
		events := field(x, "events")
		if i >= len(got) || events == nil || events.Kind == pkt.Ellipsis {
			continue
		}
		if v := r.number(events); v != got[i] {
			return answer{value: n, note: "events is " + hexadecimal(got[i]) + " instead of " + hexadecimal(v)}
		}
		if fd := field(x, "fd"); fd != nil && r.number(fd) != of[i].fd {
			return answer{value: n, note: "the event is of descriptor " + decimal(of[i].fd)}
		}
	}
	return answer{value: n}
}
