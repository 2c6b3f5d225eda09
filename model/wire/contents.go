package wire

import (
	"encoding/binary"
	"fmt"
	"slices"
)

// Contents is the world's table of content streams: what the octets of payloads are. A stream is
// generated, each octet a function of (stream, position), except where the application's own bytes
// were put.
type Contents struct {
	literals []*literal // by stream number, as far as some have any; nil: the stream is generated only
	opened   uint32     // number of the last stream
	stride   uint32     // from one stream's number to the next one's, 0: 1; see Divide
	free     [2][][]byte
	keep     bool
	forged   bool
}

// literal holds the application's bytes of one stream.
type literal struct {
	extents   []extent // ascending, disjoint
	end       uint64   // behind the last octet ever put
	forgotten uint64   // before this position octets were put and then released
}

// extent is kept bytes from pos on.
type extent struct {
	pos  uint64
	data []byte // len is filled, cap is the block
}

// Blocks come in two sizes: a small one for the first bytes of a stream, because most streams are
// short, and large ones for the rest.
const (
	blockSmall = 1 << 10 // octets
	blockLarge = 1 << 14 // octets
)

// NewContents returns a table without streams.
func NewContents() *Contents { return &Contents{} }

// New opens a stream, numbered from 1: until AppendBytes is called on it its octets are generated,
// each a function of (stream, position). Nothing is kept of it before that.
func (c *Contents) New() uint32 {
	next := c.opened + max(c.stride, 1)
	if next <= c.opened {
		panic("wire: 2^32 content streams were opened: a run has room for one less")
	}
	c.opened = next
	return next
}

// Divide makes n tables of an empty one, itself the first: for the parts of a world that has been cut. Their
// streams have different numbers, and each takes those of the others for generated, as they must be:
// AppendBytes panics.
func (c *Contents) Divide(n int) []*Contents {
	if c.opened != 0 || c.stride != 0 || n < 1 {
		panic("wire: Contents.Divide of a table that has streams, or is divided already")
	}
	all := []*Contents{c}
	c.stride = uint32(n)
	for i := range n - 1 {
		all = append(all, &Contents{opened: uint32(i + 1), stride: uint32(n), keep: c.keep, forged: c.forged})
	}
	return all
}

// knows says that the stream was opened here; a nil table knows none.
func (c *Contents) knows(stream uint32) bool {
	return c != nil && stream != 0 && (stream <= c.opened || c.stride > 1)
}

// literalOf returns the application's bytes of a stream, nil: it has none.
func (c *Contents) literalOf(stream uint32) *literal {
	if uint64(stream) < uint64(len(c.literals)) {
		return c.literals[stream]
	}
	return nil
}

func (c *Contents) mustKnow(stream uint32) {
	if !c.knows(stream) {
		panic(fmt.Sprintf("wire: content stream %d was never opened; call Contents.New", stream))
	}
}

// KeepReleased makes Release forget nothing from now on. A run that records packets needs it: a late
// duplicate may still be on the way when the last endpoint has released its octets.
func (c *Contents) KeepReleased() { c.keep = true }

// MayBeForged tells that from now on something on the way changes, adds or shifts payload so that endpoints
// cannot notice: a payload's stream and position say no longer where it belongs. Endpoints, which check
// that otherwise, ask Forged.
func (c *Contents) MayBeForged() { c.forged = true }

// Forged tells that MayBeForged was called.
func (c *Contents) Forged() bool { return c.forged }

// AppendBytes makes the octets at [pos, pos+len(b)) of the stream be b: the application's own
// bytes, copied and kept until Release. pos must not lie before the end of an earlier AppendBytes;
// positions that it leaves out stay generated.
func (c *Contents) AppendBytes(stream uint32, pos uint64, b []byte) {
	c.mustKnow(stream)
	if c.stride > 1 {
		panic(fmt.Sprintf("wire: AppendBytes to stream %d in a world that has been cut: another part could not read "+
			"them; run it uncut", stream))
	}
	if len(b) == 0 {
		return
	}
	l := c.literalOf(stream)
	if l == nil {
		l = &literal{}
		if n := int(stream) + 1 - len(c.literals); n > 0 {
			c.literals = append(c.literals, make([]*literal, n)...)
		}
		c.literals[stream] = l
	}
	if pos < l.end || pos < l.forgotten {
		panic(fmt.Sprintf("wire: AppendBytes to stream %d at %d, but octets up to %d are fixed already",
			stream, pos, max(l.end, l.forgotten)))
	}
	for len(b) > 0 {
		n := len(l.extents)
		if n == 0 || pos != l.end || len(l.extents[n-1].data) == cap(l.extents[n-1].data) {
			l.extents = append(l.extents, extent{pos: pos, data: c.block(l)})
			n++
		}
		last := &l.extents[n-1]
		part := b[:min(len(b), cap(last.data)-len(last.data))]
		last.data = append(last.data, part...)
		pos += uint64(len(part))
		b = b[len(part):]
		l.end = pos
	}
}

