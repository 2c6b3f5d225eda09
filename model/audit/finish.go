package audit

import (
	"cmp"
	"slices"
)

// Finish reads no more packets: what had to wait for the end is decided, and findings are in the order of packets.
func (a *Auditor) Finish() {
	if a.finished {
		return
	}
	a.finished = true
	a.ending = true
	for _, c := range a.conns {
		for _, f := range c.flows {
			a.finishFlow(f)
		}
		a.finishConn(c)
	}
	slices.SortStableFunc(a.findings, func(x, y Finding) int {
		// What was found at the end has no packet and comes last.
		return cmp.Compare(uint(x.Packet)-1, uint(y.Packet)-1)
	})
}

// finishFlow decides what depends on gaps in the trace of one flow.
func (a *Auditor) finishFlow(f *flow) {
	if f.finished {
		return
	}
	f.finished = true
	saved, end, ending := a.f, a.h, a.ending
	a.f, a.ending = f, true
	for h := range f.end {
		me, peer := &f.end[h], &f.end[1-h]
		if !me.known {
			continue
		}
		if n := me.cover.missing(0, min(me.top, peer.acked)); n > 0 {
			f.gaps = true
			a.h = h
			a.keep(Note, TraceGaps, value{}, value{kind: 1, n: n, text: " octets are missing"}, nil)
		}
	}
	if !f.gaps {
		a.release(f.pending)
	}
	f.pending = nil
	a.unmapped(f)
	a.f, a.h, a.ending = saved, end, ending
}

// unmapped tells of octets that no mapping covers, where the connection did not go back to TCP.
func (a *Auditor) unmapped(f *flow) {
	c := f.conn
	if c.proto != multipath || f.gaps || f.midway {
		return
	}
	for _, other := range c.flows {
		if other.end[0].plain || other.end[1].plain || other.end[0].unmapped > 0 || other.end[1].unmapped > 0 {
			return
		}
	}
	for h := range f.end {
		me := &f.end[h]
		var n int64
		for _, r := range me.cover {
			from, to := max(r.from, 1+me.ssnShift), r.to
			if me.fin > 0 {
				to = min(to, me.fin)
			}
			n += max(0, to-from)
			for i := me.bound.first(from); i < len(me.bound) && me.bound[i].from < to; i++ {
				n -= max(0, min(to, me.bound[i].to)-max(from, me.bound[i].from))
			}
		}
		if n > 0 {
			a.h = h
			a.local = a.o.LocalOnly && me.local
			a.find(Unmapped, value{}, num(n))
		}
	}
}

// finishConn decides what depends on paths that are not in the trace.
func (a *Auditor) finishConn(c *conn) {
	if c.finished || len(c.flows) == 0 {
		return
	}
	c.finished = true
	a.f, a.h = c.flows[0], 0
	missing := false
	for _, f := range c.flows {
		missing = missing || f.gaps
	}
	for i := range c.side {
		s := &c.side[i]
		if s.infinite || s.guessed {
			continue
		}
		if n := s.cover.missing(1, min(s.top, s.acked)); n > 0 {
			if !missing {
				a.h = i ^ a.f.swap
				a.keep(Note, PathsMissing, value{}, value{kind: 1, n: n, text: " octets are missing"}, nil)
			}
			missing = true
		}
	}
	if !missing {
		a.release(c.pending)
	}
	c.pending = nil
}

// release puts findings that waited into the list.
func (a *Auditor) release(pending []Finding) {
	for _, f := range pending {
		a.f.conn.severities[f.Severity]++
		a.add(f)
	}
}
