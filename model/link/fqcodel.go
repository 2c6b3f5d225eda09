package link

import (
	"fmt"

	"mpsim/model/wire"
	"mpsim/sim"
)

// FQ-CoDel: RFC 8290. Flows are hashed onto queues, queues take turns by deficit round robin, those that have
// just become busy first, and each has a CoDel of its own.

// FQConfig has the parameters of FQ-CoDel beside those of CoDel; zero fields take the default. Without a
// queue limit, FQ-CoDel has one of 10240 packets.
type FQConfig struct {
	Flows   int // queues, 1..65535; default 1024 (section 5.2.4)
	Quantum int // octets that a queue may send in its turn; default 1514 (section 5.2.4)
}

const (
	fairLimit = 10240 // packets, RFC 8290 section 5.2.3
	fairBatch = 64    // packets dropped at once when the limit is reached, at most (section 4.1)
)

func (c *FQConfig) fill() {
	if c.Flows == 0 {
		c.Flows = 1024
	}
	if c.Quantum == 0 {
		c.Quantum = 1514
	}
}

func (c FQConfig) check(name string) error {
	c.fill()
	if c.Flows < 1 || c.Flows > 65535 || c.Quantum < 1 || c.Quantum > 1<<30 {
		return fmt.Errorf("link %s: FQ-CoDel with %d queues (1..65535) and a quantum of %d octets (1..2^30)",
			name, c.Flows, c.Quantum)
	}
	return nil
}

// fair is the scheduler. A queue is made when the first packet is hashed onto it and then stays: its CoDel
// remembers. Queues are numbered from 1.
type fair struct {
	perturb        uint64
	slots          []uint16 // queue of each hash value; 0: none yet
	flows          []fairFlow
	newest, oldest fairList // section 4.1: lists of new and old queues
}

type fairFlow struct {
	fifo
	codel
	deficit int64
	next    uint16 // on its list
	listed  bool
}

// fairList is a list of queues.
type fairList struct{ head, tail uint16 }

func (f *fair) init(a *aqm) {
	if a.Kind != FQCoDel {
		return
	}
	f.perturb = a.stream.Uint64()
	f.slots = make([]uint16, a.FQ.Flows)
}

// reset empties both lists; the queues are empty.
func (f *fair) reset() {
	f.newest, f.oldest = fairList{}, fairList{}
	for i := range f.flows {
		f.flows[i].listed = false
		f.flows[i].leaveEmpty()
	}
}

func (f *fair) flow(i uint16) *fairFlow { return &f.flows[i-1] }

func (f *fair) add(l *fairList, i uint16) {
	q := f.flow(i)
	q.next, q.listed = 0, true
	if l.head != 0 {
		f.flow(l.tail).next = i
	} else {
		l.head = i
	}
	l.tail = i
}

func (f *fair) removeHead(l *fairList) {
	q := f.flow(l.head)
	q.listed = false
	l.head = q.next
}

// classify returns the queue of a segment's flow (section 4.1.1). Addresses and ports are hashed: all
// segments have the same protocol.
func (f *fair) classify(s *wire.Segment) uint16 {
	h := sim.Hash(f.perturb)
	for _, v := range [...]uint64{
		s.Src.Hi, s.Src.Lo, s.Dst.Hi, s.Dst.Lo, uint64(s.SrcPort)<<16 | uint64(s.DstPort),
	} {
		h.Mix(v)
	}
	slot := uint64(h) >> 32 * uint64(len(f.slots)) >> 32
	if f.slots[slot] == 0 {
		f.flows = append(f.flows, fairFlow{})
		f.slots[slot] = uint16(len(f.flows))
	}
	return f.slots[slot]
}

// fairPush adds p to the queue of its flow.
func (n *Net) fairPush(a *aqm, p PacketID) {
	f := &a.server.fair
	i := f.classify(n.Segment(p))
	q := f.flow(i)
	n.push(&q.fifo, p)
	if !q.listed {
		q.deficit = int64(a.FQ.Quantum)
		f.add(&f.newest, i)
	}
}

// fairLeave takes the packet that is served next (section 4.2).
func (n *Net) fairLeave(now sim.Time, id ID) PacketID {
	a := n.extras[id].aqm
	f := &a.server.fair
	for {
		list := &f.newest
		if list.head == 0 {
			list = &f.oldest
		}
		i := list.head
		if i == 0 {
			return 0
		}
		q := f.flow(i)
		if q.deficit <= 0 {
			q.deficit += int64(a.FQ.Quantum)
			f.removeHead(list)
			f.add(&f.oldest, i)
			continue
		}
		if p := n.codelLeave(now, id, &q.fifo, &q.codel); p != 0 {
			q.deficit -= int64(n.packets[p].size)
			return p
		}
		f.removeHead(list)
		if list == &f.newest && f.oldest.head != 0 { // lest new queues keep the old ones waiting for ever
			f.add(&f.oldest, i)
		}
	}
}

// fairEvict drops from the head of the queue with the most octets up to half of them, at most a batch
// (section 4.1 and Linux, sch_fq_codel.c), until the limits hold.
func (n *Net) fairEvict(id ID) {
	l, x := &n.links[id], &n.extras[id]
	f := &x.aqm.server.fair
	for l.queuedOctets > x.limitOctets || l.queuedPackets > x.limitPackets {
		fattest := 0
		for i := range f.flows {
			if f.flows[i].octets > f.flows[fattest].octets {
				fattest = i
			}
		}
		q := &f.flows[fattest]
		half := q.octets / 2
		for range fairBatch {
			p := n.pull(&q.fifo)
			if p == 0 {
				return
			}
			n.evict(id, p, causeQueue)
			q.count++
			if q.octets <= half {
				break
			}
		}
	}
}
