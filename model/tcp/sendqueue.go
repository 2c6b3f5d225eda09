package tcp

import (
	"math/bits"

	"mpsim/sim"
)

// Sent describes one transmitted extent of a subflow's sequence space not yet acknowledged.
type Sent struct {
	Seq     uint64   // offset of the first octet (SSN numbering)
	Pos     uint64   // position in the owner's stream (MPTCP: data-level offset, first octet 0)
	sentAt  sim.Time // last transmission
	Len     uint32   // payload octets
	MapBack uint32   // octets from the start of its mapping to Seq
	MapLen  uint32   // octets of the whole mapping
	Stream  uint32   // content stream of Pos
	nxt     uint32   // SND.NXT when it was sent again, lower half
	xmits   uint8    // transmissions so far, saturating
	flags   sentFlags
}

type sentFlags uint8

const (
	sentSacked  sentFlags = 1 << iota // the peer holds it (RFC 2018)
	sentLost                          // thought lost
	sentRetrans                       // a retransmission is in the network
	sentFin                           // carries the FIN
	sentPush                          // carries PSH
	sentMSS                           // a full segment
)

// End returns the offset after the record, its FIN included.
func (r *Sent) End() uint64 {
	if r.flags&sentFin != 0 {
		return r.Seq + uint64(r.Len) + 1
	}
	return r.Seq + uint64(r.Len)
}

// order tells transmissions of one instant apart: what was sent later has a greater number. Segments sent for the
// first time go by their ends; one sent again comes after all that was sent before it, and several sent again go by
// their ends, too.
func (r *Sent) order() uint64 {
	if r.xmits == 1 {
		return 2 * r.End()
	}
	return 2*(r.Seq+uint64(r.nxt-uint32(r.Seq))) + 1
}

// SentAt returns when the record was last transmitted, Transmissions how often (up to 255).
func (r *Sent) SentAt() sim.Time { return r.sentAt }

// Transmissions returns how often the record was transmitted (up to 255).
func (r *Sent) Transmissions() int { return int(r.xmits) }

// Sacked tells whether the peer has reported holding it, Lost whether it is thought lost and
// not sent again since.
func (r *Sent) Sacked() bool { return r.flags&sentSacked != 0 }

// Lost tells whether the record is thought lost and was not sent again since.
func (r *Sent) Lost() bool { return r.flags&(sentLost|sentRetrans) == sentLost }

// sendQueue is the retransmission queue: a ring of records in sequence order. Records are named by running
// numbers, so that a number stays good while records are added and taken.
type sendQueue struct {
	recs       []Sent
	head, tail uint32 // oldest record, after the newest
}

// firstQueue is the smallest ring, records: many connections never have more in flight.
const firstQueue = 4

func (q *sendQueue) empty() bool { return q.head == q.tail }
func (q *sendQueue) len() int    { return int(q.tail - q.head) }

func (q *sendQueue) at(i uint32) *Sent { return &q.recs[i&uint32(len(q.recs)-1)] }

// push adds a record, with room from p if there is none; the pointer is good until the next push.
func (q *sendQueue) push(p *rings) *Sent {
	if q.len() == len(q.recs) {
		q.resize(p, max(firstQueue, 2*len(q.recs)))
	}
	r := q.at(q.tail)
	q.tail++
	return r
}

// spare tells that the ring is far too large by now.
func (q *sendQueue) spare() bool { return len(q.recs) > 8*q.len() && len(q.recs) > 4*firstQueue }

// resize moves the records to a ring of n places, a power of two.
func (q *sendQueue) resize(p *rings, n int) {
	recs := p.take(n)
	for i := q.head; i != q.tail; i++ {
		recs[i&uint32(n-1)] = *q.at(i)
	}
	p.give(q.recs)
	q.recs = recs
}

// clear gives the ring back.
func (q *sendQueue) clear(p *rings) {
	p.give(q.recs)
	*q = sendQueue{}
}

// rings are the rings that no queue has at the moment, by the logarithm of their size: what one connection needed
// for a burst serves another one's later.
type rings struct {
	free [32][][]Sent
}

// take returns a ring of n places, a power of two. What is in it has no meaning.
func (p *rings) take(n int) []Sent {
	list := &p.free[bits.TrailingZeros32(uint32(n))]
	if k := len(*list); k > 0 {
		r := (*list)[k-1]
		(*list)[k-1] = nil
		*list = (*list)[:k-1]
		return r
	}
	return make([]Sent, n)
}

// give takes a ring back; none is allowed, too.
func (p *rings) give(r []Sent) {
	if len(r) > 0 {
		list := &p.free[bits.TrailingZeros32(uint32(len(r)))]
		*list = append(*list, r)
	}
}

// find returns the number of the first record that starts at or after seq.
func (q *sendQueue) find(seq uint64) uint32 {
	low, n := q.head, q.tail-q.head
	for n > 0 {
		half := n / 2
		if q.at(low+half).Seq < seq {
			low, n = low+half+1, n-half-1
		} else {
			n = half
		}
	}
	return low
}

// before compares two running numbers.
func before(a, b uint32) bool { return int32(a-b) < 0 }
