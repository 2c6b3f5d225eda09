package middlebox

import (
	"bytes"
	"errors"

	"mpsim/model/link"
	"mpsim/model/wire"
	"mpsim/sim"
)

// Rewrite is an application level gateway: it replaces text in the stream, and when the length changes it
// shifts all later sequence and acknowledgment numbers, as a NAT does for FTP (RFC 3022 section 4.1).
// MPTCP's mappings do not fit any more then, which the DSS checksum shows (RFC 8684 sections 3.3.1 and
// 3.7). Text is found within one segment, when it comes for the first time; what was replaced is replaced
// in retransmissions too, however they are cut. Modified counts segments, Events replacements.
type Rewrite struct {
	Find    []byte // nil: Remove octets at position At of each stream are replaced
	At      uint64
	Remove  int
	Replace []byte
	Times   int // replacements in one stream; 0: no limit
	// FixChecksum mends the DSS checksum of a mapping that lies in one segment: a box that knows MPTCP, which
	// may change payload (RFC 8684 section 3.7) but not its length.
	FixChecksum bool
}

func (x Rewrite) build(b *Box) (mechanism, error) {
	if len(x.Find) == 0 && x.Remove == 0 && len(x.Replace) == 0 {
		return nil, errors.New("it replaces nothing by nothing")
	}
	return &rewriteBox{Rewrite: x, b: b, text: newScratch(b)}, nil
}

type rewriteBox struct {
	Rewrite
	b      *Box
	states []rewriteState
	text   scratch
	out    []byte
}

type rewriteState struct{ side [2]rewriteSide }

// rewriteSide is the stream of one direction. Positions count from its first octet.
type rewriteSide struct {
	known    bool
	base     uint32 // sequence number of position 0
	frontier int64  // end of what has passed
	edits    []edit // ascending
}

// edit says that remove octets at position at became put octets.
type edit struct {
	at          int64
	remove, put int64
}

func (x *rewriteBox) open(slot int32) { x.states = slotsFor(x.states, slot) }

// position unwraps a sequence number near the frontier.
func (t *rewriteSide) position(seq uint32) int64 {
	return t.frontier + int64(int32(seq-(t.base+uint32(t.frontier))))
}

// out returns where position v lies in the rewritten stream: inside a replaced text, as far into the new
// one as that reaches.
func (t *rewriteSide) out(v int64) int64 {
	shift := int64(0)
	for _, e := range t.edits {
		switch {
		case v <= e.at:
			return v + shift
		case v < e.at+e.remove:
			return e.at + shift + min(v-e.at, e.put)
		}
		shift += e.put - e.remove
	}
	return v + shift
}

// back returns the last position that lies at or before v in the rewritten stream, no octet of a replaced
// text before all of the new one.
func (t *rewriteSide) back(v int64) int64 {
	shift := int64(0)
	for _, e := range t.edits {
		start := e.at + shift
		switch {
		case v < start:
			return v - shift
		case v < start+e.put:
			return e.at
		}
		shift += e.put - e.remove
	}
	return v - shift
}

// raw sees both directions: a box that acts on one only still shifts the other's acknowledgments.
func (x *rewriteBox) raw(now sim.Time, p link.PacketID, s *wire.Segment, d Direction) {
	if f := x.b.flow(now, s, d); f.affected {
		x.packet(now, p, s, f, d)
		return
	}
	x.b.pass(p, d)
}

func (x *rewriteBox) packet(now sim.Time, p link.PacketID, s *wire.Segment, f *flow, d Direction) {
	sides := &x.states[f.slot].side
	changed := x.b.cfg.Direction.has(d) && x.forward(now, s, &sides[d])
	if x.backward(s, &sides[d.Reverse()]) || changed {
		x.b.modified(p, d)
		return
	}
	x.b.pass(p, d)
}

