package audit

import (
	"mpsim/model/wire"
)

// protocol is what a connection is known to be.
type protocol uint8

const (
	plainTCP  protocol = iota
	asked              // MP_CAPABLE in the SYN, no answer yet
	multipath          // MPTCP was agreed on, or an MPTCP option was seen
)

// conn is a connection: a plain TCP one, or an MPTCP one with its subflows. Side 0 opened it.
type conn struct {
	id         int
	proto      protocol
	version    int // of MPTCP; -1: not known, read as 1
	side       [2]side
	flows      []*flow
	csumKnown  bool
	csum       bool // DSS checksums were agreed on
	pending    []Finding
	counts     [numChecks]int32
	severities [3]int
	unchecked  unchecked
	finished   bool
}

// side is one end of a connection and the data that it sends. Data sequence numbers are relative to the initial
// one, unwrapped.
type side struct {
	key      uint64
	haveKey  bool
	zero     uint64 // initial data sequence number
	haveZero bool
	guessed  bool // zero is a guess from the first number seen
	csum     bool // asked for checksums
	noJoin   bool // bit C

	top         int64
	cover       ranges // data sequence numbers seen
	content     content
	fin         int64 // number of the DATA_FIN; 0: none
	acked       int64 // highest DATA_ACK of the peer
	ackSeen     bool
	edge        int64 // highest right edge offered by the peer
	edgeKnown   bool
	wide        bool // has sent a data sequence number of 8 octets
	wideData    bool // for data, not only for the DATA_FIN
	narrow      bool // has sent one of 4
	infinite    bool
	ids         []address
	octetsTotal int64
}

// address is an Address ID of one side.
type address struct {
	addr      wire.Addr
	port      uint16
	id        uint8
	inUse     bool
	announced bool // by ADD_ADDR
}

// unchecked tells what could not be checked in a connection.
type unchecked uint8

const (
	noHandshake unchecked = 1 << iota
	noKeys
	noOctets
	noChecksums
	crossedJoin
	noIDSN
)

const uncheckedTexts = 6

// list gives sentences.
func (u unchecked) list() []string {
	texts := [uncheckedTexts]string{
		"windows and negotiated options of a subflow whose handshake is not in the trace",
		"HMACs: the keys are not in the trace",
		"octets that the capture has cut",
		"TCP checksums that the sender left to its interface",
		"HMACs of a join whose SYNs crossed",
		"first data sequence numbers: no key, they are counted from the first one seen",
	}
	var out []string
	for i, text := range texts {
		if u>>i&1 != 0 {
			out = append(out, text)
		}
	}
	return out
}

// attach gives a new flow its connection: the one whose token a join names, or a new one.
func (a *Auditor) attach(f *flow) {
	s := a.seg
	if s.Opts&wire.OptJoin != 0 && s.Join.Form == wire.JoinSYN && !f.midway {
		f.join.used = true
		if owner, ok := a.tokens[s.Join.Token]; ok {
			f.swap = 1 - owner.side
			a.addFlow(owner.c, f)
			return
		}
		c := a.newConn()
		c.proto = multipath
		c.unchecked |= noKeys
		f.join.unknown = true
		a.tokens[s.Join.Token] = tokenOwner{c, 1}
		a.addFlow(c, f)
		return
	}
	c := a.newConn()
	a.addFlow(c, f)
	if f.midway {
		c.unchecked |= noHandshake
	}
	c.side[0].ids = append(c.side[0].ids, address{addr: f.end[0].addr, port: f.end[0].port, inUse: true})
	c.side[1].ids = append(c.side[1].ids, address{addr: f.end[1].addr, port: f.end[1].port, inUse: true})
}

func (a *Auditor) newConn() *conn {
	c := &conn{id: len(a.conns) + 1, version: -1}
	for i := range c.side {
		c.side[i].content.limit = a.o.HoldOctets
	}
	a.conns = append(a.conns, c)
	return c
}

