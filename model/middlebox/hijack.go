package middlebox

import (
	"mpsim/model/link"
	"mpsim/model/wire"
	"mpsim/sim"
)

// Hijack announces the attacker's address to the client of a connection, in the server's name (RFC 7430
// section 2, the ADD_ADDR attack). If the client believes it, it joins that address; the attacker passes
// the handshake on to the server and back, so that both HMACs are right, and stands between the two.
// Version 0 of the protocol believes; in version 1 ADD_ADDR has an HMAC with the keys (RFC 8684 section
// 3.4.1), and the attacker has to guess it. Attempts counts forged ADD_ADDRs, Answered SYNs that came,
// Succeeded joins that stand, Modified segments passed on between the two, Events octets of payload among
// them.
type Hijack struct {
	Attacker
	// ResetOther: once a join stands, the subflow on which the ear listens is reset at both ends.
	ResetOther bool
}

func (x Hijack) build(b *Box) (mechanism, error) {
	h := &hijack{attack: attack{Attacker: x.Attacker}, resetOther: x.ResetOther, relays: map[uint16]relay{}}
	h.attack.attempt = h.announce
	return h, h.begin(b)
}

type hijack struct {
	attack
	resetOther bool
	victim     *talk
	relays     map[uint16]relay // by the client's port
	stands     bool
}

// relay is one subflow through the attacker.
type relay struct {
	client, server end
	third          bool // the client has sent its HMAC
}

// announce sends the forged ADD_ADDR.
func (x *hijack) announce(now sim.Time) bool {
	t := x.Heard.first()
	if t == nil || x.stands {
		return false
	}
	x.victim = t
	p, s := x.b.make()
	t.forge(s, t.opener.Reverse())
	s.Opts |= wire.OptAddAddr
	s.AddAddr = wire.AddAddr{Addr: x.Addr, ID: 66, NoHMAC: t.version == 0, HMAC: x.dice.Uint64()}
	x.b.emit(now, p, Forward)
	return true
}

// raw relays what comes to the attacker's address.
func (x *hijack) raw(now sim.Time, p link.PacketID, s *wire.Segment, d Direction) {
	if s.Dst != x.Addr {
		x.b.pass(p, d)
		return
	}
	var server end
	if x.victim != nil {
		_, server = x.victim.ends(x.victim.opener)
	}
	fromServer := s.Src == server.addr
	if !fromServer && s.Flags&(wire.SYN|wire.ACK) == wire.SYN && x.victim != nil {
		x.relays[s.SrcPort] = relay{client: end{s.Src, s.SrcPort}, server: server}
		x.b.count.Answered++
	}
	port := s.SrcPort
	if fromServer {
		port = s.DstPort
	}
	r, known := x.relays[port]
	if !known {
		x.b.absorb(p)
		return
	}
	x.b.count.Events += int64(s.Payload.Len)
	x.follow(now, s, port, r, fromServer)
	s.Src = x.Addr
	if fromServer {
		s.Dst, s.DstPort = r.client.addr, r.client.port
	} else {
		s.Dst, s.DstPort = r.server.addr, r.server.port
	}
	x.b.count.Modified++
	// It comes in Backward and goes on into the network, Forward.
	x.b.send(now, p, s, Forward)
}

// follow watches the handshake of a relayed subflow: it stands when the server answers the client's third
// ACK.
func (x *hijack) follow(now sim.Time, s *wire.Segment, port uint16, r relay, fromServer bool) {
	switch {
	case !fromServer && s.Has(wire.OptJoin) && s.Join.Form == wire.JoinACK:
		r.third = true
		x.relays[port] = r
	case fromServer && r.third && !s.Flags.Has(wire.RST) && !x.stands:
		x.stands = true
		x.b.succeed(now)
		if x.resetOther {
			x.reset(now, Forward)
			x.reset(now, Backward)
		}
	case fromServer && s.Flags.Has(wire.RST):
		x.b.count.Refused++
	}
}

// reset ends the honest subflow at the end that direction d leads to.
func (x *hijack) reset(now sim.Time, d Direction) {
	p, s := x.b.make()
	x.victim.forge(s, d)
	s.Flags = wire.RST | wire.ACK
	x.b.emit(now, p, Forward)
}
