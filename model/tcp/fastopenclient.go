package tcp

import (
	"mpsim/model/wire"
	"mpsim/sim"
)

// The client of Fast Open (RFC 7413 sections 3 and 4.1.3): the cache of cookies, the SYN with data, and what
// happens when the server takes less of it than was sent. Values and order are Linux's (tcp_fastopen.c,
// tcp_metrics.c, 6.18); it neither limits SYNs with data after failures by default
// (tcp_fastopen_blackhole_timeout is 0).

// optionSpace is left free in a SYN with data for options that devices on the path may add (Linux,
// MAX_TCP_OPTION_SPACE).
const optionSpace = 40

// cookiePath is what the cache knows cookies by.
type cookiePath struct{ local, remote wire.Addr }

// cookieEntry is what an earlier connection of the path has shown.
type cookieEntry struct {
	cookie wire.FastOpen // Len 0: none
	mss    uint16        // of the server's SYN/ACK, 0: not known
	tryExp uint8         // 1: ask with the experimental kind; 2: that was to no avail either
	lost   int           // SYNs with data in a row after which only a bare one got through
}

// FastOpenCookies returns how many paths the host has a cookie for. It is for tests and traces.
func (s *Stack) FastOpenCookies() int { return s.cookieN }

// ForgetFastOpen empties the cache of cookies.
func (s *Stack) ForgetFastOpen() { s.cookies, s.cookieN = nil, 0 }

// FastOpenCookie returns the cookie that the next connection of the path would use, and the server's MSS
// (0: not known); ok is false if there is none.
func (s *Stack) FastOpenCookie(local, remote wire.Addr) (cookie wire.FastOpen, mss int, ok bool) {
	c := s.cookies[cookiePath{local, remote}]
	return c.cookie, int(c.mss), c.cookie.Len > 0
}

// UseFastOpen asks for Fast Open on a prepared endpoint: its SYN will carry a cookie or the request for one
// (RFC 7413 section 4.1.3). It does nothing on a host that has it switched off. Call it before Connect.
func (e *Endpoint) UseFastOpen() {
	if e.state == StateSynSent && e.open.syns == 0 {
		e.fo.wanted = e.s.par.FastOpen&FastOpenClient != 0
	}
}

// FastOpenWanted tells that UseFastOpen was called and the host allows it.
func (e *Endpoint) FastOpenWanted() bool { return e.fo.wanted }

// FastOpenRoom returns how many octets the SYN of a prepared endpoint may carry: none unless Fast Open was
// asked for and there is a cookie (or the host sends data without).
func (e *Endpoint) FastOpenRoom() int64 {
	if !e.fo.wanted || e.state != StateSynSent || e.open.syns > 0 {
		return 0
	}
	c := e.s.cookies[cookiePath{e.local, e.remote}]
	if c.cookie.Len == 0 && e.s.par.FastOpen&FastOpenClientNoCookie == 0 {
		return 0
	}
	mss := e.ownMSS()
	if c.mss > 0 {
		mss = min(mss, int64(c.mss))
	}
	return max(mss-optionSpace, 0)
}

// ConnectWith sends the SYN of a prepared endpoint with n octets from position pos of a content stream
// (at most FastOpenRoom). The record is an ordinary one: the owner sees it in Outgoing, and Acked, Lost and
// retransmissions follow.
func (e *Endpoint) ConnectWith(now sim.Time, stream uint32, pos uint64, n int64) {
	if room := e.FastOpenRoom(); n < 0 || n > room {
		e.s.w.Fail("tcp %s: SYN with %d octets, room for %d: ask FastOpenRoom", e.s.name, n, room)
	}
	if n > 0 {
		r := e.snd.q.push(&e.s.a.rings)
		*r = Sent{Seq: 1, Pos: pos, Len: uint32(n), MapLen: uint32(n), Stream: stream, sentAt: now, xmits: 1,
			flags: sentPush}
		e.snd.out = n
		e.fo.synData = true
	}
	e.Connect(now)
}