// block takes an empty block for a stream's next bytes.
func (c *Contents) block(l *literal) []byte {
	class, size := 1, blockLarge
	if l.end == 0 {
		class, size = 0, blockSmall
	}
	if n := len(c.free[class]); n > 0 {
		b := c.free[class][n-1]
		c.free[class] = c.free[class][:n-1]
		return b
	}
	return make([]byte, 0, size)
}

// Release forgets kept bytes before pos. Whoever calls it answers for it that nobody reads them again,
// neither to retransmit nor to deliver nor to record: such a read panics. On a stream that is
// generated only it does nothing.
func (c *Contents) Release(stream uint32, pos uint64) {
	c.mustKnow(stream)
	l := c.literalOf(stream)
	if l == nil || c.keep {
		return
	}
	done := 0
	for _, e := range l.extents {
		if e.pos >= pos {
			break
		}
		end := e.pos + uint64(len(e.data))
		l.forgotten = min(pos, end)
		if end > pos {
			break
		}
		class := 1
		if cap(e.data) == blockSmall {
			class = 0
		}
		c.free[class] = append(c.free[class], e.data[:0])
		done++
	}
	l.extents = slices.Delete(l.extents, 0, done)
}

// ReadAt fills p with the octets of the stream from pos on.
func (c *Contents) ReadAt(stream uint32, pos uint64, p []byte) {
	c.mustKnow(stream)
	l := c.literalOf(stream)
	if l == nil {
		generate(stream, pos, p)
		return
	}
	if pos < l.forgotten && len(p) > 0 {
		panic(fmt.Sprintf("wire: stream %d read at %d, but octets up to %d were released; release later, "+
			"or call KeepReleased before the run", stream, pos, l.forgotten))
	}
	i := len(l.extents) - 1 // most readers are close behind the writer
	if i < 0 || pos < l.extents[i].pos || pos >= l.end {
		i, _ = slices.BinarySearchFunc(l.extents, pos, func(e extent, pos uint64) int {
			if e.pos+uint64(len(e.data)) <= pos {
				return -1
			}
			return 1
		})
	}
	for ; len(p) > 0 && i < len(l.extents); i++ {
		e := l.extents[i]
		if pos < e.pos {
			gap := p[:min(uint64(len(p)), e.pos-pos)]
			generate(stream, pos, gap)
			pos += uint64(len(gap))
			p = p[len(gap):]
		}
		if len(p) > 0 {
			n := copy(p, e.data[pos-e.pos:])
			pos += uint64(n)
			p = p[n:]
		}
	}
	if len(p) > 0 {
		generate(stream, pos, p)
	}
}

// Equal says that b is what the stream has from pos on. It does not allocate.
func (c *Contents) Equal(stream uint32, pos uint64, b []byte) bool {
	var buffer [512]byte
	for len(b) > 0 {
		part := buffer[:min(len(buffer), len(b))]
		c.ReadAt(stream, pos, part)
		if string(part) != string(b[:len(part)]) {
			return false
		}
		pos += uint64(len(part))
		b = b[len(part):]
	}
	return true
}

// Sum returns PayloadSum of the payload's octets. It does not allocate.
func (c *Contents) Sum(p Payload) uint32 {
	var buffer [512]byte // even, so that parts need no shift
	sum := uint32(0)
	for pos, rest := p.Pos, p.Len; rest > 0; {
		part := buffer[:min(uint32(len(buffer)), rest)]
		c.ReadAt(p.Stream, pos, part)
		sum = JoinSums(sum, 0, PayloadSum(part))
		pos += uint64(len(part))
		rest -= uint32(len(part))
	}
	return sum
}

// Constants of the SplitMix64 generator (Steele, Lea, Flood, 2014): the increment and the mixing
// function's multipliers.
const (
	splitGamma = 0x9e3779b97f4a7c15
	splitMul1  = 0xbf58476d1ce4e5b9
	splitMul2  = 0x94d049bb133111eb
)

func mix(x uint64) uint64 {
	x = (x ^ x>>30) * splitMul1
	x = (x ^ x>>27) * splitMul2
	return x ^ x>>31
}

// generate fills p with generated octets. Octet i of a stream is octet i%8, lowest first, of the word
// number i/8 of the SplitMix64 sequence whose seed is mixed from the stream's number.
func generate(stream uint32, pos uint64, p []byte) {
	state := mix(uint64(stream)*splitGamma) + (pos>>3)*splitGamma
	if skip := pos & 7; skip != 0 {
		word := mix(state) >> (8 * skip)
		head := p[:min(uint64(len(p)), 8-skip)]
		for i := range head {
			head[i] = byte(word >> (8 * i))
		}
		p = p[len(head):]
		state += splitGamma
	}
	for len(p) >= 8 {
		binary.LittleEndian.PutUint64(p, mix(state))
		p = p[8:]
		state += splitGamma
	}
	if len(p) > 0 {
		word := mix(state)
		for i := range p {
			p[i] = byte(word >> (8 * i))
		}
	}
}
