package middlebox

import (
	"mpsim/model/link"
	"mpsim/model/wire"
	"mpsim/sim"
)

// Ear listens on a link and changes nothing: an eavesdropper (RFC 7430 section 1 calls what it does partial
// or full, by the time for which it listens). Attackers elsewhere know what an Ear has heard. Events counts
// connections with MP_CAPABLE or MP_JOIN.
type Ear struct{ heard *Heard }

// NewEar returns the kind of a box that listens, and what attackers are given of it.
func NewEar() (Ear, *Heard) {
	h := &Heard{}
	return Ear{h}, h
}

// Heard is what an Ear has learnt of the connections on its link, in the order in which they began.
type Heard struct {
	talks []talk
	bySub map[key]int
}

// talk is one subflow that was heard.
type talk struct {
	key     key
	opener  Direction
	version uint8
	capable bool // begins a connection, otherwise it joins one
	keys    [2]uint64
	known   [2]bool // keys, by Direction of who has sent them
	token   uint32  // of the one who is joined, on MP_JOIN
	join    [2]wire.Segment
	joined  [2]bool // the SYN and the third ACK with MP_JOIN were heard
	next    [2]uint32
	begun   [2]bool
	window  [2]uint16
	ts      [2]uint32
	hasTS   bool
	octets  int64
	over    bool
}

func (e Ear) build(b *Box) (mechanism, error) {
	e.heard.bySub = map[key]int{}
	return &earBox{b: b, Heard: e.heard}, nil
}

type earBox struct {
	*Heard
	b *Box
}

func (x *earBox) open(int32) {}

func (x *earBox) packet(now sim.Time, p link.PacketID, s *wire.Segment, f *flow, d Direction) {
	i, known := x.bySub[f.key]
	first := s.Flags&(wire.SYN|wire.ACK) == wire.SYN && s.Opts&(wire.OptCapable|wire.OptJoin) != 0
	if first && (!known || x.talks[i].over) {
		i, known = len(x.talks), true
		x.bySub[f.key] = i
		x.talks = append(x.talks, talk{key: f.key, opener: d})
		x.b.event(now, "connection heard")
	}
	if known {
		x.talks[i].hear(s, d)
	}
	x.b.pass(p, d)
}

// hear learns from one segment that goes in direction d.
func (t *talk) hear(s *wire.Segment, d Direction) {
	end := s.Seq + s.SegLen()
	if !t.begun[d] || before(t.next[d], end) {
		t.next[d], t.begun[d] = end, true
	}
	t.window[d] = s.Window
	t.octets += int64(s.Payload.Len)
	if s.Has(wire.OptTimestamps) {
		t.ts[d], t.hasTS = s.TSVal, true
	}
	t.over = t.over || s.Flags&(wire.RST|wire.FIN) != 0
	if s.Has(wire.OptCapable) {
		t.hearCapable(&s.Capable, d)
	}
	if s.Has(wire.OptJoin) && d == t.opener {
		switch s.Join.Form {
		case wire.JoinSYN:
			t.token, t.join[0], t.joined[0] = s.Join.Token, *s, true
		case wire.JoinACK:
			t.join[1], t.joined[1] = *s, true
		}
	}
}

// hearCapable takes the keys from the handshake.
func (t *talk) hearCapable(c *wire.Capable, d Direction) {
	t.capable, t.version = true, c.Version
	if c.Form >= wire.CapableKey {
		t.keys[d], t.known[d] = c.SenderKey, true
	}
	if c.Form >= wire.CapableKeys {
		t.keys[d.Reverse()], t.known[d.Reverse()] = c.ReceiverKey, true
	}
}

// established tells that both ends have spoken and data has passed.
func (t *talk) established() bool { return t.begun[0] && t.begun[1] && t.octets > 0 && !t.over }

// first returns the first connection that is established, or nil.
func (h *Heard) first() *talk {
	for i := range h.talks {
		if t := &h.talks[i]; t.capable && t.established() {
			return t
		}
	}
	return nil
}

// victim returns the first connection that is established, or what its joins have shown of one; or nil.
func (h *Heard) victim() *talk {
	if t := h.first(); t != nil {
		return t
	}
	return h.lastJoin()
}

// lastJoin returns the latest subflow whose joining was heard as a whole, or nil.
func (h *Heard) lastJoin() *talk {
	for i := len(h.talks) - 1; i >= 0; i-- {
		if t := &h.talks[i]; t.joined[0] && t.joined[1] {
			return t
		}
	}
	return nil
}

// ends returns the ends of a direction: who sends and who receives.
func (t *talk) ends(d Direction) (from, to end) {
	if d == Forward {
		return t.key.first, t.key.second
	}
	return t.key.second, t.key.first
}

// forge makes a segment that seems to come in direction d of the subflow, with the numbers that are due.
func (t *talk) forge(s *wire.Segment, d Direction) {
	from, to := t.ends(d)
	s.Src, s.SrcPort, s.Dst, s.DstPort, s.TTL = from.addr, from.port, to.addr, to.port, boxTTL
	s.Flags, s.Seq, s.Ack, s.Window = wire.ACK, t.next[d], t.next[d.Reverse()], t.window[d]
	if t.hasTS {
		s.Opts |= wire.OptTimestamps
		s.TSVal, s.TSEcr = t.ts[d], t.ts[d.Reverse()]
	}
}
