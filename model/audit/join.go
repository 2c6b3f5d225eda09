package audit

import (
	"encoding/hex"

	"mpsim/model/wire"
)

// join is the handshake of a joined subflow (RFC 8684 section 3.2).
type join struct {
	used     bool
	unknown  bool // the token belongs to no connection of the trace
	crossed  bool // both ends sent a SYN
	stripped bool // a SYN came without it
	bad      bool // the SYN/ACK lacked it or was wrong
	third    bool // the HMAC of the opener was seen
	fourth   bool // and its acknowledgment
	token    uint32
	nonce    [2]uint32
	have     [2]bool
	id       [2]uint8
}

func (a *Auditor) joinSegment() {
	s, f, o := a.seg, a.f, &a.seg.Join
	want := uint8(wire.JoinACK)
	switch s.Flags & (wire.SYN | wire.ACK) {
	case wire.SYN:
		want = wire.JoinSYN
	case wire.SYN | wire.ACK:
		want = wire.JoinSYNACK
	}
	switch {
	case o.Form != want:
		a.find(OptionPlace, value{kind: 1, n: int64(want), text: " octets of MP_JOIN"}, num(int64(o.Form)))
		return
	case f.synSeen && !f.join.used && !f.midway:
		a.find(OptionPlace, say("MP_JOIN on a subflow begun with it"), say("MP_JOIN later"))
		return
	}
	f.join.used = true
	f.conn.proto = multipath
	switch want {
	case wire.JoinSYN:
		a.joinSYN(o)
	case wire.JoinSYNACK:
		a.joinAnswer(o)
		a.checkHMAC(o.HMAC[:8])
	default:
		if a.h != 0 && !f.join.crossed && !f.midway {
			a.find(OptionPlace, value{}, say("the opener's MP_JOIN from the other end"))
			return
		}
		if a.checkHMAC(o.HMAC[:]) {
			f.join.third = true
		}
	}
}

func (a *Auditor) joinSYN(o *wire.Join) {
	f, c := a.f, a.f.conn
	if a.h != 0 {
		f.join.crossed = true
		c.unchecked |= crossedJoin
		a.joinAnswer(o)
		return
	}
	if f.join.have[0] {
		a.joinRepeated(o)
		if o.Token != f.join.token {
			a.find(JoinNonce, hexa(uint64(f.join.token)), hexa(uint64(o.Token)))
		}
		return
	}
	f.join.token = o.Token
	a.joinAnswer(o)
	if f.join.unknown {
		a.find(JoinToken, value{}, hexa(uint64(o.Token)))
		return
	}
	target := a.them()
	first := c.flows[0]
	listener := &first.end[1-a.f.sideOf(a.h)^first.swap]
	if target.noJoin && !first.midway && f.end[1].addr == listener.addr && f.end[1].port == listener.port {
		a.find(JoinNotHere, value{}, say(listener.String()))
	}
	if !first.midway && !listener.sawDSS {
		severity := rules[JoinEarly].severity
		if !a.o.Complete || c.heard(f.sideOf(1-a.h)) {
			severity = Warning // it may have come, or has come over another subflow
		}
		a.findAs(severity, JoinEarly, value{}, value{})
	}
}

// heard says that a DSS of the side was seen on any subflow.
func (c *conn) heard(side int) bool {
	for _, f := range c.flows {
		if f.end[side^f.swap].sawDSS {
			return true
		}
	}
	return false
}

// joinAnswer notes nonce, Address ID and flag of one end.
func (a *Auditor) joinAnswer(o *wire.Join) {
	f, h := a.f, a.h
	if f.join.have[h] {
		a.joinRepeated(o)
		return
	}
	f.join.have[h], f.join.nonce[h], f.join.id[h] = true, o.Nonce, o.AddrID
	f.end[h].backup = o.Backup
	if !f.join.unknown {
		a.useID(o.AddrID, f.end[h].addr)
	}
}

func (a *Auditor) joinRepeated(o *wire.Join) {
	f, h := a.f, a.h
	switch {
	case f.join.nonce[h] != o.Nonce:
		a.find(JoinNonce, hexa(uint64(f.join.nonce[h])), hexa(uint64(o.Nonce)))
	case f.join.id[h] != o.AddrID:
		a.find(JoinNonce, num(int64(f.join.id[h])), num(int64(o.AddrID)))
	}
}

// checkHMAC holds the HMAC that the current end sent to both keys and nonces.
func (a *Auditor) checkHMAC(seen []byte) bool {
	f, c := a.f, a.f.conn
	me, them := a.me(), a.them()
	switch {
	case f.join.crossed:
		return true
	case !f.join.have[0] || !f.join.have[1]:
		c.unchecked |= noHandshake
		return true
	case !me.haveKey || !them.haveKey:
		c.unchecked |= noKeys
		return true
	}
	mac := wire.JoinHMAC(me.key, them.key, f.join.nonce[a.h], f.join.nonce[1-a.h], c.hash())
	if string(mac[:len(seen)]) == string(seen) {
		return true
	}
	f.join.bad = f.join.bad || a.h == 1
	a.find(JoinHMAC, say(hex.EncodeToString(mac[:len(seen)])), say(hex.EncodeToString(seen)))
	return false
}

// joinData holds data on a joined subflow to the state of its handshake.
func (a *Auditor) joinData() {
	f := a.f
	if !f.join.used || f.midway || !f.synSeen || f.join.crossed {
		return
	}
	switch {
	case f.join.bad && f.synAckSeen:
		a.find(JoinContinued, say("RST"), say("data"))
	case a.h == 0 && !f.join.fourth:
		a.find(JoinData, say("no data before the fourth packet"),
			value{kind: 1, n: int64(a.seg.Payload.Len), text: " octets"})
	case a.h == 1 && !f.join.third:
		a.find(JoinData, say("no data before the opener's HMAC"),
			value{kind: 1, n: int64(a.seg.Payload.Len), text: " octets"})
	}
}