func (a *Auditor) addFlow(c *conn, f *flow) {
	f.conn = c
	c.flows = append(c.flows, f)
	f.id = len(c.flows)
}

// sideOf returns which side of the connection an end of the flow is.
func (f *flow) sideOf(h int) int { return h ^ f.swap }

// me and them are the current sender's side of the connection and the other.
func (a *Auditor) me() *side   { return &a.f.conn.side[a.f.sideOf(a.h)] }
func (a *Auditor) them() *side { return &a.f.conn.side[a.f.sideOf(1-a.h)] }

// hash is the version that key-derived values use.
func (c *conn) hash() int {
	if c.version == 0 {
		return 0
	}
	return 1
}

// learnKey notes the key of a side, or compares it with the one known.
func (a *Auditor) learnKey(i int, key uint64) {
	c := a.f.conn
	s := &c.side[i]
	if s.haveKey {
		if s.key != key {
			a.find(CapableKey, hexa(s.key), hexa(key))
		}
		return
	}
	s.key, s.haveKey = key, true
	zero := wire.IDSN(key, c.hash())
	if s.haveZero {
		a.rebase(i, zero)
	}
	s.zero, s.haveZero, s.guessed = zero, true, false
	token := wire.Token(key, c.hash())
	if owner, taken := a.tokens[token]; taken && owner.c != c && !owner.c.over() {
		a.find(TokenRepeated, value{}, hexa(uint64(token)))
	}
	a.tokens[token] = tokenOwner{c, i}
}

// rebase counts a side's data sequence numbers from the true first one. They were counted from a guess, because
// data overtook the key.
func (a *Auditor) rebase(i int, zero uint64) {
	c := a.f.conn
	s := &c.side[i]
	by := unwrap64(s.zero, zero)
	if !s.wide {
		by = int64(int32(uint32(s.zero) - uint32(zero)))
	}
	s.top += by
	if s.ackSeen {
		// The window of the handshake counts from the true number, those of DATA_ACKs from the guess.
		s.acked += by
		s.edgeKnown = false
	}
	if s.fin != 0 {
		s.fin += by
	}
	for n := range s.cover {
		s.cover[n].from += by
		s.cover[n].to += by
	}
	s.content.rebase(by)
	for _, f := range c.flows {
		h := i ^ f.swap
		sender, receiver := &f.end[h], &f.end[1-h]
		for n := range sender.bound {
			sender.bound[n].shift += by
		}
		for n := range sender.sums {
			sender.sums[n].dsn += by
		}
		sender.verified.dsn += by
		if s.ackSeen {
			receiver.dataAck += by
			receiver.dataEdge += by
		}
	}
	if !c.side[1-i].guessed {
		c.unchecked &^= noIDSN
	}
}

// over says that all flows of the connection have ended.
func (c *conn) over() bool {
	for _, f := range c.flows {
		if !f.ended() {
			return false
		}
	}
	return true
}

// ended says that the flow was reset or that both FINs are acknowledged.
func (f *flow) ended() bool {
	x, y := &f.end[0], &f.end[1]
	return f.dead || x.fin > 0 && y.fin > 0 && y.acked > x.fin && x.acked > y.fin
}

// offloaded says that the TCP checksum is the sum of the pseudo-header, which an interface completes.
func (c *conn) offloaded(b []byte) bool {
	start, total := ipHeader(b), ipLength(b)
	if total < start+20 || total > len(b) {
		return false
	}
	sum := wire.PayloadSum(b[12:20])
	if start == 40 && b[0]>>4 == 6 {
		sum = wire.PayloadSum(b[8:40])
	}
	length := total - start
	sum = wire.JoinSums(sum, 0, wire.PayloadSum([]byte{0, 6, byte(length >> 8), byte(length)}))
	if uint32(b[start+16])<<8|uint32(b[start+17]) != sum {
		return false
	}
	c.unchecked |= noChecksums
	return true
}
