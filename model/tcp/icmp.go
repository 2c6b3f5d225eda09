package tcp

import (
	"errors"

	"mpsim/model/cc"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// What a host does about ICMP errors that quote one of its segments: RFC 9293 section 3.9.2.2, RFC 5461, path
// MTU discovery of RFC 1191 and RFC 8201, in the order and with the limits of Linux 6.18 (tcp_v4_err,
// tcp_simple_retransmit). The network of this model sends none by itself: scripts do. RFC 6069 (taking a
// back-off back) is not modelled.

// ICMPError is what an ICMP message says.
type ICMPError uint8

// Kinds of ICMP messages.
const (
	ICMPNet      ICMPError = iota + 1 // network unreachable, or forbidden
	ICMPHost                          // host unreachable or forbidden, or its time to live ran out
	ICMPProtocol                      // protocol unreachable, or a header field that is wrong
	ICMPPort                          // port unreachable
	ICMPTooBig                        // fragmentation needed, packet too big
)

// Why a connection failed, where an ICMP message said so.
var (
	ErrNetUnreachable  = errors.New("tcp: network is unreachable")
	ErrHostUnreachable = errors.New("tcp: no route to host")
	ErrProtocol        = errors.New("tcp: protocol not available at the peer")
)

// err returns the reason for the application.
func (k ICMPError) err() error {
	switch k {
	case ICMPNet:
		return ErrNetUnreachable
	case ICMPHost:
		return ErrHostUnreachable
	case ICMPProtocol:
		return ErrProtocol
	case ICMPPort:
		return ErrRefused
	default:
		return ErrTimeout
	}
}

// Limits of what a path's MTU is believed to be, and for how long (Linux, ip_rt_min_pmtu, IPV6_MIN_MTU,
// ip_rt_mtu_expires).
const (
	minPathMTU4 = 552
	minPathMTU6 = 1280
	pathMTUFor  = 10 * unit.Minute
)

// pathMTU is what is known of the way to one address.
type pathMTU struct {
	octets uint16
	until  sim.Time
}

// ReceiveICMP takes an ICMP error that quotes a segment of this host from local to remote with sequence
// number seq; mtu counts for ICMPTooBig alone. One that quotes what is not in the network is ignored (RFC
// 5927 section 4.1).
func (s *Stack) ReceiveICMP(now sim.Time, kind ICMPError, mtu int, local wire.Addr, lport uint16,
	remote wire.Addr, rport uint16, seq uint32) {
	e := s.table.lookup(local, lport, remote, rport)
	if e == nil || e.state == StateTimeWait {
		return
	}
	offset := uint64(seq - e.iss)
	oldest := e.snd.una
	if e.state == StateSynReceived {
		oldest = 0
	}
	if offset < oldest || offset > e.snd.nxt {
		s.stats.OutOfWindowICMPs++
		return
	}
	if kind == ICMPTooBig {
		e.pathTooSmall(now, mtu)
		return
	}
	switch {
	case e.state == StateSynReceived && !e.client && !e.fo.open:
		// Not yet a connection of anybody: only where no answer can get through it is given up, in silence.
		if kind == ICMPNet || kind == ICMPHost {
			e.open.icmp, e.open.icmpAt = kind, now
			e.fail(now, TimedOut)
		}
	case e.state == StateSynSent || e.state == StateSynReceived:
		e.open.icmp, e.open.icmpAt = kind, now
		e.fail(now, TimedOut)
	default: // a soft error: told if the connection fails for want of answers
		e.open.icmp, e.open.icmpAt = kind, now
	}
}

// TimeoutReason tells why an endpoint fails that got no answer: what ICMP has said since the last segment
// came explains it.
func (e *Endpoint) TimeoutReason() error {
	if e.open.icmp != 0 && e.open.icmpAt >= e.heardAt {
		return e.open.icmp.err()
	}
	return ErrTimeout
}

// pathTooSmall lowers the MSS to what the path carries and sends again at once what was too large. That is
// no sign of congestion: the window stays, counted in segments (RFC 1191 section 6.4; Linux,
// tcp_simple_retransmit).
func (e *Endpoint) pathTooSmall(now sim.Time, mtu int) {
	least := minPathMTU4
	if !e.local.Is4() {
		least = minPathMTU6
	}
	mtu = max(mtu, least)
	if mtu >= e.mtu() {
		return
	}
	s := e.s
	if s.paths == nil {
		s.paths = map[wire.Addr]pathMTU{}
	}
	s.paths[e.remote] = pathMTU{octets: uint16(mtu), until: now.Add(pathMTUFor)}
	e.opt.pathMTU = uint16(mtu)
	before := e.CC.MSS
	e.updateMSS()
	if e.open.accepted { // Linux counts windows in segments, which are smaller now
		e.CC.Cwnd = max(e.CC.Cwnd/before, 1) * e.CC.MSS
		if e.CC.Ssthresh < cc.InfiniteSsthresh {
			e.CC.Ssthresh = max(e.CC.Ssthresh/before, 2) * e.CC.MSS
		}
	}
	defer e.CC.Touch()
	switch {
	case e.state == StateSynSent:
		if e.fo.synData && e.open.syns > 0 { // without its data the SYN fits
			e.sendSYN(now)
		}
	case e.state.synchronized() && e.recutQueue():
		if e.rec.state != caLoss {
			e.rec.state, e.rec.point, e.rec.last = caLoss, e.snd.nxt, e.snd.nxt
			e.CC.InRecovery = false
			e.rec.undo.begin(e, false)
		}
		e.retransmitLost(now)
		e.scheduleLoss(now)
	}
}

// learnPathMTU gives a new endpoint what earlier ones have found out.
func (e *Endpoint) learnPathMTU(now sim.Time) {
	if p, ok := e.s.paths[e.remote]; ok && now < p.until {
		e.opt.pathMTU = p.octets
	}
}

// mtu returns the octets of the largest packet that the path is known to carry.
func (e *Endpoint) mtu() int {
	if e.opt.pathMTU > 0 {
		return min(int(e.opt.pathMTU), e.s.par.MTU)
	}
	return e.s.par.MTU
}

// recutQueue marks what is larger than a segment as lost and cuts it to segments. It tells whether there was
// any.
func (e *Endpoint) recutQueue() bool {
	q, mss, found := &e.snd.q, uint32(e.MSS()), false
	var list []Sent
	for i := q.head; i != q.tail; i++ {
		r := q.at(i)
		if r.Len > mss && r.flags&sentSacked == 0 {
			found = true
			e.markLost(i, r)
		}
		list = append(list, *r)
	}
	if !found {
		return false
	}
	q.tail = q.head
	e.rec.lostPending = 0
	for _, r := range list {
		for r.Len > mss && r.flags&sentSacked == 0 {
			part := r
			part.Len, part.flags = mss, r.flags&^(sentPush|sentFin)
			*q.push(&e.s.a.rings) = part
			r.Seq, r.Pos, r.MapBack, r.Len = r.Seq+uint64(mss), r.Pos+uint64(mss), r.MapBack+mss, r.Len-mss
		}
		*q.push(&e.s.a.rings) = r
	}
	for i := q.head; i != q.tail; i++ {
		if q.at(i).Lost() {
			e.rec.lostPending++
		}
	}
	e.rec.hint = q.head
	e.rk.judgeAgain(q)
	return true
}