// forward rewrites what a segment carries.
func (x *rewriteBox) forward(now sim.Time, s *wire.Segment, t *rewriteSide) bool {
	if s.Flags.Has(wire.SYN) {
		if !t.known {
			*t = rewriteSide{known: true, base: s.Seq + 1}
		}
		return false
	}
	if !t.known {
		return false
	}
	from := t.position(s.Seq)
	to := from + int64(s.Payload.Len)
	if to > t.frontier {
		x.search(now, s, t, max(from, t.frontier)-from, from)
		t.frontier = to
	}
	seq := t.base + uint32(t.out(from))
	changed := seq != s.Seq
	s.Seq = seq
	for _, e := range t.edits {
		if e.at < to && e.at+e.remove > from || e.remove == 0 && e.at >= from && e.at < to {
			x.replace(s, t, from, to)
			return true
		}
	}
	return changed
}

// search notes the edits in the new octets of a segment, which begin skip octets into its payload.
func (x *rewriteBox) search(now sim.Time, s *wire.Segment, t *rewriteSide, skip, from int64) {
	note := func(at, remove int64) {
		t.edits = append(t.edits, edit{at, remove, int64(len(x.Replace))})
		x.b.event(now, "payload replaced")
	}
	if len(x.Find) == 0 {
		at := int64(x.At)
		if len(t.edits) == 0 && at >= from+skip && at < from+int64(s.Payload.Len) {
			note(at, int64(x.Remove))
		}
		return
	}
	text := x.text.read(s.Payload)
	for skip < int64(len(text)) && (x.Times == 0 || len(t.edits) < x.Times) {
		i := bytes.Index(text[skip:], x.Find)
		if i < 0 {
			return
		}
		note(from+skip+int64(i), int64(len(x.Find)))
		skip += int64(i + len(x.Find))
	}
}

// replace makes the new payload of a segment that had [from, to).
func (x *rewriteBox) replace(s *wire.Segment, t *rewriteSide, from, to int64) {
	old := x.text.read(s.Payload)
	x.out = x.out[:0]
	v := from
	for _, e := range t.edits {
		if e.at >= to {
			break
		}
		if e.at+e.remove < v || e.at+e.remove == v && e.remove > 0 {
			continue
		}
		if v < e.at {
			x.out = append(x.out, old[v-from:e.at-from]...)
			v = e.at
		}
		end := min(to, e.at+e.remove)
		first, last := min(v-e.at, e.put), min(end-e.at, e.put)
		if end == e.at+e.remove {
			last = e.put
		}
		x.out = append(x.out, x.Replace[first:last]...)
		v = end
	}
	x.out = append(x.out, old[v-from:]...)
	if x.FixChecksum {
		mend(s, wire.PayloadSum(old), wire.PayloadSum(x.out))
	}
	s.Payload = x.text.payload(x.out)
}

// mend updates the DSS checksum of a mapping that begins in this segment for a payload sum that has
// changed (RFC 1624).
func mend(s *wire.Segment, before, after uint32) {
	sum := (*uint16)(nil)
	switch {
	case s.Has(wire.OptDSS) && s.DSS.Flags&(wire.DSSMap|wire.DSSSum) == wire.DSSMap|wire.DSSSum:
		sum = &s.DSS.Checksum
	case s.Has(wire.OptCapable) && s.Capable.Form == wire.CapableDataCsum:
		sum = &s.Capable.Checksum
	default:
		return
	}
	v := uint32(^*sum) + uint32(^uint16(before)) + after
	for v > 0xffff {
		v = v&0xffff + v>>16
	}
	*sum = ^uint16(v)
}

// backward shifts what acknowledges the stream of side t.
func (x *rewriteBox) backward(s *wire.Segment, t *rewriteSide) bool {
	if !t.known || len(t.edits) == 0 || !s.Flags.Has(wire.ACK) {
		return false
	}
	s.Ack = t.ack(s.Ack)
	if s.Has(wire.OptSACK) {
		n := 0
		for _, k := range s.SACK[:s.SACKN] {
			left, right := t.ack(k.Left), t.ack(k.Right)
			if before(left, right) {
				s.SACK[n] = wire.Block{Left: left, Right: right}
				n++
			}
		}
		if s.SACKN = uint8(n); n == 0 {
			s.Opts &^= wire.OptSACK
		}
	}
	return true
}

// ack returns the number of the original stream for one of the rewritten stream.
func (t *rewriteSide) ack(number uint32) uint32 {
	end := t.out(t.frontier)
	v := end + int64(int32(number-(t.base+uint32(end))))
	return t.base + uint32(t.back(v))
}
