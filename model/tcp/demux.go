package tcp

import "mpsim/model/wire"

// demux finds endpoints by their four-tuple: open addressing with linear probing, at most half full; deletion
// moves entries back, so that there are no tombstones.
type demux struct {
	slots []slot
	n     int
	last  *Endpoint // found last: segments come in trains; nil when it has been removed
}

type slot struct {
	e    *Endpoint
	hash uint32
}

// tupleHash is a multiplicative hash of the four-tuple, local end first.
func tupleHash(local wire.Addr, lport uint16, remote wire.Addr, rport uint16) uint32 {
	const k = 0x9e3779b97f4a7c15 // 2^64 over the golden ratio
	h := (remote.Lo ^ uint64(lport)<<48 ^ uint64(rport)<<32) * k
	h = (h ^ h>>29 ^ local.Lo) * k
	h = (h ^ h>>32 ^ remote.Hi ^ local.Hi<<1) * k
	return uint32(h >> 32)
}

// find returns the endpoint that a received segment belongs to, or nil.
func (d *demux) find(seg *wire.Segment) *Endpoint {
	if e := d.last; e != nil && e.has(seg.Dst, seg.DstPort, seg.Src, seg.SrcPort) {
		return e
	}
	e := d.lookup(seg.Dst, seg.DstPort, seg.Src, seg.SrcPort)
	d.last = e
	return e
}

func (d *demux) lookup(local wire.Addr, lport uint16, remote wire.Addr, rport uint16) *Endpoint {
	if d.n == 0 {
		return nil
	}
	h := tupleHash(local, lport, remote, rport)
	mask := uint32(len(d.slots) - 1)
	for i := h & mask; d.slots[i].e != nil; i = (i + 1) & mask {
		if s := &d.slots[i]; s.hash == h {
			if e := s.e; e.has(local, lport, remote, rport) {
				return e
			}
		}
	}
	return nil
}

// has tells whether the endpoint has this four-tuple.
func (e *Endpoint) has(local wire.Addr, lport uint16, remote wire.Addr, rport uint16) bool {
	return e.remote.Lo == remote.Lo && e.rport == rport && e.lport == lport && e.local.Lo == local.Lo &&
		e.remote.Hi == remote.Hi && e.local.Hi == local.Hi
}

func (d *demux) insert(e *Endpoint) {
	if 2*(d.n+1) > len(d.slots) {
		old := d.slots
		d.slots = make([]slot, max(8, 2*len(old)))
		for _, s := range old {
			if s.e != nil {
				d.put(s)
			}
		}
	}
	d.put(slot{e, e.hash})
	d.n++
}

func (d *demux) put(s slot) {
	mask := uint32(len(d.slots) - 1)
	i := s.hash & mask
	for d.slots[i].e != nil {
		i = (i + 1) & mask
	}
	d.slots[i] = s
}

func (d *demux) remove(e *Endpoint) {
	if d.last == e {
		d.last = nil
	}
	mask := uint32(len(d.slots) - 1)
	i := e.hash & mask
	for d.slots[i].e != e {
		if d.slots[i].e == nil {
			return
		}
		i = (i + 1) & mask
	}
	d.n--
	for j := i; ; { // close the gap: move back what may stand at i
		j = (j + 1) & mask
		if d.slots[j].e == nil {
			break
		}
		if (j-d.slots[j].hash)&mask >= (j-i)&mask {
			d.slots[i] = d.slots[j]
			i = j
		}
	}
	d.slots[i] = slot{}
}
