package mptcp

import (
	"mpsim/model/mptcp/sched"
	"mpsim/model/tcp"
	"mpsim/sim"
)

// Reinjection (RFC 8684 section 3.3.6): data that a subflow does not bring through is sent again, with the
// same data sequence numbers, on another one. The first subflow goes on retransmitting its own bytes.

// reinjection is stream octets [start, end) that the subflow from carries or carried.
type reinjection struct {
	start, end uint64
	from       uint32
}

// reinjections is the queue of what waits for a subflow, in order of position.
type reinjections struct {
	list []reinjection
}

func (q *reinjections) len() int { return len(q.list) }
func (q *reinjections) clear()   { q.list = q.list[:0] }

// add enters octets, without those that wait already. Octets that no subflow carries any more (from
// noSubflowID) may go out on any: also those that waited for another one than their carrier.
func (q *reinjections) add(r reinjection) {
	for r.start < r.end {
		i := len(q.list)
		for i > 0 && q.list[i-1].end > r.start {
			i--
		}
		if i < len(q.list) && q.list[i].start <= r.start { // the beginning waits already
			if r.from == noSubflowID && q.list[i].from != noSubflowID {
				q.free(i, r.start, r.end)
				continue
			}
			r.start = min(r.end, q.list[i].end)
			continue
		}
		part := r
		if i < len(q.list) {
			part.end = min(r.end, q.list[i].start)
		}
		r.start = part.end
		if i > 0 && q.list[i-1].end == part.start && q.list[i-1].from == part.from {
			q.list[i-1].end = part.end
			continue
		}
		q.list = append(q.list, reinjection{})
		copy(q.list[i+1:], q.list[i:])
		q.list[i] = part
	}
}

// free lets the octets [start, end) of the i-th entry, which begins at start or before, go out on any
// subflow.
func (q *reinjections) free(i int, start, end uint64) {
	cut := func(at uint64) { // the i-th entry ends at at, the next one has the rest
		rest := q.list[i]
		rest.start = at
		q.list[i].end = at
		q.list = append(q.list, reinjection{})
		copy(q.list[i+2:], q.list[i+1:])
		q.list[i+1] = rest
	}
	if q.list[i].start < start {
		cut(start)
		i++
	}
	if q.list[i].end > end {
		cut(end)
	}
	q.list[i].from = noSubflowID
}

// trim drops what lies before pos: acknowledged at the data level.
func (q *reinjections) trim(pos uint64) {
	i := 0
	for i < len(q.list) && q.list[i].end <= pos {
		i++
	}
	if i > 0 {
		q.list = q.list[:copy(q.list, q.list[i:])]
	}
	if len(q.list) > 0 {
		q.list[0].start = max(q.list[0].start, pos)
	}
}

// reinjectLater queues octets for reinjection.
func (c *Conn) reinjectLater(r reinjection) {
	c.stir()
	c.reinject.add(r)
}

// reinjectSubflow queues what a subflow has sent and the peer has not acknowledged at the data level. Each
// record is queued once for each subflow that carries it, unless all is asked for: the subflow is gone.
func (c *Conn) reinjectSubflow(sf *subflow, all bool) {
	if sf.e == nil || c.plain {
		return
	}
	una := c.snd.Una()
	sf.e.EachSent(func(r *tcp.Sent) bool {
		end := r.Pos + uint64(r.Len)
		if end > una && (all || r.Seq >= sf.resent) {
			c.reinjectLater(reinjection{max(r.Pos, una), end, sf.id})
		}
		return true
	})
	sf.resent = sf.e.SndNxt()
}

// reinjectRecord queues what a subflow is sending again, once.
func (c *Conn) reinjectRecord(sf *subflow, r *tcp.Sent) {
	start, end := max(r.Pos, c.snd.Una()), r.Pos+uint64(r.Len)
	if start < end && r.Transmissions() == 2 {
		c.reinjectLater(reinjection{start, end, sf.id})
		c.wake(c.s.w.Now())
	}
}

// maybePlain tells that the peer may have fallen back, and would take what is sent again for new
// (peerIsPlain).
func (c *Conn) maybePlain() bool {
	sf := c.onlySubflow()
	return sf != nil && sf.bare && !c.hasOther(sf)
}

// pushReinjections sends what waits, before any new data. What cannot go out on another subflow now
// stays in the queue.
func (c *Conn) pushReinjections(now sim.Time) {
	for i := 0; c.roomy > 0 && i < len(c.reinject.list); {
		r := &c.reinject.list[i]
		if c.onlyCarrier(r.from) {
			i++
			continue
		}
		want := sched.Want{Unsent: c.snd.Unsent(), SendWindow: int64(c.sndEdge - c.snd.Nxt()),
			Reinject: true, From: r.from}
		v := c.sched.Pick(now, c.views, want)
		if v < 0 || c.live[v].id == r.from {
			i++
			continue
		}
		sf := c.live[v]
		n := min(sf.e.MSS(), int64(r.end-r.start), sf.subflowWindow())
		pos := r.start
		r.start += uint64(n)
		if r.start == r.end {
			c.reinject.list = append(c.reinject.list[:i], c.reinject.list[i+1:]...)
		}
		c.resend(now, v, pos, n)
	}
}

// onlyCarrier tells that the subflow from is alive and no other could carry its octets.
func (c *Conn) onlyCarrier(from uint32) bool {
	for i := range c.views {
		if c.views[i].Usable && c.views[i].ID != from {
			return false
		}
	}
	return true
}

// resend sends octets of the stream again, on the i-th live subflow.
func (c *Conn) resend(now sim.Time, i int, pos uint64, n int64) {
	sf := c.live[i]
	sf.stats.reinjected += n
	c.stats.reinjected += n
	c.s.count.Retrans++
	if c.s.observer != nil {
		c.s.observer.Reinjected(now, c, sf.id, pos, pos+uint64(n))
	}
	sf.laying(pos)
	if pos == c.snd.Una() {
		c.headOn = sf.id
	}
	sf.e.Send(now, c.snd.Stream(), pos, n, tcp.SendOptions{})
	sf.resentTo = sf.e.SndNxt()
	c.sentOn(i)
}
