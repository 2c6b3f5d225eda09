package middlebox

import (
	"mpsim/model/link"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// Corrupt changes data segments so that TCP cannot notice: its checksum is right afterwards. Memory faults
// in boxes do so (Stone and Partridge, "When the CRC and TCP checksum disagree", SIGCOMM 2000), and
// attackers on the path. Of Multipath TCP only the DSS checksum finds changed payload (RFC 8684 sections
// 3.3.1 and 3.7).
type Corrupt struct {
	What  Corruption
	After int64      // octets of payload of the connection that pass first
	Ratio unit.Ratio // of the segments after that
}

// Corruption is what is changed.
type Corruption uint8

// What can be changed: one octet of the payload, or a field of the DSS option.
const (
	CorruptPayload Corruption = iota
	CorruptDSN
	CorruptLength
	CorruptChecksum
)

func (x Corrupt) build(b *Box) (mechanism, error) {
	return &corruptBox{Corrupt: x, b: b, chance: b.stream("segments"), text: newScratch(b)}, nil
}

type corruptBox struct {
	Corrupt
	b      *Box
	chance *sim.Stream
	octets []int64 // by connection: payload that has passed
	text   scratch
}

func (x *corruptBox) open(slot int32) { x.octets = slotsFor(x.octets, slot) }

func (x *corruptBox) packet(_ sim.Time, p link.PacketID, s *wire.Segment, f *flow, d Direction) {
	if s.Payload.Len == 0 || x.What != CorruptPayload && (!s.Has(wire.OptDSS) || s.DSS.Flags&wire.DSSMap == 0) {
		x.b.pass(p, d)
		return
	}
	x.octets[f.slot] += int64(s.Payload.Len)
	if x.octets[f.slot] <= x.After || !x.chance.Bernoulli(x.Ratio) {
		x.b.pass(p, d)
		return
	}
	switch x.What {
	case CorruptPayload:
		text := x.text.read(s.Payload)
		text[len(text)/2] ^= 0x20
		s.Payload = x.text.payload(text)
	case CorruptDSN:
		s.DSS.DSN ^= 1 << 10
	case CorruptLength:
		s.DSS.Len ^= 1
	case CorruptChecksum:
		s.DSS.Checksum ^= 0x5555
	}
	x.b.modified(p, d)
}

// scratch makes payloads of a box's own octets.
type scratch struct {
	b      *Box
	stream uint32
	pos    uint64
	buf    []byte
}

// newScratch makes room for a box that forges payload. It also keeps what endpoints have released: a late
// duplicate may come to be read here.
func newScratch(b *Box) scratch {
	b.net().Contents().KeepReleased()
	b.net().Contents().MayBeForged()
	return scratch{b: b, stream: b.net().Contents().New()}
}

// read returns the octets of a payload; valid until the next read.
func (t *scratch) read(p wire.Payload) []byte {
	if cap(t.buf) < int(p.Len) {
		t.buf = make([]byte, p.Len)
	}
	t.buf = t.buf[:p.Len]
	if p.Len == 0 {
		return t.buf
	}
	t.b.net().Contents().ReadAt(p.Stream, p.Pos, t.buf)
	return t.buf
}

// payload returns a payload that has these octets; none for none.
func (t *scratch) payload(text []byte) wire.Payload {
	if len(text) == 0 {
		return wire.Payload{}
	}
	p := wire.Payload{Stream: t.stream, Pos: t.pos, Len: uint32(len(text))}
	t.b.net().Contents().AppendBytes(t.stream, t.pos, text)
	t.pos += uint64(len(text))
	return p
}