// synRecord returns the data that a SYN carries, nil for none, and prepares its option. A SYN sent again has
// neither (RFC 7413 section 4.1.3.1: the data or the option may be why it was lost).
func (e *Endpoint) synRecord() *Sent {
	f := &e.fo
	f.hasOption = false
	if !f.wanted || e.open.syns > 1 || e.state != StateSynSent {
		return nil
	}
	c := e.s.cookies[cookiePath{e.local, e.remote}]
	f.option, f.hasOption = c.cookie, true
	if c.cookie.Len == 0 {
		f.option = wire.FastOpen{Exp: c.tryExp == 1}
		f.hasOption = e.s.par.FastOpen&FastOpenClientNoCookie == 0
	}
	if !f.synData {
		return nil
	}
	return e.snd.q.at(e.snd.q.head)
}

// learnCookie takes from a SYN/ACK what the next connection will use (RFC 7413 section 4.1.3.2). missed tells
// that it acknowledges less than the data sent.
func (e *Endpoint) learnCookie(seg *wire.Segment, missed bool) {
	f := &e.fo
	asked := f.wanted && (f.hasOption || e.open.syns > 1)
	granted := seg.Has(wire.OptFastOpen) && asked && seg.FastOpen.Len > 0 && !e.cookieless()
	var tryExp uint8
	dropped := false
	switch {
	case e.open.syns > 1: // only the bare SYN got through, or so it seems
		dropped = !granted && missed
	case !granted && f.hasOption && !f.synData: // asked in vain: once more with the other kind
		tryExp = 1
		if f.option.Exp {
			tryExp = 2
		}
	}
	key := cookiePath{e.local, e.remote}
	c := e.s.cookies[key]
	c.mss = 0
	if seg.Has(wire.OptMSS) {
		c.mss = seg.MSS
	}
	switch {
	case granted:
		if c.cookie.Len == 0 {
			e.s.cookieN++
		}
		c.cookie = seg.FastOpen
	case tryExp > c.tryExp && c.cookie.Len == 0:
		c.tryExp = tryExp
	}
	if dropped {
		c.lost++
	} else {
		c.lost = 0
	}
	if e.s.cookies == nil {
		e.s.cookies = map[cookiePath]cookieEntry{}
	}
	e.s.cookies[key] = c
}

// cookieless tells that the host puts data on SYNs without a cookie; one that comes nevertheless was not
// asked for.
func (e *Endpoint) cookieless() bool { return e.s.par.FastOpen&FastOpenClientNoCookie != 0 }

// synAnswered handles what the SYN/ACK says of the data on the SYN; ack is the offset that it acknowledges.
// What it does not cover goes again at once (RFC 7413 section 4.1.3.2), cut to the MSS now known. That is no
// sign of congestion: the window stays.
func (e *Endpoint) synAnswered(now sim.Time, seg *wire.Segment, ack uint64) {
	if e.fo.wanted && e.client {
		e.learnCookie(seg, e.fo.synData && ack < e.snd.nxt)
	}
	if !e.fo.synData || e.snd.q.empty() {
		return
	}
	if ack > e.snd.una {
		w := ackWork{seg: seg, fack: e.rk.fack}
		e.advance(now, &w, ack)
	}
	if q := &e.snd.q; q.empty() {
		e.fo.acked = true
	} else {
		e.cutFirst()
		for i := q.head; i != q.tail; i++ {
			e.markLost(i, q.at(i))
		}
		e.rec.state, e.rec.point, e.rec.last = caLoss, e.snd.nxt, e.snd.nxt
		e.rec.undo.begin(e, false)
		e.rec.rtoAt = now.Add(e.rtt.rto())
		e.retransmitLost(now)
	}
	e.scheduleLoss(now)
	if e.snd.una > 1 {
		e.owner.Acked(now, e, e.snd.una)
	}
}

// cutFirst cuts the only record of the queue to segments.
func (e *Endpoint) cutFirst() {
	q, mss := &e.snd.q, uint32(e.MSS())
	for {
		r := q.at(q.tail - 1)
		if r.Len <= mss {
			return
		}
		rest := *r
		r.Len = mss
		r.flags &^= sentPush
		rest.Seq, rest.Pos, rest.MapBack, rest.Len = rest.Seq+uint64(mss), rest.Pos+uint64(mss), rest.MapBack+mss,
			rest.Len-mss
		*q.push(&e.s.a.rings) = rest
	}
}
