package middlebox

import (
	"errors"

	"mpsim/model/link"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// Attacker is what all attackers have that stand on a link of their own: an address at which they answer,
// an ear elsewhere, and a plan. Their packets enter the network at the second end of their link.
type Attacker struct {
	Addr     wire.Addr
	Heard    *Heard
	Start    sim.Time
	Interval unit.Duration // between attempts
	Count    int           // attempts
}

func (a *Attacker) check() error {
	if !a.Addr.IsValid() || a.Heard == nil || a.Interval <= 0 || a.Count < 1 {
		return errors.New("an attacker needs an address, an ear, an interval above 0 and at least one attempt")
	}
	return nil
}

// Knowledge is what an attacker knows besides addresses and ports.
type Knowledge uint8

// Kinds of knowledge.
const (
	KnowsNothing Knowledge = iota
	KnowsToken             // what a SYN with MP_JOIN shows; of TCP: sequence numbers
	KnowsAll               // the keys, too: the first handshake was heard
)

// attack is an attacker at work.
type attack struct {
	Attacker
	b       *Box
	dice    *sim.Stream
	left    int
	idle    int // times that there was nothing to attack
	port    uint16
	attempt func(now sim.Time) bool // false: nothing to attack yet
	answer  func(now sim.Time, s *wire.Segment)
	inside  map[uint16]bool // own ports of joins that succeeded
}

const (
	attackPort     = 40_000 // first one that is used, plus 1
	attackPatience = 1000   // intervals without a victim until an attacker gives up
)

// begin starts the clock of an attacker.
func (a *attack) begin(b *Box) error {
	if err := a.check(); err != nil {
		return err
	}
	a.b, a.dice, a.left, a.port = b, b.stream("dice"), a.Count, attackPort
	a.inside = map[uint16]bool{}
	b.timer.Set(b.world(), a.Start)
	return nil
}

func (a *attack) open(int32)                                                      {}
func (a *attack) packet(sim.Time, link.PacketID, *wire.Segment, *flow, Direction) {}

// raw takes what comes to the attacker's address; all else passes.
func (a *attack) raw(now sim.Time, p link.PacketID, s *wire.Segment, d Direction) {
	if s.Dst != a.Addr {
		a.b.pass(p, d)
		return
	}
	if s.Flags.Has(wire.RST) {
		a.b.count.Refused++
	}
	copied := *s
	a.b.absorb(p)
	a.answer(now, &copied)
}

func (a *attack) due(now sim.Time) {
	if a.attempt(now) {
		a.left--
		a.b.count.Attempts++
	} else {
		a.idle++
	}
	if a.left > 0 && a.idle < attackPatience {
		a.b.timer.Set(a.b.world(), now.Add(a.Interval))
	}
}

// syn makes a SYN with MP_JOIN for the end that accepted t's connection and sends it from a new port.
func (a *attack) syn(now sim.Time, t *talk, token, nonce uint32) {
	_, to := t.ends(t.opener)
	if a.port++; a.port == 0 {
		a.port = attackPort
	}
	p, s := a.b.make()
	s.Src, s.SrcPort, s.Dst, s.DstPort, s.TTL = a.Addr, a.port, to.addr, to.port, boxTTL
	s.Flags, s.Seq, s.Window = wire.SYN, a.dice.Uint32(), 65535
	s.Opts = wire.OptMSS | wire.OptJoin
	s.MSS = 1460
	s.Join = wire.Join{Form: wire.JoinSYN, AddrID: 66, Token: token, Nonce: nonce}
	a.b.emit(now, p, Forward)
}

// third answers a SYN/ACK by the third ACK with an HMAC.
func (a *attack) third(now sim.Time, syn *wire.Segment, hmac [20]byte) {
	p, s := a.b.make()
	s.Src, s.SrcPort, s.Dst, s.DstPort, s.TTL = a.Addr, syn.DstPort, syn.Src, syn.SrcPort, boxTTL
	s.Flags, s.Seq, s.Ack, s.Window = wire.ACK, syn.Ack, syn.Seq+1, 65535
	s.Opts = wire.OptJoin
	s.Join = wire.Join{Form: wire.JoinACK, HMAC: hmac}
	a.b.emit(now, p, Forward)
}

// answered counts what an attempt to join has led to: a SYN/ACK with MP_JOIN shows that the token was right,
// an ACK without RST behind the third ACK that the HMAC was (RFC 8684 section 3.2).
func (a *attack) answered(now sim.Time, s *wire.Segment) (synACK bool) {
	switch {
	case s.Flags.Has(wire.SYN | wire.ACK):
		a.b.count.Answered++
		return s.Has(wire.OptJoin)
	case s.Flags.Has(wire.ACK) && !s.Flags.Has(wire.RST) && !a.inside[s.DstPort]:
		a.inside[s.DstPort] = true
		a.b.succeed(now)
	}
	return false
}

// JoinGuess tries to add a subflow of its own to somebody's connection: with a random token and HMAC, with
// the right token and a random HMAC, or with both keys (RFC 6181 section 6.1, RFC 7430 section 4).
type JoinGuess struct {
	Attacker
	Knows Knowledge
}

func (x JoinGuess) build(b *Box) (mechanism, error) {
	g := &joinGuess{attack: attack{Attacker: x.Attacker}, knows: x.Knows, nonces: map[uint16]uint32{}}
	g.attack.attempt, g.attack.answer = g.try, g.reply
	return g, g.begin(b)
}

type joinGuess struct {
	attack
	knows  Knowledge
	nonces map[uint16]uint32 // by own port
}

// token returns the token of the end that accepted the connection, which the attacker has read or computed.
func (a *attack) token(t *talk, knows Knowledge) (uint32, bool) {
	switch accepts := t.opener.Reverse(); {
	case knows == KnowsNothing:
		return a.dice.Uint32(), true
	case t.known[accepts] && knows == KnowsAll:
		return wire.Token(t.keys[accepts], int(t.version)), true
	}
	if j := a.Heard.lastJoin(); j != nil {
		return j.token, true
	}
	if accepts := t.opener.Reverse(); t.known[accepts] {
		return wire.Token(t.keys[accepts], int(t.version)), true // nobody has joined yet
	}
	return 0, false
}

func (x *joinGuess) try(now sim.Time) bool {
	t := x.Heard.victim()
	if t == nil {
		return false
	}
	token, ok := x.token(t, x.knows)
	if !ok {
		return false
	}
	nonce := x.dice.Uint32()
	x.syn(now, t, token, nonce)
	x.nonces[x.port] = nonce
	return true
}

func (x *joinGuess) reply(now sim.Time, s *wire.Segment) {
	if !x.answered(now, s) {
		return
	}
	t := x.Heard.first()
	var hmac [20]byte
	for i := range hmac {
		hmac[i] = byte(x.dice.Uint32())
	}
	if t != nil && x.knows == KnowsAll {
		opens := t.opener
		hmac = wire.JoinHMAC(t.keys[opens], t.keys[opens.Reverse()], x.nonces[s.DstPort], s.Join.Nonce,
			int(t.version))
	}
	x.third(now, s, hmac)
}

// JoinReplay sends again what it has heard of a join, from its own address: the SYN with token and nonce,
// and the third ACK with the HMAC that was right for other nonces (RFC 8684 section 5).
type JoinReplay struct{ Attacker }

func (x JoinReplay) build(b *Box) (mechanism, error) {
	g := &joinReplay{attack: attack{Attacker: x.Attacker}}
	g.attack.attempt, g.attack.answer = g.try, g.reply
	return g, g.begin(b)
}

type joinReplay struct{ attack }

func (x *joinReplay) try(now sim.Time) bool {
	j := x.Heard.lastJoin()
	if j == nil {
		return false
	}
	x.syn(now, j, j.join[0].Join.Token, j.join[0].Join.Nonce)
	return true
}

func (x *joinReplay) reply(now sim.Time, s *wire.Segment) {
	if j := x.Heard.lastJoin(); x.answered(now, s) && j != nil {
		x.third(now, s, j.join[1].Join.HMAC)
	}
}

// JoinFlood opens joins and finishes none, so that the server keeps state for each (RFC 6181 section 6.2,
// RFC 7430 section 3.3): with a right token it has to compute an HMAC, too.
type JoinFlood struct {
	Attacker
	Knows Knowledge
}

func (x JoinFlood) build(b *Box) (mechanism, error) {
	g := &joinFlood{attack: attack{Attacker: x.Attacker}, knows: x.Knows}
	g.attack.attempt, g.attack.answer = g.try, g.reply
	return g, g.begin(b)
}

type joinFlood struct {
	attack
	knows Knowledge
}

func (x *joinFlood) try(now sim.Time) bool {
	t := x.Heard.victim()
	if t == nil {
		return false
	}
	token, ok := x.token(t, x.knows)
	if ok {
		x.syn(now, t, token, x.dice.Uint32())
	}
	return ok
}

func (x *joinFlood) reply(now sim.Time, s *wire.Segment) { x.answered(now, s) }
